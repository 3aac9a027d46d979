import type { JobFault } from '../../simulator/index.ts';
import {
  DATASTORES,
  Dice,
  type Disturbance,
  FUNCTIONS,
  GIVE_UP_SECONDS,
  isGivenUp,
  type JobPlan,
  type Scenario,
  type ServiceTrouble,
  STUDIES,
} from './scenario.ts';
import { vary } from './variants.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Invents a run. */
export function invent(seed: number): Scenario {
  // By other dice, so that it changes nothing else of a run.
  return vary(inventRun(seed), new Dice(Math.imul(seed, SPREAD)));
}

/** Seeds that are neighbors begin with nearly the same numbers: an odd one, 2^32 by the golden ratio, parts them. */
const SPREAD = 0x9e3779b1;

function inventRun(seed: number): Scenario {
  const dice = new Dice(seed);
  const jobSeconds = dice.pick([30, 2 * MINUTE, 2 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR]);
  const deployedAt = dice.chance(20) ? dice.int(1, 2 * jobSeconds) : 0;
  const jobs = Array.from({ length: dice.pick([1, 1, 2, 3]) }, () => inventJob(dice, jobSeconds));
  const disturbances = Array.from({ length: dice.pick([0, 1, 1, 2, 3, 4]) }, () =>
    inventDisturbance(dice, jobSeconds + HOUR, jobs.length),
  );
  // What fails watches, and nobody is notified: it takes both to need the sweep.
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
