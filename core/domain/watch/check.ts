import type { Check, LastCheck, News, ObservedStatus } from '../../contract/names.ts';
import { intervalAt, waitSeconds } from '../../contract/poll-schedule.ts';
import { hasEnded } from './import-job.ts';
import { isSettled, lastOutcome, type ToldVerdicts } from './told.ts';

/**
 * How long a job may be unknown. One that was just started may not be readable yet, and a read may miss for a moment
 * what an earlier one found; the API states no bound, five minutes is far more than eventual consistency takes.
 */
export const NOT_FOUND_GRACE_SECONDS = 300;

/** The wait between two looks for a job that is unknown. */
const NOT_FOUND_WAIT_SECONDS = 30;

/**
 * The next check after an event reported an end that `GetDICOMImportJob` does not show yet. The API can lag behind the
 * event; the ordinary wait could be minutes.
 */
export const UNCONFIRMED_END_WAIT_SECONDS = 10;

/** What a check is decided from. Times are milliseconds since the epoch. */
export interface Observation {
  readonly jobStatus: ObservedStatus;
  /** {@link phaseOf} the job. */
  readonly phase: number;
  readonly submittedAt: number | undefined;
  readonly watchStartedAt: number;
  readonly now: number;
  readonly news: News | undefined;
  /** The check before this one. */
  readonly last?: LastCheck | undefined;
  /** What the table knows to have been published. */
  readonly told?: ToldVerdicts & { readonly overdueEventId?: string };
}

/** The settings that a check is decided with. */
export interface Limits {
  readonly pollIntervalSeconds: number;
  /** @default - the same */
  readonly longestPollIntervalSeconds?: number | undefined;
  readonly overdueAfterSeconds: number;
  readonly giveUpAfterSeconds: number;
}

/** Decides whether to wait on, and for how long. */
export function decide(observation: Observation, limits: Limits): Check {
  const check = nextStep(observation, limits);
  const { told } = observation;
  const outcome = told && lastOutcome(told);
  if (!outcome || (check.next !== 'finished' && check.next !== 'abandoned')) return check;
  // Given up once is enough: after that only an end is worth a verdict.
  if (check.next === 'finished' && !isSettled(told)) return { ...check, later: true };
  return { ...check, next: 'told', outcome };
}

function nextStep(observation: Observation, limits: Limits): Check {
  const { jobStatus, now, last } = observation;
  if (jobStatus === 'NOT_FOUND') {
    const known = last?.known ?? (last !== undefined && last.jobStatus !== 'NOT_FOUND');
    const notFoundSince = last?.notFoundSince ?? now;
    const left = NOT_FOUND_GRACE_SECONDS - (now - notFoundSince) / 1000;
    const seen = { jobStatus, known, notFoundSince };
    if (left <= 0) return { next: known ? 'abandoned' : 'unknown', waitSeconds: 1, ...seen };
    const wait = Math.min(NOT_FOUND_WAIT_SECONDS, limits.pollIntervalSeconds, left);
    return { next: 'running', waitSeconds: wholeSeconds(wait), ...seen };
  }
  const seen = { jobStatus, known: true };
  if (hasEnded(jobStatus)) return { next: 'finished', waitSeconds: 1, ...seen };

  const age = ageSeconds(observation);
  const left = limits.giveUpAfterSeconds - age;
  if (left <= 0) return { next: 'abandoned', waitSeconds: 1, ...seen };

  const toldOfEnd = observation.news?.jobStatus === 'COMPLETED' || observation.news?.jobStatus === 'FAILED';
  const { pollIntervalSeconds, longestPollIntervalSeconds } = limits;
  const interval = intervalAt(pollIntervalSeconds, age, longestPollIntervalSeconds);
  const wait = waitSeconds(interval, observation.phase);
  const untilOverdue = limits.overdueAfterSeconds - age;
  const { told } = observation;
  const overdue = untilOverdue <= 0 && !told?.overdueEventId && !told?.outcome;
  return {
    next: overdue ? 'overdue' : 'running',
    // A check falls on each deadline, not up to one wait after it.
    waitSeconds: wholeSeconds(
      Math.min(
        left,
        untilOverdue > 0 ? untilOverdue : wait,
        toldOfEnd ? Math.min(wait, UNCONFIRMED_END_WAIT_SECONDS) : wait,
      ),
    ),
    ...seen,
  };
}

/** The age of the job by its own clock, or of the watch where HealthImaging does not tell. Never negative. */
export function ageSeconds({
  now,
  submittedAt,
  watchStartedAt,
}: Pick<Observation, 'now' | 'submittedAt' | 'watchStartedAt'>): number {
  return Math.max(0, (now - (submittedAt ?? watchStartedAt)) / 1000);
}

// Rounded up: a wait that ends a moment before its deadline would only be followed by one of a second.
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
