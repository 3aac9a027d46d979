import type { z } from 'zod';
import type { Clock } from './clock.ts';
import { ServiceError } from './errors.ts';
import type { Faults, JobFault } from './faults.ts';
import type { JobRunner } from './job-runner.ts';
import type { Quotas } from './quotas.ts';
import { type Job, jobFolder } from './types.ts';
import { getRequest, listDatastoresRequest, listRequest, startRequest, validated } from './validation.ts';

type StartRequest = z.output<typeof startRequest>;
type Answer = Record<string, unknown>;

const day = 24 * 60 * 60 * 1000;
/** Unverified: AWS does not document the size of a page nobody asked a size for. */
const defaultPageSize = 50;

/** The three operations, over jobs in memory. Requests come as parsed from path, query and body. */
export class Operations {
  readonly #clock: Clock;
  readonly #quotas: Quotas;
  readonly #faults: Faults;
  readonly #runner: JobRunner;
  readonly #datastores: readonly string[] | undefined;
  readonly #newId: () => string;
  readonly #jobs = new Map<string, Job>();
  /** By data store, oldest first. */
  readonly #jobsOf = new Map<string, { readonly all: Job[]; readonly active: Set<Job> }>();
  readonly #tokens = new Map<string, { parameters: string; answer: Answer }>();

  /** @param datastores the data stores that exist; undefined for any well-formed id */
  constructor(
    clock: Clock,
    quotas: Quotas,
    faults: Faults,
    runner: JobRunner,
    datastores: readonly string[] | undefined,
    newId: () => string,
  ) {
    this.#clock = clock;
    this.#quotas = quotas;
    this.#faults = faults;
    this.#runner = runner;
    this.#datastores = datastores;
    this.#newId = newId;
  }

  /** StartDICOMImportJob. */
  start(request: unknown, ofThisJob?: JobFault): Answer {
    const { clientToken, ...parameters } = validated(startRequest, request);
    this.#checkDatastore(parameters.datastoreId);
    // Kept for ever and answered with the first answer's words: how long and with which status AWS does is unverified.
    const token = `${parameters.datastoreId}/${clientToken}`;
    const text = JSON.stringify(parameters);
    const earlier = this.#tokens.get(token);
    if (earlier?.parameters === text) return earlier.answer;
    if (earlier) {
      throw new ServiceError('ConflictException', 'The client token was used with different parameters');
    }
    const job = this.#newJob(parameters);
    this.#jobs.set(job.jobId, job);
    const { all, active } = this.#of(job.datastoreId);
    all.push(job);
    active.add(job);
    const { datastoreId, jobId, jobStatus, submittedAt } = job;
    const answer = { datastoreId, jobId, jobStatus, submittedAt: seconds(submittedAt) };
    this.#tokens.set(token, { parameters: text, answer });
    this.#runner.begin(job, this.#faults.forJob(job.jobName, ofThisJob));
    return answer;
  }

  /** GetDICOMImportJob. Old jobs are answered for ever: whether AWS does after its 90 days is unverified. */
  get(request: unknown): Answer {
    const { datastoreId, jobId } = validated(getRequest, request);
    this.#checkDatastore(datastoreId);
    const job = this.#jobs.get(jobId);
    if (job?.datastoreId !== datastoreId)
      throw new ServiceError('ResourceNotFoundException', 'The import job does not exist');
    return {
      jobProperties: {
        ...summary(job),
        inputS3Uri: job.inputS3Uri,
        outputS3Uri: jobFolder(job),
        importConfiguration: job.importConfiguration,
      },
    };
  }

  /** ListDICOMImportJobs. Newest first: the order is unverified. */
  list(request: unknown): Answer {
    const {
      datastoreId,
      jobStatus,
      maxResults = defaultPageSize,
      nextToken,
    } = validated(listRequest, request);
    this.#checkDatastore(datastoreId);
    const scope = `${datastoreId}/${jobStatus ?? ''}`;
    const before = nextToken === undefined ? Infinity : readToken(nextToken, scope);
    const oldest = this.#clock.now() - this.#quotas.listRetentionDays * day;
    const { all, active } = this.#of(datastoreId);
    const isActive = jobStatus === 'SUBMITTED' || jobStatus === 'IN_PROGRESS';
    const jobs = isActive ? [...active] : all;
    // One more than the page has, and no more: a history may have a million.
    const found: Job[] = [];
    for (let i = countBefore(jobs, before) - 1; i >= 0 && found.length <= maxResults; i--) {
      const job = jobs[i] as Job;
      if (job.submittedAt <= oldest) break;
      if ((jobStatus ?? job.jobStatus) === job.jobStatus) found.push(job);
    }
    const page = found.slice(0, maxResults);
    const last = page.at(-1);
    return {
      jobSummaries: page.map(summary),
      nextToken: last && found.length > page.length ? writeToken(scope, last.sequence) : undefined,
    };
  }

  /** ListDatastores: those that exist, or those that had a job where every id names one. All are ACTIVE. */
  listDatastores(request: unknown): Answer {
    const {
      datastoreStatus = 'ACTIVE',
      maxResults = defaultPageSize,
      nextToken,
    } = validated(listDatastoresRequest, request);
    const scope = `datastores/${datastoreStatus}`;
    const all = this.#datastores ?? [...new Set([...this.#jobs.values()].map((job) => job.datastoreId))];
    const start = nextToken === undefined ? 0 : readToken(nextToken, scope);
    const page = datastoreStatus === 'ACTIVE' ? all.slice(start, start + maxResults) : [];
    const next = start + page.length;
    return {
      datastoreSummaries: page.map((datastoreId) => ({
        datastoreId,
        datastoreName: `datastore-${datastoreId.slice(0, 8)}`,
        datastoreStatus,
      })),
      nextToken: page.length > 0 && next < all.length ? writeToken(scope, next) : undefined,
    };
  }

  #newJob(parameters: Omit<StartRequest, 'clientToken'>): Job {
    const { datastoreId } = parameters;
    if (this.#of(datastoreId).active.size >= this.#quotas.concurrentJobs) {
      throw new ServiceError(
        'ServiceQuotaExceededException',
        `The data store already has ${this.#quotas.concurrentJobs} concurrent import jobs`,
      );
    }
    const jobId = this.#newId();
    return {
      sequence: this.#jobs.size,
      jobId,
      // Get and the events require a name although Start does not: what AWS puts there is unverified.
      jobName: parameters.jobName ?? jobId,
      jobStatus: 'SUBMITTED',
      datastoreId,
      dataAccessRoleArn: parameters.dataAccessRoleArn,
      submittedAt: this.#clock.now(),
      inputS3Uri: parameters.inputS3Uri,
      outputS3Uri: parameters.outputS3Uri,
      importConfiguration: parameters.importConfiguration,
    };
  }

  #of(datastoreId: string): { readonly all: Job[]; readonly active: Set<Job> } {
    const known = this.#jobsOf.get(datastoreId) ?? { all: [], active: new Set<Job>() };
    this.#jobsOf.set(datastoreId, known);
    for (const job of known.active) if (job.endedAt !== undefined) known.active.delete(job);
    return known;
  }

  #checkDatastore(datastoreId: string): void {
    if (this.#datastores?.includes(datastoreId) === false) {
      throw new ServiceError('ResourceNotFoundException', 'The data store does not exist');
    }
  }
}

/** DICOMImportJobSummary: no S3 URIs, no importConfiguration. JSON leaves out what is undefined. */
function summary(job: Job): Answer {
  return {
    jobId: job.jobId,
    jobName: job.jobName,
    jobStatus: job.jobStatus,
    datastoreId: job.datastoreId,
    dataAccessRoleArn: job.dataAccessRoleArn,
    submittedAt: seconds(job.submittedAt),
    endedAt: job.endedAt === undefined ? undefined : seconds(job.endedAt),
    message: job.message,
  };
}

/** How many of these jobs, which are in the order of their sequence, come before this one. */
function countBefore(jobs: readonly Job[], sequence: number): number {
  let low = 0;
  let high = jobs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((jobs[middle] as Job).sequence < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

function writeToken(scope: string, sequence: number): string {
  return Buffer.from(JSON.stringify([scope, sequence])).toString('base64url');
}

function readToken(token: string, scope: string): number {
  try {
    const [tokenScope, sequence] = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (tokenScope === scope && Number.isInteger(sequence)) return sequence;
  } catch {
    // Not one of ours: answered like one of another list.
  }
  throw new ServiceError('ValidationException', "Value at 'nextToken' is not a valid token for this request");
}
