import { RUNNING_SWEEP_SECONDS } from '../../core/contract/poll-schedule.ts';
import { jobCost, type Turns } from '../../core/domain/job-cost.ts';
import { formatDuration } from '../terminal/durations.ts';
import { paragraph, print, printJson, table } from '../terminal/output.ts';

export interface PlanOptions {
  readonly poll: number;
  readonly sweep: boolean;
  readonly overdueAfter: number;
  readonly json?: boolean;
}

/** Of the state machine that is deployed; a test holds them to its synthesized definition. */
export const TURNS: Turns = { running: 3, overdue: 6, finished: 6 };

/** Says what a schedule comes to for jobs of some lengths, in seconds. */
export async function run(options: PlanOptions, lengths: readonly number[]): Promise<void> {
  const { poll, sweep, overdueAfter, json } = options;
  const longestLagSeconds = Math.min(poll, sweep ? RUNNING_SWEEP_SECONDS : Number.POSITIVE_INFINITY);
  const jobs = lengths.map((seconds) => {
    const watching = { pollIntervalSeconds: poll, turns: TURNS, overdueAfterSeconds: overdueAfter };
    const { checks, transitions, dollars } = jobCost(watching, seconds);
    return {
      lengthSeconds: seconds,
      checks,
      longestLagSeconds,
      stateTransitions: transitions,
      dollarsPer1000Jobs: Math.round(dollars * 100) / 100,
    };
  });
  if (json) return printJson({ pollIntervalSeconds: poll, sweep, overdueAfterSeconds: overdueAfter, jobs });
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
      'Checks and lag of a job whose end no event tells of: with its event a verdict takes about a second, and checks end there. Prices: list prices of us-east-1, without emails.',
    ),
  );
}
