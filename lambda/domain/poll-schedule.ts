import type { PollSchedule } from '../contract.ts';

/** The schedule of checks where none is given. */
export const DEFAULT_POLL_SCHEDULE: PollSchedule = { minSeconds: 30, growth: 0.1, maxSeconds: 15 * 60 };

/** The age from which a job is overdue where none is given, and it is given up after more than twice that. */
export const DEFAULT_OVERDUE_AFTER_SECONDS = 6 * 3600;

/** Seconds until the next check of a job that is `ageSeconds` old. At least 1, whole seconds as ASL wants them. */
export function waitSeconds(schedule: PollSchedule, ageSeconds: number): number {
  const wait = Math.max(schedule.minSeconds, ageSeconds * schedule.growth);
  return Math.max(1, Math.floor(Math.min(schedule.maxSeconds, wait)));
}

/** The ages in seconds at which a job is looked at if no news ever comes, from 0 to `giveUpAfterSeconds`, both included. */
export function* checkTimes(schedule: PollSchedule, giveUpAfterSeconds: number): Generator<number> {
  let age = 0;
  while (age < giveUpAfterSeconds) {
    yield age;
    age += waitSeconds(schedule, age);
  }
  yield giveUpAfterSeconds;
}
