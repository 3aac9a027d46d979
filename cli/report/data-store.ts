import { ThrottledError } from '../../core/aws/errors.ts';
import { getImportJob } from '../../core/aws/import-jobs.ts';
import type { ImportJob } from '../../core/domain/watch/import-job.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import type { ListedJob } from '../../core/domain/watch/sweep.ts';
import { systemTime } from '../../core/time.ts';
import { withRetries } from '../aws/backoff.ts';
import type { Aws } from '../aws/connect.ts';
import { readJobs } from '../aws/import-jobs.ts';
import type { CampaignOptions } from './campaign-options.ts';

/** What HealthImaging knows of the jobs of a data store: of the last 90 days. */
export interface DataStore {
  /** By the id of the job. */
  readonly jobs: ReadonlyMap<string, ListedJob>;
  /** Whether a job has the name that is asked for. */
  isWanted(job: ListedJob): boolean;
  /** Of those how many still run. */
  readonly running: number;
}

export async function readDataStore(aws: Aws, options: CampaignOptions): Promise<DataStore | undefined> {
  const { datastoreId, jobName } = options;
  if (datastoreId === undefined) return undefined;
  const all = await readJobs(aws.medicalImaging(), datastoreId, undefined, jobName !== undefined);
  const matches = jobName === undefined ? () => true : glob(jobName);
  const isWanted = (job: ListedJob) => matches(job.jobName ?? '');
  return {
    jobs: new Map(all.map((job) => [job.jobId, job])),
    isWanted,
    running: all.filter((job) => isWanted(job) && !hasEnded(job.jobStatus)).length,
  };
}

/** A text in which `*` stands for any characters, and `?` for one. */
export function glob(pattern: string): (text: string) => boolean {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[.+^$()|[\]{}\\]/g, '\\$&');
  });
  const whole = new RegExp(`^${parts.join('')}$`, 's');
  return (text) => whole.test(text);
}

/** Less than the 25 calls a second that an account has (docs/healthimaging.md#10-quotas), most of it for others. */
const PACE_MS = 125;
const TRIES = 6;

/** Those of some jobs that write below a prefix: a list does not say where a job writes. */
export async function* jobsBelow(
  aws: Aws,
  jobs: Iterable<ListedJob>,
  prefix: string,
): AsyncGenerator<ImportJob> {
  const client = aws.medicalImaging();
  for (const { datastoreId, jobId } of jobs) {
    const job = await withRetries(
      TRIES,
      (error) => error instanceof ThrottledError,
      () => getImportJob(client, { datastoreId, jobId }),
    );
    if (job.outputS3Uri?.startsWith(prefix)) yield job;
    await systemTime.sleep(PACE_MS);
  }
}
