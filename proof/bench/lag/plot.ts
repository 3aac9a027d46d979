import { watchCost } from '../../../core/domain/job-cost.ts';
import { loadCharts } from '../../../scripts/charts.ts';
import { optimum } from './floor.ts';
import type { Job } from './jobs.ts';
import { ours, type Settings } from './ours.ts';
import { VERDICT_SECONDS, type Watched, type Watcher } from './watcher.ts';

/** Seconds of lag that a check is worth, along the optimum. */
const PRICES_OF_A_CHECK = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

type Point = readonly [dollars: number, lag: number];

/** Mean lag against cost where the event of the end is lost, both logarithmic; as SVG. */
export async function lagAndCostPlot({
  settings,
  jobs,
  intervals,
  peers,
}: {
  readonly settings: Settings;
  readonly jobs: readonly Job[];
  /** Minutes between two checks. */
  readonly intervals: readonly number[];
  readonly peers: readonly Watcher[];
}): Promise<string> {
  const pointOf = (watcher: Watcher): Point => {
    const all = jobs.map((job) => watcher.watch(job, 'all but the end'));
    const mean = (member: keyof Watched) => all.reduce((sum, one) => sum + one[member], 0) / all.length;
    return [mean('dollars'), mean('lag') + (watcher.verdictSeconds ?? 0)];
  };
  const alone = (minutes: number, sweep: boolean) =>
    pointOf(ours({ turns: settings.turns, pollIntervalSeconds: minutes * 60, sweep }));
  const floor = PRICES_OF_A_CHECK.map((price): Point => {
    const { polls, lag } = optimum(jobs, price);
    return [watchCost(settings.turns, polls, false).dollars, lag + VERDICT_SECONDS];
  });
  const points = peers
    .map((peer) => ({ name: peer.name, value: pointOf(peer) }))
    // What never finds some of them, or runs at nobody knows what cost, has no place here.
    .filter(({ value }) => value.every(Number.isFinite));
  const ourDefault = pointOf(ours(settings));
  const line = (name: string, data: readonly Point[], color: string, type = 'solid') => ({
    type: 'line',
    name,
    data,
    color,
    symbolSize: 5,
    lineStyle: { type },
  });
  const drawChart = await loadCharts();
  const options = {
    backgroundColor: '#fff',
    textStyle: { fontFamily: 'sans-serif' },
    legend: { top: 8, itemGap: 40 },
    grid: { left: 70, right: 40, top: 50, bottom: 60 },
    xAxis: { type: 'log', name: 'dollars per 1,000 jobs', nameLocation: 'middle', nameGap: 32, max: 30 },
    yAxis: { type: 'log', name: 'mean lag, seconds', nameLocation: 'middle', nameGap: 48 },
    series: [
      line('optimum of polling', floor, '#888', 'dashed'),
      line(
        'without the sweep',
        intervals.map((each) => alone(each, false)),
        '#d97706',
      ),
      line(
        'this watcher',
        intervals.map((each) => alone(each, true)),
        '#2563eb',
      ),
      {
        type: 'scatter',
        name: 'peers',
        color: '#111',
        data: points,
        label: { show: true, position: 'right', formatter: '{b}' },
      },
      {
        type: 'scatter',
        name: 'default',
        color: '#dc2626',
        symbolSize: 12,
        data: [{ name: 'the default', value: ourDefault }],
        label: { show: true, position: 'bottom', formatter: '{b}' },
      },
    ],
  };
  return `${drawChart({ width: 900, height: 520 }, options, 'lag-')}\n`;
}
