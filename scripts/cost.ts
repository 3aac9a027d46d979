import { pathToFileURL } from 'node:url';
import type { MetricName, NextStep } from '../core/contract/names.ts';
import {
  DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
} from '../core/contract/poll-schedule.ts';
import { PRICES } from '../core/contract/prices.ts';
import type { TurnTransitions } from '../core/contract/turns.ts';
import { type Cost, jobCost } from '../core/domain/job-cost.ts';
import type { Definition, State } from '../local/definition.ts';
import { everySeconds } from '../local/schedule.ts';
import { resourcesOf, type Template } from '../local/template.ts';
import { defaultDefinition, defaultTemplate } from './definition.ts';

const DURATIONS: readonly [string, number][] = [
  ['90 s', 90],
  ['1 h', 3600],
  ['24 h', 24 * 3600],
];

/** The checks of a watcher as it is by default. */
const DEFAULT_POLLS = {
  pollIntervalSeconds: DEFAULT_POLL_INTERVAL_SECONDS,
  longestPollIntervalSeconds: DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
};

/** What following a job costs that lasts `seconds` from the submission, at which the watch starts. */
export function costOf(definition: Definition, seconds: number): Cost {
  return jobCost({ ...DEFAULT_POLLS, turns: turnsOf(definition) }, seconds);
}

/** What each next step costs in states of a definition. */
export function turnsOf(definition: Definition): TurnTransitions {
  return {
    running: walk(definition, 'running'),
    overdue: walk(definition, 'overdue'),
    finished: walk(definition, 'finished'),
  };
}

/** States entered from the start to the next check, or to the end, when every check says this next step. */
function walk({ StartAt, States }: Definition, next: NextStep): number {
  let entered = 0;
  let name: string | undefined = StartAt;
  do {
    entered++;
    const state: State | undefined = States[name];
    const choices = state?.Choices as (Rule & { Next: string })[] | undefined;
    name =
      choices?.find((rule) => asksFor(rule, next))?.Next ??
      ((state?.Next ?? state?.Default) as string | undefined);
  } while (name !== undefined && name !== StartAt);
  return entered;
}

interface Rule {
  readonly StringEquals?: string;
  readonly Or?: readonly Rule[];
}

function asksFor(rule: Rule, next: NextStep): boolean {
  return rule.StringEquals === next || (rule.Or ?? []).some((each) => asksFor(each, next));
}

/** Hours of a month, as AWS bills them. */
export const MONTH_SECONDS = 730 * 3600;
/** What a sweep measures although nothing happens: see `finishSweep` in lambda/sweep/tally.ts. */
const METRICS_AT_REST: readonly MetricName[] = [
  'sweeps',
  'runningSweeps',
  'sweepFindings',
  'sweepFailures',
  'eventsLost',
  'fullRoundAge',
  'openWatches',
  'oldestOpenWatch',
  'emailsUnconfirmed',
];
/** A generous guess of a sweep that finds nothing: 256 MB for 2 s. */
export const SWEEP = PRICES.lambdaRequest + 0.25 * 2 * PRICES.lambdaGBSecond;

/** What a stack costs a month in which nothing is imported: each part, in dollars. */
export function costAtRest(template: Template): [part: string, dollars: number][] {
  const alarms = resourcesOf<{ Metrics?: { MetricStat?: object }[] }>(template, 'AWS::CloudWatch::Alarm');
  const looked = alarms.flatMap(({ properties: { Metrics = [{ MetricStat: {} }] } }) =>
    Metrics.filter(({ MetricStat }) => MetricStat),
  ).length;
  const sweeps = resourcesOf<{ ScheduleExpression?: string }>(template, 'AWS::Events::Rule').flatMap(
    ({ properties: { ScheduleExpression } }) =>
      ScheduleExpression ? [MONTH_SECONDS / everySeconds(ScheduleExpression)] : [],
  );
  const runs = sweeps.reduce((sum, each) => sum + each, 0);
  const count = (type: string) =>
    Object.values(template.Resources).filter(({ Type }) => Type === type).length;
  const keys = count('AWS::KMS::Key');
  const dashboards = count('AWS::CloudWatch::Dashboard');
  const measured = runs > 0 ? METRICS_AT_REST.length : 0;
  return [
    [`${alarms.length} alarms on ${looked} metrics`, looked * PRICES.alarmMetric],
    [`${measured} metrics of the sweep`, measured * PRICES.customMetric],
    [`${Math.round(runs)} sweeps`, runs * SWEEP],
    [`${keys} keys`, keys * PRICES.key],
    [`${dashboards} dashboards`, dashboards * PRICES.dashboard],
  ];
}

/** The second table that `npm run cost` prints. */
export function costAtRestTable(template: Template): string {
  return partsTable('at rest', costAtRest(template));
}

/** The third table that `npm run cost` prints. */
export function spreadJobsTable(definition: Definition): string {
  return partsTable('spread over a month', costOfSpreadJobs(definition));
}

function partsTable(title: string, parts: readonly (readonly [part: string, dollars: number])[]): string {
  const total = parts.reduce((sum, [, dollars]) => sum + dollars, 0);
  const rows = [
    [title, 'dollars per month'],
    ...[...parts, ['together', total] as const].map(([part, dollars]) => [part, dollars.toFixed(2)]),
  ];
  const width = Math.max(...rows.map(([part = '']) => part.length));
  return rows
    .map(([part = '', cell = '']) => `${part.padEnd(width)}  ${cell.padStart('dollars per month'.length)}`)
    .join('\n');
}

const JOBS = 1000;
/** What a job that succeeds is measured by: see `measurements`. `eventsLost` the sweep measures anyhow. */
export const METRICS_OF_JOBS: readonly MetricName[] = [
  'importsFinished',
  'filesImported',
  'watchLag',
  'pollsPerWatch',
];
/** Generous guesses of one job: four events and the watch are traced; KB of logs; data keys, which nobody has in a cache. */
const TRACES = 5;
const LOG_KB = 15;
const KEY_REQUESTS = 10;
/** What one job adds besides its watch, in dollars. */
export const BESIDES_A_WATCH: readonly [part: string, dollars: number][] = [
  ['traces', TRACES * PRICES.trace],
  ['logs', (LOG_KB / 1e6) * PRICES.logGB],
  ['requests to the key', KEY_REQUESTS * PRICES.keyRequest],
];
/** Three functions that start, of 256 MB, in 300 ms each. */
const COLD_STARTS = 3 * 0.25 * 0.3 * PRICES.lambdaGBSecond;

/** What 1,000 jobs of 90 s cost that are spread over a month, in dollars: nothing is warm, and metrics are paid for by the hour. */
export function costOfSpreadJobs(definition: Definition): [part: string, dollars: number][] {
  // An hour of a month has none of the jobs with this probability.
  const hours = 1 - Math.exp((-JOBS * 3600) / MONTH_SECONDS);
  return [
    ['watches of 1,000 jobs', costOf(definition, 90).dollars],
    [`${METRICS_OF_JOBS.length} metrics of imports`, METRICS_OF_JOBS.length * hours * PRICES.customMetric],
    ...BESIDES_A_WATCH.map(([part, dollars]): [string, number] => [part, JOBS * dollars]),
    ['cold starts', JOBS * COLD_STARTS],
  ];
}

/** The first table that `npm run cost` prints. */
export function costTable(definition: Definition): string {
  const rows = DURATIONS.map(([name, seconds]) => {
    const { checks, transitions, dollars } = costOf(definition, seconds);
    return [name, String(checks), String(transitions), dollars.toFixed(2)];
  });
  const header = ['job length', 'checks', 'state transitions', 'dollars per 1,000 jobs'];
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 ? cell.padEnd(header[0]?.length ?? 0) : cell.padStart(header[i]?.length ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(costTable(defaultDefinition()));
  console.log(`\n${costAtRestTable(defaultTemplate())}`);
  console.log(`\n${spreadJobsTable(defaultDefinition())}`);
}
