import { Argument, type Command, Option } from 'commander';
import {
  DEFAULT_OVERDUE_AFTER_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
} from '../../core/contract/poll-schedule.ts';
import { command, PROGRAM } from '../command.ts';
import { durationFrom } from '../options.ts';
import { formatDuration } from '../terminal/durations.ts';

/** Lengths of jobs that are planned for where none is given: those of the README. */
const LENGTHS = [90, 3600, 24 * 3600];

/** The construct takes waits of up to a day, and follows a job for up to 90 days. */
const DAY = 24 * 3600;
const MOST_DAYS = 90;

export function planCommand(): Command {
  return command('plan', {
    summary: 'checks, lag and cost of watching',
    description:
      'Says how often the watcher looks at a job that runs for as long as you say, how late it is when every event is lost, and what that costs. Asks nobody: it computes.',
    examples: [
      `${PROGRAM} plan`,
      `${PROGRAM} plan 5m 2h 3d`,
      `${PROGRAM} plan 8h --poll 5m --no-sweep --json`,
    ],
    load: () => import('./run.ts'),
  })
    .addArgument(
      new Argument('[lengths...]', 'how long jobs run, such as 90s or 1h30m')
        .argParser(lengths)
        .default(LENGTHS, LENGTHS.map(formatDuration).join(', ')),
    )
    .addOption(
      new Option('--poll <duration>', 'longest time between two checks')
        .argParser(durationFrom(1, DAY))
        .default(DEFAULT_POLL_INTERVAL_SECONDS, formatDuration(DEFAULT_POLL_INTERVAL_SECONDS)),
    )
    .option('--no-sweep', 'without the sweep of running jobs')
    .addOption(
      new Option('--overdue-after <duration>', 'age at which a job is overdue')
        .argParser(durationFrom(1, MOST_DAYS * DAY))
        .default(DEFAULT_OVERDUE_AFTER_SECONDS, formatDuration(DEFAULT_OVERDUE_AFTER_SECONDS)),
    )
    .option('--json', 'print JSON');
}

function lengths(text: string, earlier: number[]): number[] {
  return [...(earlier === LENGTHS ? [] : earlier), durationFrom(1, MOST_DAYS * DAY)(text)];
}
