import { setTimeout as delay } from 'node:timers/promises';
import type { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { listImportJobs } from '../../core/aws/import-jobs.ts';
import type { JobStatus } from '../../core/contract/names.ts';
import { type ListedJob, type ListPosition, SWEPT_STATUSES } from '../../core/domain/watch/sweep.ts';

/** Less than the 10 calls a second that an account has (docs/healthimaging.md#10-quotas). */
const PACE_MS = 125;

/**
 * All jobs, or those with one of the statuses. Lists are read in the order in which a job moves: none is missed.
 * @param named - whether the jobs have their names.
 */
export async function readJobs(
  client: MedicalImagingClient,
  datastoreId: string,
  statuses: readonly JobStatus[] | undefined,
  named = false,
): Promise<ListedJob[]> {
  const jobs = new Map<string, ListedJob>();
  const lists = statuses ? SWEPT_STATUSES.filter((each) => statuses.includes(each)) : [undefined];
  for (const jobStatus of lists) {
    // A job that has moved on meanwhile is in two lists; the later one is right.
    for await (const page of pagesOf(client, { datastoreId, jobStatus }, named)) {
      for (const job of page) jobs.set(job.jobId, job);
    }
  }
  return [...jobs.values()];
}

/**
 * Jobs that were submitted since a time, the newest first, as they are read. HealthImaging lists all of 90 days, and does not
 * say in which order. As long as the newest come first, the rest need not be read once a whole page is too old. If they do not,
 * everything is read, and sorted.
 * @param since - milliseconds since the epoch.
 */
export async function* newestJobs(
  client: MedicalImagingClient,
  datastoreId: string,
  statuses: readonly JobStatus[] | undefined,
  since: number,
): AsyncGenerator<ListedJob[]> {
  const wanted = (jobs: readonly ListedJob[]) =>
    jobs.filter(({ submittedAt = since }) => submittedAt >= since);
  if (statuses && statuses.length > 1) {
    yield wanted(await readJobs(client, datastoreId, statuses)).sort(newestFirst);
    return;
  }
  const seen = new Set<string>();
  let oldest = Number.POSITIVE_INFINITY;
  // One job alone, or several of one moment, are in any order.
  let isOrdered = false;
  let unordered: ListedJob[] | undefined;
  for await (const page of pagesOf(client, { datastoreId, jobStatus: statuses?.[0] })) {
    // A job that was submitted meanwhile moves others to the next page, a second time.
    const jobs = page.filter(({ jobId }) => seen.size < seen.add(jobId).size);
    for (const { submittedAt = 0 } of jobs) {
      if (submittedAt > oldest) unordered ??= [];
      if (submittedAt < oldest && oldest < Number.POSITIVE_INFINITY) isOrdered = true;
      oldest = submittedAt;
    }
    if (unordered) unordered.push(...jobs);
    else {
      const found = wanted(jobs);
      if (found.length > 0) yield found;
      else if (isOrdered) return;
    }
  }
  if (unordered) yield wanted(unordered).sort(newestFirst);
}

function newestFirst(a: ListedJob, b: ListedJob): number {
  return (b.submittedAt ?? 0) - (a.submittedAt ?? 0);
}

async function* pagesOf(
  client: MedicalImagingClient,
  from: ListPosition,
  named = false,
): AsyncGenerator<ListedJob[]> {
  for (let page: ListPosition | undefined = from; page; ) {
    const { jobs, next } = await listImportJobs(client, page, named);
    yield jobs;
    page = next;
    if (page) await delay(PACE_MS);
  }
}
