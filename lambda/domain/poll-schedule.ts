import type { ImportJobId, PollSchedule } from '../contract.ts';

/** The schedule of checks where none is given. */
export const DEFAULT_POLL_SCHEDULE: PollSchedule = { minSeconds: 30, growth: 0.1, maxSeconds: 15 * 60 };

/** The age from which a job is overdue where none is given, and it is given up after more than twice that. */
export const DEFAULT_OVERDUE_AFTER_SECONDS = 6 * 3600;

/**
 * The share of a wait that a job's phase can take from it. Watches that began together, or went on together after an
 * outage, must not look together: HealthImaging answers an account 25 reads a second.
 */
export const SPREAD = 0.25;

/**
 * Seconds until the next check of a job that is `ageSeconds` old. At least 1, whole seconds as ASL wants them.
 * @param phase - {@link phaseOf} the job.
 */
export function waitSeconds(schedule: PollSchedule, ageSeconds: number, phase: number): number {
  const wait = Math.max(schedule.minSeconds, ageSeconds * schedule.growth);
  const whole = Math.max(1, Math.floor(Math.min(schedule.maxSeconds, wait)));
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
  schedule: PollSchedule,
  giveUpAfterSeconds: number,
  phase: number,
): Generator<number> {
  let age = 0;
  while (age < giveUpAfterSeconds) {
    yield age;
    age += waitSeconds(schedule, age, phase);
  }
  yield giveUpAfterSeconds;
}
