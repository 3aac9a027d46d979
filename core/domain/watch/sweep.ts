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

/** How far the rounds of sweeps have come. Times are milliseconds since the epoch. */
export interface Rounds {
  /** By data store: when the last round began in which all that is recent in its lists was seen. */
  readonly recent: Readonly<Record<string, number>>;
  /** Where such a round was cut off, and when it began in that data store. */
  readonly cut?: { readonly at: ListPosition; readonly began: number } | undefined;
  /** When the last round began in which all lists were read to their ends; before the first, when the first began. */
  readonly fullAt: number;
  /** The one that is under way, and what it has still to read. */
  readonly full?: { readonly began: number; readonly lists: readonly ListPosition[] } | undefined;
  /** When the jobs that were given up were last read. */
  readonly givenUpAt?: number | undefined;
  /** The last job of {@link unsettledJobs} that a sweep came to which was cut off there. */
  readonly unsettledAfter?: string | undefined;
}

/** Lists can lag behind: what is younger than this may not have been in them. */
const LIST_LAG_MS = 15 * 60_000;
/** How far a first round looks back: what is older is left to the full one that follows. */
const FIRST_MS = 60 * 60_000;
/** The time between two full rounds. */
const FULL_ROUND_MS = 24 * 60 * 60_000;

/** What is older than this has been seen in an earlier round. */
export function seenBefore(lastRound: number | undefined, deployedAt: number, now: number): number {
  return (lastRound ?? Math.max(deployedAt, now - FIRST_MS)) - LIST_LAG_MS;
}

/** Whether it is time for a round through all lists. */
export function fullRoundIsDue({ full, fullAt }: Rounds, now: number): boolean {
  return !full && now - fullAt >= FULL_ROUND_MS;
}

/** Whether a job neither began nor ended since. A job without times may have. */
export function isOlder({ submittedAt, endedAt }: ListedJob, since: number): boolean {
  return submittedAt !== undefined && Math.max(submittedAt, endedAt ?? 0) < since;
}

/** So many jobs in a row are each older than the one before only where the list is in this order: by chance in one of 10! lists. */
const STEPS_DOWN = 10;

/**
 * Whether a list shows the newest jobs first, as far as it was read: by when they were submitted or by when they ended.
 * HealthImaging does not say in which order its lists are, nor how many jobs a page has at least.
 */
export class Descent {
  readonly #submitted = new Steps();
  readonly #ended = new Steps();

  /** @param jobs - the next page. @returns whether the list descends: it always did, and not by chance. */
  add(jobs: readonly ListedJob[]): boolean {
    for (const { submittedAt, endedAt } of jobs) {
      this.#submitted.add(submittedAt);
      this.#ended.add(endedAt);
    }
    return [this.#submitted, this.#ended].some(({ down }) => down >= STEPS_DOWN);
  }
}

/** How often numbers went down; never, once one was missing or went up. */
class Steps {
  down = 0;
  #last = Number.POSITIVE_INFINITY;

  add(next = Number.POSITIVE_INFINITY): void {
    if (next < this.#last) this.down++;
    else if (next > this.#last || next === Number.POSITIVE_INFINITY) this.down = Number.NEGATIVE_INFINITY;
    this.#last = next;
  }
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

/** All of them, beginning with `first` where it is one of them. */
export function startingAt(all: readonly string[], first: string | undefined): readonly string[] {
  const start = Math.max(0, all.indexOf(first ?? ''));
  return [...all.slice(start), ...all.slice(0, start)];
}
