import { checkTimes } from '../../lambda/domain/poll-schedule.ts';
import { jobCost, type Turns } from '../../lib/private/job-cost.ts';
import type { PlanOptions } from '../commands/plan.ts';
import { formatDuration } from '../durations.ts';
import { usageError } from '../errors.ts';
import { paragraph, print, printJson, table } from '../output.ts';

/** Of the state machine that is deployed; a test holds them to its synthesized definition. */
export const TURNS: Turns = { running: 3, overdue: 6, finished: 6 };

/** Says what a schedule comes to for jobs of some lengths, in seconds. */
export async function run(options: PlanOptions, lengths: readonly number[]): Promise<void> {
  const { pollMin, pollGrowth, pollMax, overdueAfter, json } = options;
  if (pollMin > pollMax) {
    throw usageError(
      `--poll-min is ${formatDuration(pollMin)}, longer than --poll-max, which is ${formatDuration(pollMax)}.`,
    );
  }
  const schedule = { minSeconds: pollMin, growth: pollGrowth, maxSeconds: pollMax };
  const jobs = lengths.map((seconds) => {
    const watching = { schedule, turns: TURNS, overdueAfterSeconds: overdueAfter };
    const { checks, transitions, dollars } = jobCost(watching, seconds);
    return {
      lengthSeconds: seconds,
      checks,
      longestLagSeconds: longestLag(schedule, seconds),
      stateTransitions: transitions,
      dollarsPer1000Jobs: Math.round(dollars * 100) / 100,
    };
  });
  if (json) return printJson({ schedule, overdueAfterSeconds: overdueAfter, jobs });
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
      'Lag: from the end of the job to the check that finds it, where no event tells of it; with its event a verdict takes about a second. Prices: list prices of us-east-1, without emails.',
    ),
  );
}

/** The wait that a job of this age is in, in the phase with the longest: how late its end is found at most. */
function longestLag(schedule: Parameters<typeof checkTimes>[0], seconds: number): number {
  let before = 0;
  for (const age of checkTimes(schedule, Number.POSITIVE_INFINITY, 0)) {
    if (age > seconds) return age - before;
    before = age;
  }
  return 0;
}
