import { HISTORY_BUDGET, scheduledHistoryEvents } from '../../core/contract/history-budget.ts';
import {
  DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  defaultOverdueAfterSeconds,
  RUNNING_SWEEP_SECONDS,
} from '../../core/contract/poll-schedule.ts';
import { TURNS } from '../../core/contract/turns.ts';
import { jobCost } from '../../core/domain/job-cost.ts';
import { usageError } from '../errors.ts';
import { formatDuration } from '../terminal/durations.ts';
import { paragraph, print, printJson, table } from '../terminal/output.ts';

export interface PlanOptions {
  /** Not given: the default, which grows with the age of a job. */
  readonly poll?: number;
  readonly sweep: boolean;
  readonly giveUpAfter: number;
  readonly overdueAfter?: number;
  readonly json?: boolean;
}

/** Says what a schedule comes to for jobs of some lengths, in seconds. */
export async function run(options: PlanOptions, lengths: readonly number[]): Promise<void> {
  const { sweep, giveUpAfter, json } = options;
  const { poll, longestPoll } = waitsOf(options);
  const overdueAfter = options.overdueAfter ?? defaultOverdueAfterSeconds(giveUpAfter);
  checkSchedule({ poll, longestPoll, overdueAfter, giveUpAfter });
  checkLengths(lengths, giveUpAfter);
  const longestLagSeconds = Math.min(longestPoll, sweep ? RUNNING_SWEEP_SECONDS : Number.POSITIVE_INFINITY);
  const jobs = lengths.map((seconds) => {
    const watching = {
      pollIntervalSeconds: poll,
      longestPollIntervalSeconds: longestPoll,
      turns: TURNS,
      overdueAfterSeconds: overdueAfter,
    };
    const { checks, transitions, dollars } = jobCost(watching, seconds);
    return {
      lengthSeconds: seconds,
      checks,
      longestLagSeconds,
      stateTransitions: transitions,
      dollarsPer1000Jobs: Math.round(dollars * 100) / 100,
    };
  });
  if (json) {
    return printJson({
      pollIntervalSeconds: poll,
      longestPollIntervalSeconds: longestPoll,
      sweep,
      overdueAfterSeconds: overdueAfter,
      giveUpAfterSeconds: giveUpAfter,
      jobs,
    });
  }
  print(
    table(
      [
        { title: 'job length' },
        { title: 'checks', align: 'right' },
        { title: 'longest lag', align: 'right' },
        { title: 'state transitions', align: 'right' },
        { title: 'dollars per 1,000 jobs', align: 'right' },
      ],
      jobs.map((job) => [
        formatDuration(job.lengthSeconds),
        String(job.checks),
        formatDuration(job.longestLagSeconds),
        String(job.stateTransitions),
        job.dollarsPer1000Jobs.toFixed(2),
      ]),
    ),
  );
  print('');
  print(
    paragraph(
      'Checks and lag of a job whose events are lost. With the event of its end, the verdict takes about a second, and no more checks follow. Prices are list prices of us-east-1, without emails.',
    ),
  );
}

/** The waits of a watcher that is deployed with these options. */
function waitsOf({ poll, sweep }: PlanOptions): { poll: number; longestPoll: number } {
  const first = poll ?? DEFAULT_POLL_INTERVAL_SECONDS;
  return {
    poll: first,
    longestPoll: poll === undefined && sweep ? DEFAULT_LONGEST_POLL_INTERVAL_SECONDS : first,
  };
}

interface Schedule {
  readonly poll: number;
  readonly longestPoll: number;
  readonly overdueAfter: number;
  readonly giveUpAfter: number;
}

/** @throws CliError where no watcher can be deployed with this schedule. What each option allows has been checked before. */
function checkSchedule({ poll, longestPoll, overdueAfter, giveUpAfter }: Schedule): void {
  if (overdueAfter >= giveUpAfter) {
    throw usageError(
      `--overdue-after is ${formatDuration(overdueAfter)}. Expected less than --give-up-after, which is ${formatDuration(giveUpAfter)}.`,
    );
  }
  const events = scheduledHistoryEvents(poll, giveUpAfter, longestPoll);
  if (events > HISTORY_BUDGET) {
    throw usageError(
      `A check every ${formatDuration(poll)} for ${formatDuration(giveUpAfter)} fills the history of an execution with ${events} events. At most ${HISTORY_BUDGET} are allowed. Check less often (--poll), or give up sooner (--give-up-after).`,
    );
  }
}

/** @throws CliError where a job would be given up before its end. */
function checkLengths(lengths: readonly number[], giveUpAfter: number): void {
  const longest = Math.max(...lengths);
  if (longest <= giveUpAfter) return;
  throw usageError(
    `A job of ${formatDuration(longest)} is given up after ${formatDuration(giveUpAfter)}. Give shorter lengths, or give up later (--give-up-after).`,
  );
}
