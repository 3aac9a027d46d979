import type { ImportJobId } from './names.ts';

/** The time from the first check of a running job to the second where none is given (ADR 13). */
export const DEFAULT_POLL_INTERVAL_SECONDS = 45 * 60;

/** What that time grows to, doubled with each check, where none is given and the sweep finds ends (ADR 19). */
export const DEFAULT_LONGEST_POLL_INTERVAL_SECONDS = 4 * 3600;

/** The time between two sweeps of running jobs (ADR 12). */
export const RUNNING_SWEEP_SECONDS = 60;

/** The age at which a job is given up where none is given. */
export const DEFAULT_GIVE_UP_AFTER_SECONDS = 7 * 24 * 3600;

/** The age from which a job is overdue where none is given, and it is given up after more than twice that. */
export const DEFAULT_OVERDUE_AFTER_SECONDS = 6 * 3600;

/** The age from which a job is overdue where only the age is given at which it is given up. */
export function defaultOverdueAfterSeconds(giveUpAfterSeconds: number): number {
  return Math.min(DEFAULT_OVERDUE_AFTER_SECONDS, Math.floor(giveUpAfterSeconds / 2));
}

/** The least and the most seconds that can be set. Synthesis refuses all else, and so does the command `plan`. */
export const SCHEDULE_LIMITS = {
  pollInterval: [1, 24 * 3600],
  overdueAfter: [60, 90 * 24 * 3600],
  giveUpAfter: [3600, 90 * 24 * 3600],
} as const;

/**
 * The share of a wait that a job's phase can take from it. Watches that began together, or went on together after an
 * outage, must not look together: HealthImaging answers an account 25 reads a second.
 */
export const SPREAD = 0.25;

/**
 * The longest time until the next check of a job of this age, in seconds: doubled with each check, as far as `longest`.
 * It follows from the age, so that checks that news brought about do not count.
 */
export function intervalAt(intervalSeconds: number, ageSeconds: number, longest = intervalSeconds): number {
  return Math.max(intervalSeconds, Math.min(longest, intervalSeconds + ageSeconds));
}

/**
 * Seconds until the next check of a running job of which no news comes. At least 1, whole seconds as ASL wants them.
 * @param phase - {@link phaseOf} the job.
 */
export function waitSeconds(intervalSeconds: number, phase: number): number {
  const whole = Math.max(1, Math.floor(intervalSeconds));
  // What is taken is rounded down, so that short waits stay as they are.
  return whole - Math.floor(whole * SPREAD * phase);
}

/**
 * Where a job stands among others, from 0 to less than 1, by its ids (FNV-1a, 32 bits). Not by chance: a watch that is
 * played again waits as it did.
 */
export function phaseOf({ datastoreId, jobId }: ImportJobId): number {
  let hash = 0x811c9dc5;
  for (const character of `${datastoreId}-${jobId}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) / 2 ** 32;
}

/** The ages in seconds at which a job is looked at if no news ever comes, from 0 to `giveUpAfterSeconds`, both included. */
export function* checkTimes(
  intervalSeconds: number,
  giveUpAfterSeconds: number,
  phase: number,
  longest?: number,
): Generator<number> {
  for (let age = 0; age < giveUpAfterSeconds; ) {
    yield age;
    age += waitSeconds(intervalAt(intervalSeconds, age, longest), phase);
  }
  yield giveUpAfterSeconds;
}
