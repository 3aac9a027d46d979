import { createWaiter, WaiterState } from '@smithy/util-waiter';
import { PRICES } from '../../../core/contract/prices.ts';
import { INVOCATION } from '../../../core/domain/job-cost.ts';
import type { Job } from './jobs.ts';
import { uniform } from './random.ts';
import { EVENT_SECONDS, type Told, type Watched, type Watcher } from './watcher.ts';

/** Longer than any job here. */
const HORIZON_SECONDS = 40 * 24 * 3600;

/** What a job comes to that is looked at at these times; they end where the peer gives up. */
type Bill = (polls: number) => Omit<Watched, 'lag' | 'polls'>;

/** Looks at each job at the times of `looks`, and asks for no events. */
function poller(name: string, looks: (job: Job) => Iterable<number>, bill: Bill): Watcher {
  return {
    name,
    takesEvents: false,
    watch(job) {
      let polls = 0;
      for (const at of looks(job)) {
        polls++;
        if (at >= job.seconds) return { lag: at - job.seconds, polls, ...bill(polls) };
      }
      return { lag: Number.POSITIVE_INFINITY, polls, ...bill(polls) };
    },
  };
}

/** At `interval`, `2 * interval` ... */
function* every(interval: number, first = interval): Generator<number> {
  for (let at = first; at < HORIZON_SECONDS; at += interval) yield at;
}

/** What runs in somebody's process: what that costs, nobody can say. */
const inAProcess: Bill = () => ({ historyEvents: 0, transitions: 0, dollars: Number.NaN });

/**
 * Wait, Get Job Status (a function), Job Complete? in a loop, with Submit Job before and Get Final Job Status after it. The
 * sample takes its wait from the input (`wait_time`). 30 s is what samples have; 15 minutes is what public stacks have that wait
 * for jobs of hours, such as backups and trainings.
 * https://docs.aws.amazon.com/step-functions/latest/dg/sample-project-job-poller.html
 */
const jobPoller = (name: string, seconds: number) =>
  poller(
    name,
    () => every(seconds),
    (polls) => {
      const transitions = 3 * polls + 2;
      return {
        transitions,
        // 2 of the Wait, 5 of the Task, 2 of the Choice; 5 for each Task besides, the start and the end.
        historyEvents: 9 * polls + 2 * 5 + 2,
        dollars: 1000 * (transitions * PRICES.transition + (polls + 2) * INVOCATION),
      };
    },
  );

/**
 * How Step Functions itself waits for the jobs of other services: events, and polls every minute for ten minutes, then every five.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
 * https://repost.aws/questions/QUFFlHcbvIQFe-bS3RAi7TWA
 */
const sync: Watcher = {
  name: '.sync, if HealthImaging had it',
  takesEvents: true,
  watch(job: Job, told: Told): Watched {
    function* looks() {
      for (let at = 60; at < HORIZON_SECONDS; at += at < 600 ? 60 : 300) yield at;
    }
    const polled = poller('', looks, () => ({
      historyEvents: 6 + 2,
      transitions: 1,
      dollars: 1000 * PRICES.transition,
    })).watch(job, told);
    return told === 'everything' ? { ...polled, lag: Math.min(polled.lag, EVENT_SECONDS) } : polled;
  },
};

/**
 * The waiter of the SDK for JavaScript, by itself: `createWaiter` with its defaults, 2 s and 120 s, on a clock that jumps.
 * https://github.com/smithy-lang/smithy-typescript, packages/core/src/submodules/client/util-waiter/poller.ts
 */
async function smithyWaiter(): Promise<Watcher> {
  const schedules: number[][] = [];
  // Its delays are by chance at first only.
  for (let seed = 1; seed <= 20; seed++) schedules.push(await smithyLooks(seed));
  return poller(
    'SDK waiter, 2 to 120 s',
    ({ phase }) => schedules[Math.floor(phase * schedules.length)] ?? [],
    inAProcess,
  );
}

async function smithyLooks(seed: number): Promise<number[]> {
  const looks: number[] = [];
  const [{ setTimeout }, { now }, { random }] = [globalThis, Date, Math];
  let clock = 0;
  const draw = uniform(seed);
  try {
    globalThis.setTimeout = ((resolve: () => void, milliseconds: number) => {
      clock += milliseconds;
      queueMicrotask(resolve);
    }) as unknown as typeof setTimeout;
    Date.now = () => clock;
    Math.random = draw;
    await createWaiter(
      { client: {}, minDelay: 2, maxDelay: 120, maxWaitTime: HORIZON_SECONDS },
      {},
      async () => {
        looks.push(clock / 1000);
        return { state: WaiterState.RETRY };
      },
    );
  } finally {
    globalThis.setTimeout = setTimeout;
    Date.now = now;
    Math.random = random;
  }
  return looks;
}

/**
 * The waiter of botocore as most are set, the imports of HealthOmics among them: 30 s, 20 attempts, then it raises.
 * https://github.com/boto/botocore, waiter.py and data/omics/2022-11-28/waiters-2.json
 */
const botocore = poller(
  'botocore waiter, 30 s x 20',
  () => Array.from({ length: 20 }, (_, i) => i * 30),
  inAProcess,
);

/**
 * `waitForCondition` of durable functions with its defaults: 5 s, half as long again each time, at most 300 s, each wait by chance from
 * nothing to that, 60 attempts, then it throws. An operation and an invocation a look.
 * https://github.com/aws/aws-durable-execution-sdk-js, wait-strategy-config.ts
 */
const durable = poller(
  'durable waitForCondition',
  function* ({ phase, sweepPhase }) {
    const draw = uniform(Math.floor(1e6 * (phase + sweepPhase)));
    for (let attempt = 1, at = 0; attempt <= 60; attempt++) {
      yield at;
      at += Math.max(1, draw() * Math.min(300, 5 * 1.5 ** (attempt - 1)));
    }
  },
  (polls) => ({
    historyEvents: 0,
    transitions: 0,
    dollars: 1000 * polls * (PRICES.durableOperation + INVOCATION),
  }),
);

/**
 * A function every minute that asks for every job it knows of; here one job at a time, and those that run together share the
 * invocations.
 * https://github.com/aws-samples/aws-healthimaging-samples, dicom-ingestion-to-s3-healthimaging, ahli_job_processor
 */
const minutePoller = poller(
  'scheduled poller, 1 min',
  ({ sweepPhase }) => every(60, 60 * sweepPhase),
  (polls) => ({ historyEvents: 0, transitions: 0, dollars: 1000 * polls * INVOCATION }),
);

/** A rule, a function and a message: nothing, where the event is lost. */
const eventsOnly: Watcher = {
  name: 'events only',
  takesEvents: true,
  watch: (_, told) => ({
    lag: told === 'everything' ? EVENT_SECONDS : Number.POSITIVE_INFINITY,
    polls: told === 'everything' ? 1 : 0,
    historyEvents: 0,
    transitions: 0,
    dollars: 1000 * (2 * INVOCATION + PRICES.customEvent + PRICES.snsPublish),
  }),
};

/** The peers, each by its own published algorithm. */
export async function peers(): Promise<readonly Watcher[]> {
  return [
    jobPoller('fixed loop, 30 s', 30),
    jobPoller('fixed loop, 15 min', 15 * 60),
    sync,
    await smithyWaiter(),
    botocore,
    durable,
    minutePoller,
    eventsOnly,
  ];
}
