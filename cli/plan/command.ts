import { Argument, type Command, Option } from 'commander';
import {
  DEFAULT_GIVE_UP_AFTER_SECONDS,
  DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  SCHEDULE_LIMITS,
} from '../../core/contract/poll-schedule.ts';
import { command, PROGRAM } from '../command.ts';
import { durationFrom, refuse } from '../options.ts';
import { formatDuration } from '../terminal/durations.ts';

/** Lengths of jobs that are planned for where none is given: those of the README. */
const LENGTHS = [90, 3600, 24 * 3600];

export function planCommand(): Command {
  return command('plan', {
    summary: 'checks, lag and cost of watching',
    description:
      'Works offline. Computes the number of checks, the maximum delay and the cost for jobs of given lengths whose events are lost. Rejects values that fail the synthesis of a watcher.',
    examples: [
      `${PROGRAM} plan`,
      `${PROGRAM} plan 5m 2h 3d`,
      `${PROGRAM} plan 8h --poll 5m --give-up-after 2d --json`,
    ],
    load: () => import('./run.ts'),
  })
    .addArgument(
      new Argument('[lengths...]', 'how long jobs run, such as 90s or 1h30m')
        .argParser(lengths)
        .default(LENGTHS, LENGTHS.map(formatDuration).join(', ')),
    )
    .addOption(
      new Option(
        '--poll <duration>',
        `maximum time between two checks; default: ${formatDuration(DEFAULT_POLL_INTERVAL_SECONDS)}, with a sweep doubled up to ${formatDuration(DEFAULT_LONGEST_POLL_INTERVAL_SECONDS)}`,
      ).argParser(seconds(SCHEDULE_LIMITS.pollInterval)),
    )
    .option('--no-sweep', 'without the sweep of running jobs')
    .addOption(
      new Option('--give-up-after <duration>', 'age at which a job is given up')
        .argParser(seconds(SCHEDULE_LIMITS.giveUpAfter))
        .default(DEFAULT_GIVE_UP_AFTER_SECONDS, formatDuration(DEFAULT_GIVE_UP_AFTER_SECONDS)),
    )
    .option(
      '--overdue-after <duration>',
      'age at which a job is overdue; default: 6 h, or half of --give-up-after if that is shorter',
      seconds(SCHEDULE_LIMITS.overdueAfter),
    )
    .option('--json', 'print JSON');
}

function lengths(text: string, earlier: number[]): number[] {
  return [...(earlier === LENGTHS ? [] : earlier), durationFrom(1, SCHEDULE_LIMITS.giveUpAfter[1])(text)];
}

/** Synthesis takes whole seconds only. */
function seconds([least, most]: readonly [number, number]) {
  return (text: string): number => {
    const value = durationFrom(least, most)(text);
    return Number.isInteger(value) ? value : refuse('Expected whole seconds.');
  };
}
