import type { Job } from './jobs.ts';
import { mean, quantile, type Weighted } from './lattice.ts';

/** From what happens to the rule's target: EventBridge says "near real time"; half a second to two is what people see. */
export const EVENT_SECONDS = 1;

/**
 * From the check that finds an end to the published verdict. Assumed: four calls of Step Functions and functions that are
 * warm or start at once, and a manifest that can be read when the job has ended.
 */
export const VERDICT_SECONDS = 2;

/** Which of HealthImaging's events of a job came. */
export type Told = 'everything' | 'all but the end' | 'nothing';

/** How it went with one job. */
export interface Watched {
  /** Seconds from its end to the look that finds it; infinite where nobody ever does. */
  readonly lag: number;
  readonly polls: number;
  /** 0 where there is no state machine. */
  readonly historyEvents: number;
  readonly transitions: number;
  /** For 1,000 such jobs; NaN for what runs in a process of somebody else. */
  readonly dollars: number;
}

/** A way to watch jobs. */
export interface Watcher {
  readonly name: string;
  /** What is lost makes no difference to one that takes none. */
  readonly takesEvents: boolean;
  /** Seconds from the look that finds the end to the verdict. @default - none: it says the status only, and reads no manifest */
  readonly verdictSeconds?: number;
  watch(job: Job, told: Told): Watched;
}

export interface Result extends Watched {
  /** Of those that are found: to the verdict, or to the status where there is none. So are `p99` and `worst`. */
  readonly lag: number;
  /** The same to the look that finds the end. */
  readonly found: number;
  /** The share of jobs whose end is never found. */
  readonly never: number;
  readonly p99: number;
  readonly worst: number;
}

/**
 * The result for jobs where each event is lost independently with this probability: the event of the end, and the two that
 * come before.
 */
export function resultOf(watcher: Watcher, jobs: readonly Job[], loss: number): Result {
  const ways: [Told, number][] = watcher.takesEvents
    ? [
        ['everything', 1 - loss],
        ['all but the end', loss * (1 - loss ** 2)],
        ['nothing', loss ** 3],
      ]
    : [['nothing', 1]];
  const all = ways
    .filter(([, weight]) => weight > 0)
    .flatMap(([told, weight]) => jobs.map((job) => ({ weight, ...watcher.watch(job, told) })));
  const of = (member: keyof Watched): Weighted[] =>
    all.map(({ weight, [member]: value }) => ({ value, weight }));
  const lags = of('lag');
  const finite = lags.filter(({ value }) => Number.isFinite(value));
  const found = finite.length > 0 ? mean(finite) : Number.POSITIVE_INFINITY;
  const { verdictSeconds = 0 } = watcher;
  return {
    found,
    lag: found + verdictSeconds,
    never: mean(lags.map(({ value, weight }) => ({ value: Number.isFinite(value) ? 0 : 1, weight }))),
    p99: quantile(lags, 0.99) + verdictSeconds,
    worst: quantile(lags, 1) + verdictSeconds,
    polls: mean(of('polls')),
    historyEvents: mean(of('historyEvents')),
    transitions: mean(of('transitions')),
    dollars: mean(of('dollars')),
  };
}
