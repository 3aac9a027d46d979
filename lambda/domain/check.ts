import type { CheckResult, News, ObservedStatus, PollSchedule } from '../contract.ts';
import { hasEnded } from './import-job.ts';
import { waitSeconds } from './poll-schedule.ts';

/**
 * How long a job may be unknown after its watch began. A job that was just started may not be readable yet;
 * the API states no bound, five minutes is far more than eventual consistency takes.
 */
export const NOT_FOUND_GRACE_SECONDS = 300;

/**
 * The next look after an event told of an end that `GetDICOMImportJob` does not show yet. The API can lag behind the
 * event; the ordinary wait could be minutes.
 */
export const UNCONFIRMED_END_WAIT_SECONDS = 10;

/** What a check is decided from. Times are milliseconds since the epoch. */
export interface Observation {
  readonly jobStatus: ObservedStatus;
  readonly submittedAt: number | undefined;
  readonly watchStartedAt: number;
  readonly now: number;
  readonly news: News | undefined;
}

/** Decides whether to wait on, and for how long. */
export function decide(
  observation: Observation,
  schedule: PollSchedule,
  giveUpAfterSeconds: number,
): CheckResult {
  const { jobStatus, now, watchStartedAt } = observation;
  if (jobStatus === 'NOT_FOUND') {
    const left = NOT_FOUND_GRACE_SECONDS - (now - watchStartedAt) / 1000;
    return left > 0
      ? { verdict: 'running', jobStatus, waitSeconds: wholeSeconds(Math.min(schedule.minSeconds, left)) }
      : { verdict: 'abandoned', jobStatus, waitSeconds: 1 };
  }
  if (hasEnded(jobStatus)) {
    return { verdict: 'finished', jobStatus, waitSeconds: 1 };
  }
  const age = Math.max(0, (now - (observation.submittedAt ?? watchStartedAt)) / 1000);
  const left = giveUpAfterSeconds - age;
  if (left <= 0) {
    return { verdict: 'abandoned', jobStatus, waitSeconds: 1 };
  }
  const toldOfEnd = observation.news?.jobStatus === 'COMPLETED' || observation.news?.jobStatus === 'FAILED';
  const wait = waitSeconds(schedule, age);
  return {
    verdict: 'running',
    jobStatus,
    // The last check falls on the deadline, not up to one wait after it.
    waitSeconds: wholeSeconds(
      Math.min(left, toldOfEnd ? Math.min(wait, UNCONFIRMED_END_WAIT_SECONDS) : wait),
    ),
  };
}

// Rounded up: a wait that ends a moment before its deadline would only be followed by one of a second.
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
