import prand, { type RandomGenerator } from 'pure-rand';
import type { JobFault, ListOptions, RequestFault } from '../../simulator/index.ts';
import type { ServiceName } from './transport.ts';

/** The data stores of a run, and one of somebody else. */
export const DATASTORES = ['1'.repeat(32), '2'.repeat(32)] as const;
export const FOREIGN_DATASTORE = '9'.repeat(32);

export const STUDIES = ['clean', 'some broken', 'all broken'] as const;
export type Study = (typeof STUDIES)[number];

/** An import. Times are seconds from the beginning of the run. */
export interface JobPlan {
  readonly datastoreId: string;
  readonly submittedAt: number;
  readonly study: Study;
  readonly fault: JobFault;
  /** How long it takes, where that is not as long as all jobs of the run. */
  readonly seconds?: number;
  /** Lines that no documentation shows, in a file of its manifest. */
  readonly hostile?: HostileLines;
  /** What it imports in place of `study`: studies of one file each, numbered, and which of them are refused. */
  readonly studies?: { readonly first: number; readonly count: number; readonly refused: readonly number[] };
}

/** Where they stand, and how many of them, by their number in `hostile.ts`. */
export interface HostileLines {
  readonly file: ManifestList;
  readonly lines: readonly number[];
}

export const MANIFEST_LISTS = [
  'SUCCESS/success.ndjson',
  'FAILURE/failure.ndjson',
  'WARNING/warning.ndjson',
] as const;
export type ManifestList = (typeof MANIFEST_LISTS)[number];

export const FUNCTIONS = [
  'CheckImportJob',
  'SummarizeImport',
  'OnImportEvent',
  'OnWatchEnded',
  'Sweep',
  'SendDigests',
] as const;

/** What runs overdue after six hours, and is given up after a day: a run must not take a week of checks. */
export const OVERDUE_SECONDS = 6 * 3600;
export const GIVE_UP_SECONDS = 24 * 3600;

/** Whether a job runs for longer than it is watched for. */
export function isGivenUp({ fault }: Pick<JobPlan, 'fault'>): boolean {
  return fault.neverEnds === true || (fault.takesSeconds ?? 0) > GIVE_UP_SECONDS;
}

/** Whether the manifests of jobs are refused for a time: verdicts then say so. */
export function deniesS3({ disturbances }: Pick<Scenario, 'disturbances'>): boolean {
  return disturbances.some(
    (each) => each.kind === 'service' && each.service === 's3' && each.how === 'denied',
  );
}

/** Something that goes wrong. Times are seconds from the beginning of the run. */
export type Disturbance =
  | {
      readonly kind: 'HealthImaging';
      readonly from: number;
      readonly seconds: number;
      readonly fault: Pick<RequestFault, 'kind' | 'operation' | 'datastoreId'>;
    }
  | {
      readonly kind: 'service';
      readonly from: number;
      readonly seconds: number;
      readonly service: ServiceName;
      readonly how: ServiceTrouble;
      /** How many of 100 calls it hits. */
      readonly percent: number;
      /** Only calls of this operation. */
      readonly operation?: string;
    }
  | {
      /** What is read is not what is there. */
      readonly kind: 'stale read';
      readonly from: number;
      readonly seconds: number;
      readonly operation: StaleOperation;
      readonly how: Staleness;
    }
  | {
      /** Every invocation of a function fails. */
      readonly kind: 'function';
      readonly from: number;
      readonly seconds: number;
      readonly functionName: (typeof FUNCTIONS)[number];
    }
  /** The next page of a list is refused that HealthImaging named before. */
  | { readonly kind: 'page tokens'; readonly from: number }
  /** A schedule does not fire. */
  | {
      readonly kind: 'schedule';
      readonly from: number;
      readonly seconds: number;
      readonly of: 'all jobs' | 'running jobs' | 'digests';
    }
  /** A newer version is deployed, and after that time rolled back; what began on its definition goes on. */
  | { readonly kind: 'rollback'; readonly from: number; readonly seconds: number }
  | {
      readonly kind: 'kill';
      readonly functionName: string;
      /** Which run of the function, counted from 1, and at which of its calls. */
      readonly invocation: number;
      readonly call: number;
      readonly when: 'before' | 'after';
    }
  /** A function dies again and again: at one in so many of its calls. */
  | {
      readonly kind: 'deaths';
      readonly from: number;
      readonly seconds: number;
      readonly functionName: (typeof FUNCTIONS)[number];
      readonly oneIn: number;
      /** Of those that write one of many items. @default - as `oneIn` */
      readonly oneInOfMany?: number;
    }
  | { readonly kind: 'forget item'; readonly from: number; readonly job: number }
  | { readonly kind: 'swap task tokens'; readonly from: number }
  | {
      readonly kind: 'forged event';
      readonly from: number;
      readonly of: 'no such job' | 'another tenant' | 'end that did not come';
    }
  | {
      readonly kind: 'status events';
      readonly from: number;
      readonly seconds: number;
      readonly how: 'lost' | 'doubled' | 'an hour late';
    }
  | { readonly kind: 'sweep'; readonly number: number; readonly how: 'skipped' | 'twice at once' | 'late' };

/** `slow`: 5 s late. `answer lost`: the call is done, its answer never arrives. `partly failed`: PutEvents refuses the entry. */
export type ServiceTrouble = 'throttled' | 'denied' | 'slow' | 'dropped' | 'answer lost' | 'partly failed';

export const STALE_OPERATIONS = ['ListExecutions', 'DescribeExecution', 'ListDICOMImportJobs'] as const;
export type StaleOperation = (typeof STALE_OPERATIONS)[number];

/** `lags`: what was there ten minutes ago. `misses`: half of what is there. */
export type Staleness = 'lags' | 'misses';
export const LAG_SECONDS = 10 * 60;

/** All that happens in a run; the same for the same seed. */
export interface Scenario {
  readonly seed: number;
  readonly jobs: readonly JobPlan[];
  readonly jobSeconds: number;
  /** When the watcher is deployed. */
  readonly deployedAt: number;
  readonly sweepMinutes: number;
  /**
   * Seconds between two sweeps of running jobs.
   * @default - one with each sweep of all jobs, to leave something to all else that finds what events did not tell
   */
  readonly runningSweepSeconds?: number;
  /** How far the functions' clock is ahead of the services', in seconds. */
  readonly skewSeconds: number;
  readonly disturbances: readonly Disturbance[];
  /** Whether HealthImaging allows what it allows an account, not any number of requests. */
  readonly realQuotas?: boolean;
  /** How HealthImaging lists jobs. @default - the newest first, as many as are asked for, at once */
  readonly lists?: ListOptions & { readonly secondsPerPage: number };
  /** Set where many jobs fail within one day: no address may get more messages than a day may have. */
  readonly migration?: { readonly failing: number };
  /** Set where alarms are looked at: schedules fire as they are deployed. */
  readonly alarms?: AlarmExpectation;
}

/** `calm`: no alarm may go off. Else the loss of a function, for which one has to. */
export type AlarmExpectation =
  | 'calm'
  | { readonly lost: Disturbance & { readonly from: number; readonly seconds: number } };

/** Numbers from a seed. */
export class Dice {
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    this.#generator = prand.xoroshiro128plus(seed);
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return prand.unsafeUniformIntDistribution(from, to, this.#generator);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)] as T;
  }

  /** True in so many of 100 cases. */
  chance(percent: number): boolean {
    return this.int(1, 100) <= percent;
  }
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const CALM = new WeakMap<Scenario, number>();

/** When everything that goes wrong is over, in seconds from the beginning of the run. */
export function calmAfter(scenario: Scenario): number {
  const calm = CALM.get(scenario) ?? computeCalm(scenario);
  CALM.set(scenario, calm);
  return calm;
}

function computeCalm({ jobs, jobSeconds, disturbances, sweepMinutes, deployedAt }: Scenario): number {
  const ends = disturbances.map((each) => {
    if (each.kind === 'kill') return 0;
    if (each.kind === 'sweep') return (each.number + 1) * sweepMinutes * MINUTE;
    const after = each.kind === 'status events' ? HOUR : each.kind === 'stale read' ? LAG_SECONDS : 0;
    return each.from + ('seconds' in each ? each.seconds : 0) + after;
  });
  const events = jobs.map(
    ({ submittedAt, seconds, fault }) =>
      submittedAt + (fault.takesSeconds ?? seconds ?? jobSeconds) + (fault.eventsDelayedSeconds ?? 0),
  );
  return Math.max(deployedAt, ...ends, ...events);
}
