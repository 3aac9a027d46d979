import type { HintedStatus, JobStatus } from '../../contract/names.ts';
import { hasEnded } from './import-job.ts';

/** The lists that a sweep goes through, in the order in which a job moves: none slips from one to another unseen. */
export const SWEPT_STATUSES: readonly JobStatus[] = ['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED'];

/** The same, and at last the list of all jobs: it has those whose status nobody asks for, since this version does not know it. */
export const ALL_LISTS: readonly (JobStatus | undefined)[] = [...SWEPT_STATUSES, undefined];

/** Those of jobs that run: at most 100 in a data store, however long its history. */
export const RUNNING_STATUSES: readonly JobStatus[] = SWEPT_STATUSES.filter((status) => !hasEnded(status));

/** A job as a list of HealthImaging has it. Times are milliseconds since the epoch. */
export interface ListedJob {
  readonly datastoreId: string;
  readonly jobId: string;
  readonly jobStatus: HintedStatus;
  readonly submittedAt?: number;
  readonly endedAt?: number;
  /** Only where it was asked for: it can identify a patient. */
  readonly jobName?: string | undefined;
}

/** Where a sweep goes on: a page of one list of one data store. */
export interface ListPosition {
  readonly datastoreId: string;
  /** Absent of the list of all jobs. */
  readonly jobStatus?: JobStatus | undefined;
  readonly nextToken?: string;
}

/**
 * Whether a job is ours to watch: all that run, and those that ended since the watcher was deployed. What ended before
 * is history that nobody asked for.
 * @param deployedAt - milliseconds since the epoch.
 */
export function isOurs({ jobStatus, submittedAt, endedAt }: ListedJob, deployedAt: number): boolean {
  return !hasEnded(jobStatus) || (endedAt ?? submittedAt ?? deployedAt) >= deployedAt;
}

/** 15 min, doubled with each watch: seven of them look for a job for 16 hours. */
const SILENCE_GAP = 15 * 60_000;

/**
 * When a job gets another watch whose watch of this number ended in silence, because HealthImaging listed the job but
 * said that it did not know it. Milliseconds since the epoch.
 */
export function nextWatchAt(number: number, stoppedAt: number): number {
  return stoppedAt + SILENCE_GAP * 2 ** (number - 1);
}

/** The first pages of the lists of all data stores, from `from` on where a sweep before was cut off there. */
export function itinerary(
  datastoreIds: readonly string[],
  from?: ListPosition,
  statuses: readonly (JobStatus | undefined)[] = SWEPT_STATUSES,
): ListPosition[] {
  const all = datastoreIds.flatMap((datastoreId) =>
    statuses.map((jobStatus) => ({ datastoreId, jobStatus })),
  );
  const start = all.findIndex(
    ({ datastoreId, jobStatus }) => datastoreId === from?.datastoreId && jobStatus === from.jobStatus,
  );
  return start < 0 || !from ? all : [from, ...all.slice(start + 1)];
}
