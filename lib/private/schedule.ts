import { Duration } from 'aws-cdk-lib';
import type { PollSchedule } from '../../lambda/contract.ts';
import { DEFAULT_OVERDUE_AFTER_SECONDS, DEFAULT_POLL_SCHEDULE } from '../../lambda/domain/poll-schedule.ts';
import type { PollScheduleProps } from '../watcher-props.ts';
import { check, checkKnown, checkSeconds } from './validate.ts';

/** The age at which a job is overdue where none is given. */
export function defaultOverdueAfter(giveUpAfter: Duration): Duration {
  return Duration.seconds(Math.min(DEFAULT_OVERDUE_AFTER_SECONDS, Math.floor(giveUpAfter.toSeconds() / 2)));
}

/** With the defaults. @throws Error on values that make no schedule. */
export function resolveSchedule({
  minInterval = Duration.seconds(DEFAULT_POLL_SCHEDULE.minSeconds),
  growth = DEFAULT_POLL_SCHEDULE.growth,
  maxInterval = Duration.seconds(DEFAULT_POLL_SCHEDULE.maxSeconds),
}: PollScheduleProps): PollSchedule {
  checkSeconds('pollSchedule.minInterval', minInterval, 1, 24 * 3600);
  checkSeconds('pollSchedule.maxInterval', maxInterval, 1, 24 * 3600);
  checkKnown('pollSchedule.growth', growth);
  check(growth >= 0 && growth <= 1, `'pollSchedule.growth' must be from 0 to 1, got ${growth}`);
  const schedule = { minSeconds: minInterval.toSeconds(), growth, maxSeconds: maxInterval.toSeconds() };
  check(
    schedule.minSeconds <= schedule.maxSeconds,
    `'pollSchedule.minInterval' must not be longer than 'pollSchedule.maxInterval', got ${schedule.minSeconds} s and ${schedule.maxSeconds} s`,
  );
  return schedule;
}
