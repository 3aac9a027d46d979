import {
  DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  RUNNING_SWEEP_SECONDS,
} from '../../core/contract/poll-schedule.ts';
import { turnsOf } from '../../scripts/cost.ts';
import { defaultDefinition } from '../../scripts/definition.ts';
import { type Job, jobsOf, MIX, mixedJobs } from './lag/jobs.ts';
import { ours } from './lag/ours.ts';
import { peers } from './lag/peers.ts';
import { lagAndCostPlot } from './lag/plot.ts';
import { EVENT_SECONDS, type Result, resultOf, VERDICT_SECONDS, type Watcher } from './lag/watcher.ts';
import { table } from './table.ts';

const DURATIONS = [
  ['30 s', 30],
  ['90 s', 90],
  ['10 min', 600],
  ['1 h', 3600],
  ['6 h', 6 * 3600],
  ['24 h', 24 * 3600],
  ['72 h', 72 * 3600],
] as const;
const LOSSES = [0, 0.001, 0.01, 1];
/** What is tried as the time between two checks. */
const INTERVALS = [1, 2, 5, 10, 15, 20, 30, 45, 60];

const turns = turnsOf(defaultDefinition());
const settings = {
  turns,
  pollIntervalSeconds: DEFAULT_POLL_INTERVAL_SECONDS,
  longestPollIntervalSeconds: DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  sweep: true,
};
/** One that does without a sweep, or is given a time, keeps it. */
const constant = (pollIntervalSeconds: number, sweep = true) => ({ turns, pollIntervalSeconds, sweep });
/** Followed by events alone: nobody can watch with this state machine for less. */
const eventFloor = ours(constant(Number.MAX_SAFE_INTEGER));

export async function section(): Promise<string> {
  const others = await peers();
  return `## Lag and cost

The lag of this watcher is the time from the end of a job to its published verdict. The check that
finds the end is ${VERDICT_SECONDS} seconds before that (assumed: functions that start at once, a manifest that can
be read). The alternatives read no manifest, so their lag is the time to the status only: to them, a
job whose files were all refused is \`COMPLETED\`.

Lag and cost are computed from the synthesized definition (${turns.running} transitions a check, ${turns.finished} for the end),
the code that sets the times of the checks, list prices, ${EVENT_SECONDS} second for an event (assumed), and
${RUNNING_SWEEP_SECONDS} seconds between two sweeps of running jobs. Each alternative is modelled on its published
source (\`proof/bench/lag/peers.ts\` names it). Each event is lost independently, with the
probability in the first column. The lengths of jobs vary by 5 %, and start times are spread evenly.
The mean is over the jobs that are found at all. "-" means that there is no state machine, or that
it runs in a process of the user.

${[...DURATIONS.map(([name, seconds]) => [name, jobsOf(seconds)] as const), ['a mix', mixedJobs()] as const]
  .map(([name, jobs]) => `### Jobs of ${name}\n\n${comparison(jobs, others)}`)
  .join('\n\n')}

The mix is an estimate: ${MIX.map(({ share, medianSeconds }) => `${share * 100} % around ${medianSeconds} s`).join(', ')},
each with a lognormal distribution.

## The choice of the schedule

${choice()}

![Mean lag against cost, where the event of the end is lost](lag-and-cost.svg)

The picture shows the mix when the event of the end is lost and the watch runs, with the lag of the
first tables. The dashed line is the optimum of polling alone, with verdicts, for jobs whose
distribution of lengths is known (Barlow, Hunter and Proschan). With the sweep, the watcher is below
the line, because one call reports fifty jobs. The [monthly cost of the sweep](#what-a-sweep-costs)
is not included in the picture. Alternatives that never find some jobs, or that run in a process of
the user, are not in it. [ADR 13](../adr/0013-poll-interval.md) and
[ADR 19](../adr/0019-the-net-at-scale.md) explain the choice.`;
}

export const pictures = async (): Promise<Record<string, string>> => ({
  'lag-and-cost.svg': await lagAndCostPlot({
    settings,
    jobs: mixedJobs(),
    intervals: INTERVALS,
    peers: await peers(),
  }),
});

function comparison(jobs: readonly Job[], others: readonly Watcher[]): string {
  const watchers = [ours(settings), ours(constant(DEFAULT_POLL_INTERVAL_SECONDS, false)), ...others];
  const rows = watchers.flatMap((watcher) =>
    (watcher.takesEvents ? LOSSES : [1]).map((loss) => {
      const result = resultOf(watcher, jobs, loss);
      return [
        watcher.name,
        watcher.takesEvents ? `${loss * 100} %` : 'any',
        result.polls.toFixed(1),
        seconds(result.lag),
        seconds(result.p99),
        seconds(result.worst),
        result.never === 0 ? '0' : `${Number((100 * result.never).toPrecision(2))} %`,
        result.historyEvents ? result.historyEvents.toFixed(0) : '-',
        result.transitions ? result.transitions.toFixed(0) : '-',
        Number.isNaN(result.dollars) ? '-' : result.dollars.toFixed(2),
      ];
    }),
  );
  const header = [
    '',
    'events lost',
    'polls',
    'mean lag, s',
    'p99',
    'worst',
    'never found',
    'history',
    'transitions',
    '$ per 1,000',
  ];
  return table(header, rows);
}

const seconds = (value: number) =>
  value === Number.POSITIVE_INFINITY ? 'never' : value.toFixed(value < 10 ? 1 : 0);

/** What each interval comes to, and what was wanted of the default. */
function choice(): string {
  const [hour, day, mix] = [jobsOf(3600), jobsOf(24 * 3600), mixedJobs()];
  const loop = (jobs: readonly Job[]) => LOOP_TRANSITIONS(jobs);
  const candidates: [name: string, watcher: Watcher][] = [
    ...INTERVALS.map((minutes): [string, Watcher] => [`${minutes} min`, ours(constant(minutes * 60))]),
    ['45 min to 4 h, the default', ours(settings)],
  ];
  const rows = candidates.map(([name, watcher]) => {
    const lost = (jobs: readonly Job[]): Result => resultOf(watcher, jobs, 1);
    return [
      name,
      seconds(resultOf(watcher, mix, 0).found),
      (resultOf(watcher, mix, 0).dollars / resultOf(eventFloor, mix, 0).dollars).toFixed(2),
      seconds(lost(hour).found),
      (lost(hour).transitions / loop(hour)).toFixed(3),
      seconds(lost(day).found),
      (lost(day).transitions / loop(day)).toFixed(3),
    ];
  });
  const wanted = ['target: at most', '2.0', '1.50', '60', '0.200', '150', '0.050'];
  const header = [
    'between two checks',
    'mix: mean lag, s',
    'mix: cost / events alone',
    '1 h, all lost: mean lag, s',
    '1 h: transitions / loop',
    '24 h, all lost: mean lag, s',
    '24 h: transitions / loop',
  ];
  return `The table compares the targets for the default with each candidate for the time between two checks.
Here, a lag ends with the check that finds the end: what follows is the same for all candidates.
"Events alone" is this state machine without a check between the first and the last; in the mix, no
events are lost. The loop checks every 30 s.

${table(header, [wanted, ...rows])}`;
}

/** Of a loop of Wait, Task and Choice every 30 s. */
const LOOP_TRANSITIONS = (jobs: readonly Job[]) =>
  jobs.reduce((sum, job) => sum + 3 * Math.ceil(job.seconds / 30), 0) / jobs.length;
