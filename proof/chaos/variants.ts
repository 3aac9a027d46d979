import { HOSTILE_LINES } from './hostile.ts';
import {
  DATASTORES,
  type Dice,
  type Disturbance,
  deniesS3,
  FUNCTIONS,
  type JobPlan,
  MANIFEST_LISTS,
  type Scenario,
  STALE_OPERATIONS,
  STUDIES,
} from './scenario.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What makes of a run one that is played rarely, or adds to it what goes wrong rarely. */
export function vary(scenario: Scenario, dice: Dice): Scenario {
  const kind = dice.int(1, 400);
  if (kind <= 2) return inventCrowd(scenario, dice);
  if (kind === 3) return inventBacklog(scenario, dice);
  if (kind <= 40) return inventWithAlarms(scenario, dice);
  if (kind <= 52) {
    const hours = dice.int(1, 3);
    // Plainly more than the storm guard lets through.
    return inventMigration(scenario, dice, { failing: hours * dice.int(40, 80), hours });
  }
  const span = scenario.jobSeconds + HOUR;
  const at = () => ({
    from: dice.int(0, span),
    seconds: dice.pick([10 * MINUTE, HOUR, 4 * HOUR]),
  });
  const rare: [percent: number, () => Disturbance[]][] = [
    [4, () => inventOutageOfDays(dice, scenario)],
    [10, () => [{ kind: 'rollback', ...at() }]],
    [10, () => [inventStaleRead(dice, at())]],
    [5, () => [inventStaleRead(dice, at()), inventStaleRead(dice, at())]],
    [5, () => [inventRefusal(dice, at())]],
    [5, () => [{ kind: 'function', ...at(), functionName: dice.pick(FUNCTIONS) }]],
    [4, () => inventSilenceAnd(dice, scenario)],
  ];
  const added = rare.flatMap(([percent, invent]) => (dice.chance(percent) ? invent() : []));
  const disturbances = [...scenario.disturbances, ...added];
  const long = added.some((each) => 'seconds' in each && each.seconds >= DAY);
  return {
    ...scenario,
    disturbances,
    jobs: scenario.jobs.map((job) => (deniesS3({ disturbances }) ? job : withHostileLines(dice, job))),
    sweepMinutes: long ? 240 : scenario.sweepMinutes,
  };
}

/** Long enough for a watch to be redriven six times, which takes 16 hours and more, and to be replaced a day after. */
function inventOutageOfDays(dice: Dice, { jobSeconds }: Scenario): Disturbance[] {
  const long = { from: dice.int(0, jobSeconds), seconds: dice.pick([3 * DAY, 4 * DAY]) };
  const denied = { kind: 'denied', operation: 'GetDICOMImportJob' } as const;
  return dice.pick<() => Disturbance[]>([
    () => [{ kind: 'HealthImaging', ...long, fault: denied }],
    () => [{ kind: 'service', ...long, service: 'events', how: 'denied', percent: 100 }],
    () => [{ kind: 'service', ...long, service: 'sns', how: 'denied', percent: 100 }],
    () => [
      {
        kind: 'service',
        ...long,
        service: 'events',
        operation: 'PutEvents',
        how: 'partly failed',
        percent: 100,
      },
      { kind: 'status events', ...long, how: 'lost' },
    ],
    () => [{ kind: 'function', ...long, functionName: dice.pick(['CheckImportJob', 'SummarizeImport']) }],
  ])();
}

type Time = { readonly from: number; readonly seconds: number };

function inventStaleRead(dice: Dice, time: Time): Disturbance {
  return {
    kind: 'stale read',
    ...time,
    operation: dice.pick(STALE_OPERATIONS),
    how: dice.pick(['lags', 'misses']),
  };
}

/** One operation is refused, as by a role that was narrowed. */
function inventRefusal(dice: Dice, time: Time): Disturbance {
  const [service, operation] = dice.pick([
    ['states', 'ListExecutions'],
    ['states', 'DescribeExecution'],
    ['states', 'GetExecutionHistory'],
    ['states', 'RedriveExecution'],
    ['states', 'StartExecution'],
    ['states', 'SendTaskSuccess'],
    ['dynamodb', 'BatchGetItem'],
    ['dynamodb', 'UpdateItem'],
    ['dynamodb', 'DescribeTable'],
    ['sns', 'GetTopicAttributes'],
  ] as const);
  return { kind: 'service', ...time, service, operation, how: 'denied', percent: 100 };
}

/** Nobody can be reached by email, and something else goes wrong meanwhile. */
function inventSilenceAnd(dice: Dice, { jobSeconds, jobs }: Scenario): Disturbance[] {
  const time = { from: dice.int(0, jobSeconds), seconds: dice.pick([HOUR, 4 * HOUR, 8 * HOUR]) };
  const second = dice.pick<() => Disturbance>([
    () => ({ kind: 'status events', ...time, how: dice.pick(['lost', 'an hour late', 'doubled']) }),
    () => ({
      kind: 'forget item',
      from: time.from + dice.int(0, time.seconds),
      job: dice.int(0, jobs.length - 1),
    }),
    () => ({ kind: 'rollback', ...time }),
    () => ({ kind: 'service', ...time, service: 'dynamodb', how: 'denied', percent: 50 }),
    () => ({ kind: 'service', ...time, service: 'events', how: 'answer lost', percent: 50 }),
    () => ({ kind: 'function', ...time, functionName: dice.pick(['OnWatchEnded', 'Sweep']) }),
    () => inventStaleRead(dice, time),
  ])();
  const how = dice.pick(['throttled', 'denied', 'dropped', 'answer lost'] as const);
  return [{ kind: 'service', ...time, service: 'sns', how, percent: 100 }, second];
}

/** Of jobs only whose manifest is else as it should be: what comes of both at once is no certain verdict. */
function withHostileLines(dice: Dice, job: JobPlan): JobPlan {
  const { manifest, success, failure, failWith, neverEnds, ...rest } = job.fault;
  const plain = manifest ?? success ?? failure ?? failWith ?? neverEnds;
  const late = Object.keys(rest).some(
    (name) => /Delay|ServerError/.test(name) && name !== 'eventsDelayedSeconds',
  );
  if (!dice.chance(8) || plain !== undefined || late) return job;
  const lines = Array.from({ length: dice.int(1, 4) }, () => dice.int(0, HOSTILE_LINES.length - 1));
  return { ...job, hostile: { file: dice.pick(MANIFEST_LISTS), lines } };
}

/** Hundreds of jobs at once, as many as HealthImaging lets an account start, with what it allows an account else. */
function inventCrowd({ seed }: Scenario, dice: Dice): Scenario {
  const jobs = Array.from({ length: dice.int(120, 200) }, (_, index): JobPlan => {
    const lost = dice.chance(20);
    return {
      datastoreId: DATASTORES[index % DATASTORES.length] ?? DATASTORES[0],
      submittedAt: 2 * index,
      seconds: dice.int(5, 25) * MINUTE,
      study: dice.pick(STUDIES),
      fault: lost ? { eventsLost: dice.pick([true, ['COMPLETED', 'FAILED']]) } : {},
    };
  });
  const time = { from: dice.int(0, 20 * MINUTE), seconds: dice.pick([10 * MINUTE, HOUR]) };
  return {
    seed,
    jobs,
    jobSeconds: 30 * MINUTE,
    deployedAt: 0,
    sweepMinutes: 15,
    runningSweepSeconds: MINUTE,
    skewSeconds: 0,
    realQuotas: true,
    disturbances: dice.pick<() => Disturbance[]>([
      () => [],
      () => [{ kind: 'HealthImaging', ...time, fault: { kind: 'throttle', operation: 'GetDICOMImportJob' } }],
      () => [{ kind: 'service', ...time, service: 'sns', how: 'throttled', percent: 100 }],
      () => [{ kind: 'service', ...time, service: 'dynamodb', how: 'throttled', percent: 50 }],
      () => [inventStaleRead(dice, time)],
    ])(),
  };
}

/**
 * Hundreds of jobs in lists of many pages, in whatever order. Short ones of which no event comes are found in these only. Where
 * a page takes seconds, no sweep reads all of them.
 */
function inventBacklog({ seed }: Scenario, dice: Dice): Scenario {
  const order = dice.pick(['newest first', 'oldest first', 'none'] as const);
  const jobs = Array.from({ length: dice.int(180, 260) }, (_, index): JobPlan => {
    const lost = dice.chance(25);
    return {
      datastoreId: dice.chance(80) ? DATASTORES[0] : DATASTORES[1],
      submittedAt: 60 * index + dice.int(0, 59),
      seconds: lost ? dice.int(10, 40) : dice.int(10, 20 * MINUTE),
      study: dice.pick(STUDIES),
      fault: lost ? { eventsLost: true } : {},
    };
  });
  const span = 60 * jobs.length;
  return {
    seed,
    jobs,
    jobSeconds: 20 * MINUTE,
    deployedAt: 0,
    sweepMinutes: 15,
    runningSweepSeconds: MINUTE,
    skewSeconds: 0,
    realQuotas: true,
    // A sweep takes 13 minutes at most: 111 of the slow pages.
    lists: dice.chance(50)
      ? { order, pageSize: 1, secondsPerPage: 7 }
      : { order, pageSize: dice.int(1, 5), secondsPerPage: 0 },
    disturbances: dice.chance(50) ? [{ kind: 'page tokens', from: dice.int(HOUR, span) }] : [],
  };
}

/** A day of a migration in which so many jobs fail. */
export const WHOLE_MIGRATION = { failing: 5000, hours: 23 };

/**
 * Jobs that fail, one after the other, and among them few that do not; meanwhile SNS and the table fail now and then, and the
 * function that sends digests dies.
 */
export function inventMigration(
  { seed }: Pick<Scenario, 'seed'>,
  dice: Dice,
  { failing, hours }: { readonly failing: number; readonly hours: number },
): Scenario {
  const span = hours * HOUR;
  const jobs = Array.from({ length: failing }, (_, index) => {
    const job = (plan: Pick<JobPlan, 'study' | 'fault'>): JobPlan => ({
      datastoreId: DATASTORES[index % DATASTORES.length] ?? DATASTORES[0],
      submittedAt: Math.floor((index * span) / failing),
      seconds: dice.int(1, 10) * MINUTE,
      ...plan,
    });
    const fails = dice.pick<Pick<JobPlan, 'study' | 'fault'>>([
      { study: 'clean', fault: { failWith: 'DICOM import job has failed.' } },
      { study: 'some broken', fault: {} },
      { study: 'some broken', fault: {} },
      { study: 'all broken', fault: {} },
    ]);
    return dice.chance(5) ? [job(fails), job({ study: 'clean', fault: {} })] : [job(fails)];
  }).flat();
  const disturbances: Disturbance[] = [
    { kind: 'deaths', from: 0, seconds: span, functionName: 'SendDigests', oneIn: 20, oneInOfMany: 500 },
    { kind: 'deaths', from: 0, seconds: span, functionName: 'SummarizeImport', oneIn: 60 },
  ];
  for (const service of ['sns', 'dynamodb'] as const) {
    for (let from = 0; from < span; from += HOUR) {
      const how = dice.pick(['throttled', 'denied', 'dropped', 'answer lost'] as const);
      const percent = service === 'sns' ? dice.int(5, 40) : dice.int(1, 8);
      disturbances.push({ kind: 'service', from, seconds: HOUR, service, how, percent });
    }
  }
  return {
    seed,
    jobs,
    jobSeconds: 10 * MINUTE,
    deployedAt: 0,
    sweepMinutes: 15,
    skewSeconds: 0,
    disturbances,
    migration: { failing },
  };
}

/** How long sweeps have to have run before alarms are looked at. */
const SETTLED = 45 * MINUTE;

/** The net at work for an hour, and then, but for where all stays calm, a function that is lost for half an hour and more. */
function inventWithAlarms({ seed }: Scenario, dice: Dice): Scenario {
  const seconds = dice.pick([30 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]);
  const from = SETTLED + dice.int(0, 15 * MINUTE);
  const lost = dice.chance(25) ? undefined : inventLoss(dice, { from, seconds });
  const end = from + seconds + (lost ? 0 : HOUR);
  const jobSeconds = 2 * MINUTE;
  const jobs = Array.from({ length: Math.floor(end / (4 * MINUTE)) }, (_, index): JobPlan => {
    const events = dice.pick([{}, {}, {}, { eventsLost: true }, { eventsReordered: true }] as const);
    return {
      datastoreId: DATASTORES[index % DATASTORES.length] ?? DATASTORES[0],
      submittedAt: index * 4 * MINUTE,
      study: dice.pick(STUDIES),
      fault: { ...events, ...(dice.chance(10) && { manifestDelaySeconds: 60 }) },
    };
  });
  // No function is lost by lists that are not complete: the next one is.
  const lists = { kind: 'stale read', operation: 'ListDICOMImportJobs', from: 0, seconds: end } as const;
  const harmless = dice.chance(50) ? [{ ...lists, how: dice.pick(['lags', 'misses'] as const) }] : [];
  return {
    seed,
    jobs,
    jobSeconds,
    deployedAt: 0,
    sweepMinutes: 15,
    runningSweepSeconds: MINUTE,
    skewSeconds: 0,
    disturbances: lost ? [lost] : harmless,
    alarms: lost ? { lost } : 'calm',
  };
}

/** Something without which people or systems are not told, or the net does not hold. */
function inventLoss(dice: Dice, time: Time): Disturbance & Time {
  const datastoreId = dice.chance(50) ? dice.pick(DATASTORES) : undefined;
  return dice.pick<() => Disturbance & Time>([
    () => ({
      kind: 'HealthImaging',
      ...time,
      fault: {
        kind: dice.pick(['denied', '500', 'throttle']),
        operation: 'ListDICOMImportJobs',
        datastoreId,
      },
    }),
    () => ({ kind: 'HealthImaging', ...time, fault: { kind: 'denied', operation: 'ListDatastores' } }),
    () => ({
      kind: 'HealthImaging',
      ...time,
      fault: { kind: dice.pick(['denied', '500', 'throttle']), operation: 'GetDICOMImportJob' },
    }),
    () => ({
      kind: 'service',
      ...time,
      service: dice.pick(['dynamodb', 'sns', 'states', 'events', 'medical-imaging'] as const),
      how: dice.pick(['throttled', 'denied', 'dropped', 'answer lost'] as const),
      percent: 100,
    }),
    // Each verdict reports that S3 denies.
    () => ({
      kind: 'service',
      ...time,
      service: 's3',
      how: dice.pick(['throttled', 'dropped'] as const),
      percent: 100,
    }),
    () => ({ kind: 'function', ...time, functionName: dice.pick(FUNCTIONS) }),
    () => ({ kind: 'schedule', ...time, of: dice.pick(['all jobs', 'running jobs', 'digests']) }),
    () => ({
      kind: 'service',
      ...time,
      service: 'states',
      operation: dice.pick(['ListExecutions', 'StartExecution']),
      how: 'denied',
      percent: 100,
    }),
  ])();
}
