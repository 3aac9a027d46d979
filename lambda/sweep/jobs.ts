import type { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import {
  describeExecution,
  executionArn,
  giveNews,
  startWatch,
  type WatchStateMachine,
} from '../../core/aws/executions.ts';
import { findWatches, recordOutcome, type Table, type WatchRecord } from '../../core/aws/watches.ts';
import type { MetricName } from '../../core/contract/names.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { type ListedJob, nextWatchAt } from '../../core/domain/watch/sweep.ts';
import { finishedId, isSettled, type ToldVerdicts } from '../../core/domain/watch/told.ts';
import { MAX_WATCHES, watchName } from '../../core/domain/watch/watch-name.ts';
import type { Time } from '../../core/time.ts';
import type { Pace } from './pace.ts';
import type { SweepTally } from './tally.ts';

/**
 * A verdict comes seconds after the end of a job, and five minutes where its manifest is late. A watch that has none after
 * this is a part that the sweep failed on: an alarm tells where the next sweep finds the same.
 */
const LATE_MS = 10 * 60_000;

/** What is needed to look after jobs. */
export interface JobTools {
  readonly healthImaging: MedicalImagingClient;
  readonly machine: WatchStateMachine;
  readonly table: Table;
  readonly time: Time;
  readonly pace: Readonly<Record<'healthImaging' | 'executions', Pace>>;
  readonly tally: SweepTally;
}

/** What a sweep did of the jobs of data stores. */
export interface SweptPart {
  /** Whether it came to its end. */
  readonly finished: boolean;
  /** How many pages of lists were read. */
  readonly pages: number;
  readonly gauges: Partial<Record<MetricName, number>>;
}

/**
 * Makes sure that each of these jobs has a watch or had one.
 * @param noted - whether a running job has a watch whose token is in the table: the sweep of running jobs, which sees all
 * watches, looks at the others. Default: it is made sure of.
 * @returns what the table knew of them.
 */
export async function sweepPage(
  tools: JobTools,
  jobs: readonly ListedJob[],
  noted = false,
): Promise<(job: ListedJob) => WatchRecord> {
  const recordOf = await findWatches(tools.table, jobs);
  for (const job of jobs) {
    const record = recordOf(job);
    // One that was given up and still runs has had its verdict; only its end is worth another.
    if (isSettled(record) || (record.outcome && !hasEnded(job.jobStatus))) continue;
    if (noted && record.taskToken && !hasEnded(job.jobStatus)) continue;
    const { datastoreId, jobId } = job;
    await tools.tally.attempt({ datastoreId, jobId }, () => ensureWatch(tools, job, record));
  }
  return recordOf;
}

async function ensureWatch(tools: JobTools, job: ListedJob, record: WatchRecord): Promise<void> {
  const { machine, time, tally } = tools;
  const watch = await startWatch(machine, job);
  if (watch === 'ended') {
    await resume(tools, job, record);
    return;
  }
  if (!record.taskToken) tally.count('watchesStarted');
  if (!hasEnded(job.jobStatus)) return;
  const news = record.taskToken && (await giveNews(machine, record.taskToken, { jobStatus: job.jobStatus }));
  const now = time.now();
  if (news === 'delivered') tally.count('newsGiven');
  else if (isLate(job.endedAt, now)) {
    refuseLate(job, await describeExecution(machine, executionArn(machine, watchName(job))), now);
  }
}

/** Whether a verdict is late on what ended or began then. */
export function isLate(since: number | undefined, now: number): boolean {
  return since !== undefined && now - since > LATE_MS;
}

/** @throws Error `VerdictLate` where a job ended long ago, and a watch that runs for as long has told no verdict. */
function refuseLate(
  { endedAt }: ListedJob,
  watch: { readonly startDate?: Date | undefined } | undefined,
  now: number,
): void {
  if (isLate(endedAt, now) && isLate(watch?.startDate?.getTime(), now)) {
    const late = new Error('the job ended, and its watch has told no verdict since');
    throw Object.assign(late, { name: 'VerdictLate' });
  }
}

/**
 * A job whose first watch has ended, and which needs a verdict. A failed watch is repaired elsewhere; one that ended well
 * published a verdict that the table forgot, or ended in silence because HealthImaging did not know the job then, or gave
 * up a job that has ended since.
 */
async function resume(
  { machine, table, time, tally }: JobTools,
  job: ListedJob,
  { outcome }: WatchRecord,
): Promise<void> {
  const now = time.now();
  /** What holds: no verdict, or ABANDONED. */
  let told: ToldVerdicts = { outcome };
  let silentUntil = 0;
  for (let number = 1; number <= MAX_WATCHES; number++) {
    const execution = await describeExecution(machine, executionArn(machine, watchName(job, number)));
    if (!execution) {
      if (now < silentUntil) return;
      await startWatch(machine, job, number);
      tally.count('watchesStarted');
      return;
    }
    if (execution.status === 'RUNNING') {
      refuseLate(job, execution, now);
      return;
    }
    const { output = '{}' } = execution;
    const { outcome: said, eventId } = JSON.parse(output) as { outcome?: string; eventId?: string };
    if (said && said !== told.outcome) {
      const which = told.outcome ? 'later' : 'first';
      // A watch that found its verdict published puts out its last check, which has no counts.
      const verdict = eventId === finishedId(job, which === 'later') ? output : undefined;
      await recordOutcome(table, job, which, { outcome: said, verdict }, expiry(now));
      tally.count('recordsFixed');
      told = { outcome: said };
    }
    if (isSettled(told) || (told.outcome && !hasEnded(job.jobStatus))) return;
    silentUntil =
      execution.status === 'SUCCEEDED'
        ? nextWatchAt(number, execution.stopDate?.getTime() ?? 0)
        : Number.POSITIVE_INFINITY;
  }
  // Thrown to be logged and counted at every sweep: nothing else would report it.
  if (silentUntil < Number.POSITIVE_INFINITY) {
    throw new Error('HealthImaging lists the job, but none of its watches found it, or its end');
  }
}
