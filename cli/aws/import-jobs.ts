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
    for (let page: ListPosition | undefined = { datastoreId, jobStatus }; page; ) {
      const { jobs: found, next } = await listImportJobs(client, page, named);
      // A job that has moved on meanwhile is in two lists; the later one is right.
      for (const job of found) jobs.set(job.jobId, job);
      page = next;
      if (page) await delay(PACE_MS);
    }
  }
  return [...jobs.values()];
}
