import { checkTimes } from './poll-schedule.ts';

/**
 * Step Functions ends an execution at 25,000 history events, and nothing can catch that. Half of it is for the
 * schedule, half for retries, redrives and news.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const HISTORY_BUDGET = 25_000 / 2;

/**
 * History events of one turn of the wait-loop: the check as a Lambda task 5 (entered, scheduled, started, succeeded,
 * exited), the choice 2, the wait 6 (entered, scheduled, started, submitted, timed out, exited).
 */
export const EVENTS_PER_CHECK = 5 + 2 + 6;

/** History events of the one overdue notice: a turn more, and four tasks of 5 and two choices of 2 before its wait (one each is for chat). */
export const EVENTS_OF_OVERDUE_NOTICE = EVENTS_PER_CHECK + 4 * 5 + 2 * 2;

/** History events that the schedule alone takes up to `giveUpAfterSeconds`, in the phase with the shortest waits. */
export function scheduledHistoryEvents(
  pollIntervalSeconds: number,
  giveUpAfterSeconds: number,
  longest?: number,
): number {
  let checks = 0;
  for (const _ of checkTimes(pollIntervalSeconds, giveUpAfterSeconds, 1, longest)) checks++;
  return checks * EVENTS_PER_CHECK + EVENTS_OF_OVERDUE_NOTICE;
}
