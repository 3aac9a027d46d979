import type { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import {
  describeExecution,
  executionArn,
  giveNews,
  startWatch,
  type WatchStateMachine,
} from '../../core/aws/executions.ts';
import { listImportJobs } from '../../core/aws/import-jobs.ts';
import { findWatches, recordOutcome, type Table, type WatchRecord } from '../../core/aws/watches.ts';
import { expiry } from '../../core/domain/notices/import-report.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import {
  ALL_LISTS,
  isOurs,
  itinerary,
  type ListedJob,
  type ListPosition,
  nextWatchAt,
} from '../../core/domain/watch/sweep.ts';
import { isSettled, type ToldVerdicts } from '../../core/domain/watch/told.ts';
import { MAX_WATCHES, watchName } from '../../core/domain/watch/watch-name.ts';
import type { Time } from '../../core/time.ts';
import type { SweepTally } from './tally.ts';

/** Two sweeps at once, of all jobs and of those that run, stay below the 10 calls a second that an account has. */
export const PACE_MS = 225;

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
  readonly tally: SweepTally;
}

/** The jobs that are swept. Times are milliseconds since the epoch. */
export interface JobSweep {
  readonly datastoreIds: readonly string[];
  /** Where the sweep before was cut off. */
  readonly from: ListPosition | undefined;
  readonly deployedAt: number;
  /** When to stop. */
  readonly deadline: number;
}

/**
 * Goes through the jobs of the data stores and makes sure that each that is ours has a watch or had one.
 * @returns where the next sweep goes on, or undefined when all was seen, and how many pages were read.
 */
export async function sweepJobs(
  tools: JobTools,
  { datastoreIds, from, deployedAt, deadline }: JobSweep,
): Promise<{ rest: ListPosition | undefined; pages: number }> {
  // The list of all jobs has most of them again.
  const seen = new Set<string>();
  const isNew = (job: ListedJob) => seen.size < seen.add(`${watchName(job)} ${job.jobStatus}`).size;
  return await readLists(tools, itinerary(datastoreIds, from, ALL_LISTS), deadline, (jobs) =>
    sweepPage(
      tools,
      jobs.filter((job) => isNew(job) && isOurs(job, deployedAt)),
    ),
  );
}

/**
 * Reads lists to their ends, page by page.
 * @param deadline - when to stop, in milliseconds since the epoch.
 * @returns where it was cut off, or undefined, and how many pages were read; the tally has the data stores.
 * @throws Error when time was over before the first page: that is no sweep.
 */
export async function readLists(
  { healthImaging, time, tally }: Pick<JobTools, 'healthImaging' | 'time' | 'tally'>,
  lists: readonly ListPosition[],
  deadline: number,
  visit: (jobs: ListedJob[]) => Promise<void>,
): Promise<{ rest: ListPosition | undefined; pages: number }> {
  const { begun, failed } = tally.datastores;
  let pages = 0;
  for (const first of lists) {
    for (let position: ListPosition | undefined = first; position && !failed.has(first.datastoreId); ) {
      if (time.now() >= deadline) {
        if (pages === 0) throw new Error('there was no time to read a list');
        return { rest: position, pages };
      }
      begun.add(first.datastoreId);
      const page: ListPosition = position;
      position = undefined;
      // A data store that is denied, throttled or gone does not stop the others.
      const seen = await tally.attempt({ datastoreId: first.datastoreId }, async () => {
        // First, so that calls which are refused keep the pace as well.
        await time.sleep(PACE_MS);
        const { jobs, next } = await listImportJobs(healthImaging, page);
        pages++;
        await visit(jobs);
        position = next;
      });
      if (!seen) failed.add(first.datastoreId);
    }
  }
  return { rest: undefined, pages };
}

/** Makes sure that each of these jobs has a watch or had one. */
export async function sweepPage(tools: JobTools, jobs: readonly ListedJob[]): Promise<void> {
  const recordOf = await findWatches(tools.table, jobs);
  for (const job of jobs) {
    const record = recordOf(job);
    // One that was given up and still runs has had its verdict; only its end is worth another.
    if (isSettled(record) || (record.outcome && !hasEnded(job.jobStatus))) continue;
    const { datastoreId, jobId } = job;
    await tools.tally.attempt({ datastoreId, jobId }, () => ensureWatch(tools, job, record));
  }
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

function isLate(since: number | undefined, now: number): boolean {
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
    const { outcome: said } = JSON.parse(execution.output ?? '{}') as { outcome?: string };
    if (said && said !== told.outcome) {
      await recordOutcome(table, job, told.outcome ? 'later' : 'first', said, expiry(now));
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
