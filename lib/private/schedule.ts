import { Duration } from 'aws-cdk-lib';
import {
  DEFAULT_OVERDUE_AFTER_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
} from '../../core/contract/poll-schedule.ts';

/** The longest time between two checks where none is given. */
export const DEFAULT_POLL_INTERVAL = Duration.seconds(DEFAULT_POLL_INTERVAL_SECONDS);

/** The age at which a job is overdue where none is given. */
export function defaultOverdueAfter(giveUpAfter: Duration): Duration {
  return Duration.seconds(Math.min(DEFAULT_OVERDUE_AFTER_SECONDS, Math.floor(giveUpAfter.toSeconds() / 2)));
}
