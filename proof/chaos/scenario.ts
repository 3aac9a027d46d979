import prand, { type RandomGenerator } from 'pure-rand';
import type { JobFault, RequestFault } from '../../simulator/index.ts';
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
}

/** What runs overdue after six hours, and is given up after a day: a run must not take a week of checks. */
export const OVERDUE_SECONDS = 6 * 3600;
export const GIVE_UP_SECONDS = 24 * 3600;

/** Whether a job runs for longer than it is watched for. */
export function isGivenUp({ fault }: Pick<JobPlan, 'fault'>): boolean {
  return fault.neverEnds === true || (fault.takesSeconds ?? 0) > GIVE_UP_SECONDS;
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
    }
  | {
      readonly kind: 'kill';
      readonly functionName: string;
      /** Which run of the function, counted from 1, and at which of its calls. */
      readonly invocation: number;
      readonly call: number;
      readonly when: 'before' | 'after';
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
}

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
const DAY = 24 * HOUR;

/** Invents a run. */
export function invent(seed: number): Scenario {
  const dice = new Dice(seed);
  const jobSeconds = dice.pick([30, 2 * MINUTE, 2 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR]);
  const deployedAt = dice.chance(20) ? dice.int(1, 2 * jobSeconds) : 0;
  const jobs = Array.from({ length: dice.pick([1, 1, 2, 3]) }, () => inventJob(dice, jobSeconds));
  const disturbances = Array.from({ length: dice.pick([0, 1, 1, 2, 3, 4]) }, () =>
    inventDisturbance(dice, jobSeconds + HOUR, jobs.length),
  );
  // What fails watches, and nobody is told: it takes both to need the sweep.
  if (disturbances.some(failsWatches) && dice.chance(40)) {
    disturbances.push({ kind: 'status events', from: 0, seconds: DAY, how: 'lost' });
  }
  const scenario: Scenario = {
    seed,
    jobs,
    jobSeconds,
    deployedAt,
    // Where a run takes days, sweeps are few, to keep it short.
    sweepMinutes: jobs.some((job) => isGivenUp(job) || job.fault.eventsDelayedSeconds === 2 * DAY)
      ? 240
      : dice.pick([15, 30, 60]),
    skewSeconds: dice.chance(25) ? dice.int(-240, 240) : 0,
    disturbances,
  };
  // Last, so that it changes nothing else of a run.
  return dice.chance(5)
    ? { ...scenario, disturbances: [...disturbances, inventSilence(dice, jobSeconds)] }
    : scenario;
}

/** Nobody can be reached by email from before the first job ends until long after. */
function inventSilence(dice: Dice, jobSeconds: number): Disturbance {
  const from = dice.int(0, jobSeconds);
  const how = dice.pick<ServiceTrouble>(['throttled', 'denied', 'dropped']);
  return {
    kind: 'service',
    from,
    seconds: dice.pick([4 * HOUR, 8 * HOUR]),
    service: 'sns',
    how,
    percent: 100,
  };
}

function failsWatches(each: Disturbance): boolean {
  return each.kind === 'HealthImaging'
    ? each.fault.kind === 'denied'
    : each.kind === 'service' && each.percent === 100;
}

function inventJob(dice: Dice, jobSeconds: number): JobPlan {
  const events: JobFault = dice.pick<() => JobFault>([
    () => ({}),
    () => ({ eventsLost: true }),
    () => ({ eventsLost: ['SUBMITTED', 'IN_PROGRESS'] }),
    () => ({ eventsLost: ['COMPLETED', 'FAILED'] }),
    () => ({ eventsDoubled: true }),
    () => ({ eventsDelayedSeconds: dice.pick([1, 30, 5 * MINUTE, 2 * HOUR, 2 * DAY]) }),
    () => ({ eventsReordered: true }),
  ])();
  const work: JobFault = dice.chance(60)
    ? {}
    : dice.pick<() => JobFault>([
        () => ({ failWith: 'DICOM import job has failed.' }),
        () => ({ neverEnds: true }),
        () => ({ takesSeconds: GIVE_UP_SECONDS + dice.pick([1, MINUTE, HOUR, 5 * HOUR]) }),
        () => ({ takesSeconds: GIVE_UP_SECONDS + HOUR, failWith: 'DICOM import job has failed.' }),
        () => ({ manifest: 'missing' }),
        () => ({ manifest: 'corrupt' }),
        () => ({ manifestDelaySeconds: dice.pick([5, 60, 200, 900]) }),
        () => inventLateFile(dice),
        () => ({ success: 'missing' }),
        () => ({ failure: dice.pick(['missing', 'truncated']) }),
      ])();
  return {
    datastoreId: dice.pick(DATASTORES),
    submittedAt: dice.int(0, jobSeconds),
    study: dice.pick(STUDIES),
    fault: { ...events, ...work },
  };
}

/** One file of the manifest that comes after the others. */
function inventLateFile(dice: Dice): JobFault {
  const seconds = dice.pick([5, 60, 200, 900]);
  return dice.pick<JobFault>([
    { jobManifestDelaySeconds: seconds },
    { successDelaySeconds: seconds },
    { failureDelaySeconds: seconds },
    { failureDelaySeconds: seconds, filesWithServerError: 2 },
  ]);
}

const FUNCTIONS = ['CheckImportJob', 'SummarizeImport', 'OnImportEvent', 'OnWatchEnded', 'Sweep'];

function inventDisturbance(dice: Dice, span: number, jobs: number): Disturbance {
  const from = dice.int(0, span);
  const seconds = dice.pick([MINUTE, 10 * MINUTE, HOUR, 4 * HOUR]);
  return dice.pick<() => Disturbance>([
    () => ({
      kind: 'HealthImaging',
      from,
      seconds,
      fault: {
        kind: dice.pick(['throttle', '500', '503', 'denied', 'not-found']),
        operation: dice.pick(['GetDICOMImportJob', 'ListDICOMImportJobs', 'ListDatastores']),
        datastoreId: dice.chance(30) ? dice.pick(DATASTORES) : undefined,
      },
    }),
    // A read that misses for a moment what is there: not long enough for a job to be given up.
    () => ({
      kind: 'HealthImaging',
      from,
      seconds: dice.pick([60, 120, 200]),
      fault: { kind: 'not-found', operation: 'GetDICOMImportJob' },
    }),
    () => inventServiceTrouble(dice, from, seconds),
    () => inventServiceTrouble(dice, from, seconds),
    () => ({
      kind: 'kill',
      functionName: dice.pick(FUNCTIONS),
      invocation: dice.int(1, 4),
      call: dice.int(1, 12),
      when: dice.pick(['before', 'after']),
    }),
    () => ({ kind: 'forget item', from, job: dice.int(0, jobs - 1) }),
    () => ({ kind: 'swap task tokens', from }),
    () => ({
      kind: 'forged event',
      from,
      of: dice.pick(['no such job', 'another tenant', 'end that did not come']),
    }),
    () => ({
      kind: 'status events',
      from,
      seconds: DAY,
      how: dice.pick(['lost', 'doubled', 'an hour late']),
    }),
    () => ({
      kind: 'sweep',
      number: dice.int(1, 3),
      how: dice.pick(['skipped', 'twice at once', 'late']),
    }),
  ])();
}

function inventServiceTrouble(dice: Dice, from: number, seconds: number): Disturbance {
  const service = dice.pick(['s3', 'dynamodb', 'sns', 'states', 'events', 'medical-imaging'] as const);
  const how = dice.pick<ServiceTrouble>([
    'throttled',
    'denied',
    'dropped',
    'answer lost',
    // Not of S3, whose objects are read side by side: the clock takes a thread for asleep or awake as a whole.
    ...(service !== 's3' ? (['slow'] as const) : []),
    ...(service === 'events' ? (['partly failed'] as const) : []),
  ]);
  return { kind: 'service', from, seconds, service, how, percent: dice.pick([20, 50, 100]) };
}

/** When everything that goes wrong is over, in seconds from the beginning of the run. */
export function calmAfter({ jobs, jobSeconds, disturbances, sweepMinutes, deployedAt }: Scenario): number {
  const ends = disturbances.map((each) => {
    if (each.kind === 'kill') return 0;
    if (each.kind === 'sweep') return (each.number + 1) * sweepMinutes * MINUTE;
    return each.from + ('seconds' in each ? each.seconds : 0) + (each.kind === 'status events' ? HOUR : 0);
  });
  const events = jobs.map(
    ({ submittedAt, fault }) =>
      submittedAt + (fault.takesSeconds ?? jobSeconds) + (fault.eventsDelayedSeconds ?? 0),
  );
  return Math.max(deployedAt, ...ends, ...events);
}
