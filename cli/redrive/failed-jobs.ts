import { listExecutions, type WatchStateMachine } from '../../core/aws/executions.ts';
import { findWatch, findWatches, type Table, type WatchRecord } from '../../core/aws/watches.ts';
import { type ImportJobId, WATCH_FAILURES } from '../../core/contract/names.ts';
import { recordKey } from '../../core/domain/watch/repair.ts';
import { isSettled, lastOutcome } from '../../core/domain/watch/told.ts';
import { parseWatchName } from '../../core/domain/watch/watch-name.ts';
import { readWatch, type Watch, watchesOf } from '../aws/watches.ts';
import { planRedrive } from './plan.ts';

/** The watches of one job, and the outcome of its verdict where one was published. */
export interface JobWatches {
  /** Absent where the input of the watch names none. */
  readonly job?: ImportJobId;
  /** Oldest first. */
  readonly watches: readonly Watch[];
  readonly outcome?: string;
}

/** The watches of a job that somebody names. */
export async function readJob(
  machine: WatchStateMachine,
  table: Table,
  job: ImportJobId,
): Promise<JobWatches> {
  const [watches, record] = await Promise.all([watchesOf(machine, job), findWatch(table, job)]);
  return { job, watches, outcome: outcomeOf(record, watches) };
}

/** After ABANDONED, a watch that failed had the end of the job to tell. */
function outcomeOf(record: WatchRecord, watches: readonly Watch[]): string | undefined {
  return isSettled(record) || !watches.at(-1)?.failure ? lastOutcome(record) : undefined;
}

/** The jobs without a verdict whose watch failed. */
export async function failedJobs(machine: WatchStateMachine, table: Table): Promise<JobWatches[]> {
  const jobs = new Map<string, JobWatches>();
  for (const status of WATCH_FAILURES.statuses) {
    for await (const page of listExecutions(machine, status)) {
      const recordOf = await findWatches(table, page.map(keyOf));
      for (const { name, executionArn } of page) {
        const key = keyOf({ name });
        const id = `${key.datastoreId}-${key.jobId}`;
        if (jobs.has(id) || isSettled(recordOf(key))) continue;
        const job = parseWatchName(name);
        jobs.set(
          id,
          job
            ? { job, watches: await watchesOf(machine, job) }
            : await startedByHand(machine, table, executionArn),
        );
      }
    }
  }
  // A job whose first watch failed may have been seen to by a later one.
  return [...jobs.values()].filter(
    ({ watches, outcome }) => planRedrive(watches, outcome, false).kind !== 'not needed',
  );
}

/** The key of the notices about a watch in the table, as far as its name shows it. */
function keyOf({ name }: { readonly name: string }): ImportJobId {
  const job = parseWatchName(name);
  return recordKey({ name, job });
}

/** A watch under a name that somebody chose: its input says which job it is of. */
async function startedByHand(
  machine: WatchStateMachine,
  table: Table,
  executionArn: string,
): Promise<JobWatches> {
  const watch = await readWatch(machine, executionArn);
  const job = watch?.failure?.job;
  const watches = watch ? [watch] : [];
  return { job, watches, outcome: job && outcomeOf(await findWatch(table, job), watches) };
}
