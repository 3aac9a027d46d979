import type { z } from 'zod';
import type { Clock } from './clock.ts';
import { countWhile } from './count-while.ts';
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

/** How jobs are listed. */
export interface ListOptions {
  /** Unverified: AWS does not say. @default 'newest first' */
  readonly order?: ListOrder;
  /** The most that a page has, whatever is asked for. @default - as many as are asked for */
  readonly pageSize?: number;
}
export type ListOrder = 'newest first' | 'oldest first' | 'none';

interface OperationsOptions {
  readonly clock: Clock;
  readonly quotas: Quotas;
  readonly faults: Faults;
  readonly runner: JobRunner;
  /** The data stores that exist; undefined for any well-formed id. */
  readonly datastores: readonly string[] | undefined;
  readonly newId: () => string;
  readonly lists?: ListOptions | undefined;
}

/** The three operations, over jobs in memory. Requests come as parsed from path, query and body. */
export class Operations {
  readonly #clock: Clock;
  readonly #quotas: Quotas;
  readonly #faults: Faults;
  readonly #runner: JobRunner;
  readonly #datastores: readonly string[] | undefined;
  readonly #newId: () => string;
  readonly #lists: ListOptions;
  readonly #jobs = new Map<string, Job>();
  /** By data store, oldest first. */
  readonly #jobsOf = new Map<string, { readonly all: Job[]; readonly active: Set<Job> }>();
  readonly #tokens = new Map<string, { parameters: string; answer: Answer }>();

  constructor({ clock, quotas, faults, runner, datastores, newId, lists = {} }: OperationsOptions) {
    this.#clock = clock;
    this.#quotas = quotas;
    this.#faults = faults;
    this.#runner = runner;
    this.#datastores = datastores;
    this.#newId = newId;
    this.#lists = lists;
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

  /** ListDICOMImportJobs. */
  list(request: unknown): Answer {
    const {
      datastoreId,
      jobStatus,
      maxResults = defaultPageSize,
      nextToken,
    } = validated(listRequest, request);
    this.#checkDatastore(datastoreId);
    const { order = 'newest first', pageSize = maxResults } = this.#lists;
    const scope = `${datastoreId}/${jobStatus ?? ''}`;
    const after = nextToken === undefined ? undefined : readToken(nextToken, scope);
    const oldest = this.#clock.now() - this.#quotas.listRetentionDays * day;
    const { all, active } = this.#of(datastoreId);
    const isActive = jobStatus === 'SUBMITTED' || jobStatus === 'IN_PROGRESS';
    const fits = (job: Job) => job.submittedAt > oldest && (jobStatus ?? job.jobStatus) === job.jobStatus;
    const size = Math.min(maxResults, pageSize);
    const found = inOrder(isActive ? [...active] : all, order, after, fits, size + 1);
    const page = found.slice(0, size);
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

/** The first jobs of a list behind one of them, which fit. @param jobs - in the order of their sequence. */
function inOrder(
  jobs: readonly Job[],
  order: ListOrder,
  after: number | undefined,
  fits: (job: Job) => boolean,
  count: number,
): Job[] {
  if (order === 'newest first') return newestFirst(jobs, after ?? Number.POSITIVE_INFINITY, fits, count);
  // Any numbers that stay as they are.
  const place = (sequence: number) => (order === 'none' ? Math.imul(sequence, 0x9e3779b1) : sequence);
  return jobs
    .filter((job) => fits(job) && (after === undefined || place(job.sequence) > place(after)))
    .sort((a, b) => place(a.sequence) - place(b.sequence))
    .slice(0, count);
}

/** Reads no more jobs than it returns: a history may have a million. */
function newestFirst(
  jobs: readonly Job[],
  before: number,
  fits: (job: Job) => boolean,
  count: number,
): Job[] {
  const found: Job[] = [];
  for (
    let i = countWhile(jobs, ({ sequence }) => sequence < before) - 1;
    i >= 0 && found.length < count;
    i--
  ) {
    const job = jobs[i] as Job;
    if (fits(job)) found.push(job);
  }
  return found;
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
