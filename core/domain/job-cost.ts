import { checkTimes, DEFAULT_OVERDUE_AFTER_SECONDS } from '../contract/poll-schedule.ts';
import { PRICES } from '../contract/prices.ts';
import type { TurnTransitions } from '../contract/turns.ts';

/** A generous guess of what one invocation takes: 256 MB for 200 ms. */
export const INVOCATION = PRICES.lambdaRequest + 0.25 * 0.2 * PRICES.lambdaGBSecond;

export interface Cost {
  readonly checks: number;
  readonly transitions: number;
  /** Dollars per 1,000 jobs, email deliveries not counted. */
  readonly dollars: number;
}

/** How jobs are watched. */
export interface Watching {
  /** Longest time from the first check to the second, in seconds. */
  readonly pollIntervalSeconds: number;
  /** What it grows to. @default - the same */
  readonly longestPollIntervalSeconds?: number | undefined;
  readonly turns: TurnTransitions;
  /** @default DEFAULT_OVERDUE_AFTER_SECONDS */
  readonly overdueAfterSeconds?: number;
}

/** Cost of a watch whose job lasts `seconds` from its submission, when the watch starts, and whose event of the end is lost. */
export function jobCost(
  {
    pollIntervalSeconds,
    longestPollIntervalSeconds,
    turns,
    overdueAfterSeconds = DEFAULT_OVERDUE_AFTER_SECONDS,
  }: Watching,
  seconds: number,
): Cost {
  // The looks while the job runs, and the one that finds the end. In the middle phase.
  const looks = [...checkTimes(pollIntervalSeconds, seconds, 0.5, longestPollIntervalSeconds)].length;
  return watchCost(turns, looks, seconds >= overdueAfterSeconds);
}

/** What a watch costs that looks so often and finds the end with its last look. One look more is that which finds the job overdue. */
export function watchCost(turns: TurnTransitions, looks: number, overdue: boolean): Cost {
  const notices = overdue ? 1 : 0;
  const checks = looks + notices;
  const transitions = (looks - 1) * turns.running + notices * turns.overdue + turns.finished;
  const perJob =
    transitions * PRICES.transition +
    // Each check, the summary, and the function that takes the four events of a job.
    (checks + 1 + 3) * INVOCATION +
    (checks + notices) * PRICES.dynamoWrite +
    (1 + notices) * (PRICES.customEvent + PRICES.snsPublish);
  return { checks, transitions, dollars: perJob * 1000 };
}
