import type { Clock } from './clock.ts';
import type { JobStatus, OperationName } from './types.ts';

/**
 * What goes wrong with requests: `throttle` answers ThrottlingException (429), `denied` AccessDeniedException (403),
 * `not-found` ResourceNotFoundException (404), as of a data store that was deleted or a read that is not consistent yet;
 * `conflict` ConflictException (409), `quota` ServiceQuotaExceededException (402), which only StartDICOMImportJob has;
 * `500` InternalServerException, `503` a front end's unmodelled 503; `drop` closes the connection without an answer;
 * `slow` answers properly but late.
 */
export interface RequestFault {
  kind: 'throttle' | '500' | '503' | 'drop' | 'denied' | 'not-found' | 'conflict' | 'quota' | 'slow';
  /** Only requests for this operation. Default: all. */
  operation?: OperationName;
  /** Only requests for this data store. Default: all. */
  datastoreId?: string;
  /** How many requests it hits. Default: no limit. */
  times?: number;
  /** For how many seconds of the simulator's clock it lasts, from now. Default: until cleared. */
  forSeconds?: number;
  /** With kind `slow`: milliseconds of real time before the answer. Default 1000. */
  slowMs?: number;
}

/** What goes wrong with jobs. A job keeps the faults it was started with; several faults that fit add up. */
export interface JobFault {
  /** Only jobs of this name, or of a name the function accepts. Default: all jobs started from now on. */
  jobName?: string | ((jobName: string) => boolean);
  /** How many jobs it hits. Default: no limit. */
  times?: number;
  /** The job stays IN_PROGRESS for ever. */
  neverEnds?: boolean;
  /** The job takes so long, whatever the others take. */
  takesSeconds?: number;
  /** The job imports nothing and ends FAILED with this message. */
  failWith?: string;
  /** Events that are never delivered: all, or those for these statuses. */
  eventsLost?: true | JobStatus[];
  /** Events that are delivered twice, with the same id: all, or those for these statuses. */
  eventsDoubled?: true | JobStatus[];
  /** Seconds between a change of status and the delivery of its event. */
  eventsDelayedSeconds?: number;
  /** The job's events are kept until it has ended and then delivered last to first. */
  eventsReordered?: true;
  /** job-output-manifest.json is not written, or ends in mid-JSON. */
  manifest?: 'missing' | 'corrupt';
  /** Seconds between COMPLETED and the appearance of all output files. */
  manifestDelaySeconds?: number;
  /** The same of one of them, whatever the others do. */
  jobManifestDelaySeconds?: number;
  successDelaySeconds?: number;
  failureDelaySeconds?: number;
  warningDelaySeconds?: number;
  /** success.ndjson is not written, or its last line is cut. */
  success?: 'missing' | 'truncated';
  /** The same; or it begins with a line that no documentation shows. */
  failure?: 'missing' | 'truncated' | 'unexpected';
  warning?: 'missing' | 'truncated';
  /** So many files of the job, the first ones, end as server errors (numberOfFilesWithServerError). */
  filesWithServerError?: number;
}

/** Faults to begin with. */
export interface InitialFaults {
  requests?: RequestFault[];
  jobs?: JobFault[];
}

/** Lets things go wrong while the simulator runs. */
export interface FaultControl {
  /** Adds a fault of requests. Of several that fit a request the oldest strikes. */
  request(fault: RequestFault): void;
  /** Adds a fault of jobs started from now on. */
  job(fault: JobFault): void;
  /** Removes all faults; jobs already started keep theirs. */
  clear(): void;
}

/** The faults in force. */
export class Faults implements FaultControl {
  readonly #clock: Clock;
  #requests: { fault: RequestFault; left: number; until: number }[] = [];
  #jobs: { fault: JobFault; left: number }[] = [];

  constructor(clock: Clock, initial: InitialFaults = {}) {
    this.#clock = clock;
    for (const fault of initial.requests ?? []) this.request(fault);
    for (const fault of initial.jobs ?? []) this.job(fault);
  }

  request(fault: RequestFault): void {
    const until = this.#clock.now() + (fault.forSeconds ?? Infinity) * 1000;
    this.#requests.push({ fault, left: fault.times ?? Infinity, until });
  }

  job(fault: JobFault): void {
    this.#jobs.push({ fault, left: fault.times ?? Infinity });
  }

  clear(): void {
    this.#requests = [];
    this.#jobs = [];
  }

  /** The fault that strikes this request, if any; uses up one of its times. */
  forRequest(operation: OperationName, datastoreId?: string): RequestFault | undefined {
    const now = this.#clock.now();
    this.#requests = this.#requests.filter(({ left, until }) => left > 0 && now < until);
    const hit = this.#requests.find(
      ({ fault }) =>
        (fault.operation ?? operation) === operation && (fault.datastoreId ?? datastoreId) === datastoreId,
    );
    if (hit) hit.left -= 1;
    return hit?.fault;
  }

  /** All faults of a new job in one; the latest wins where they speak of the same thing. */
  forJob(jobName: string, ofThisJob: JobFault = {}): JobFault {
    const fits = ({ jobName: wanted }: JobFault) =>
      wanted === undefined || (typeof wanted === 'string' ? wanted === jobName : wanted(jobName));
    this.#jobs = this.#jobs.filter(({ left }) => left > 0);
    const hits = this.#jobs.filter(({ fault }) => fits(fault));
    for (const hit of hits) hit.left -= 1;
    return Object.assign({}, ...hits.map(({ fault }) => fault), ofThisJob);
  }
}
