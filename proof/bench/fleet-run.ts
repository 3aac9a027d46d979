/**
 * Plays a fleet in virtual time and prints what became of it, as JSON; proof/bench/fleet.ts starts it, a process for each
 * fleet: `node proof/bench/fleet-run.ts JOBS none|throttled|'no events'`.
 */

import { PUBLISHED } from '../../core/contract/names.ts';
import { RUNNING_SWEEP_SECONDS } from '../../core/contract/poll-schedule.ts';
import { play } from '../chaos/run.ts';
import { Dice, type JobPlan, type Scenario } from '../chaos/scenario.ts';
import { ChaosWorld } from '../chaos/world.ts';
import {
  DURATIONS,
  type FleetResult,
  JOBS_PER_DATASTORE,
  OUTAGE,
  READS,
  type Trouble,
} from './fleet-plan.ts';
import { spread } from './times.ts';

/** All jobs start within a minute. */
function fleetOf(jobs: number, trouble: Trouble): Scenario {
  const dice = new Dice(jobs);
  const plans = Array.from({ length: jobs }, (_, i): JobPlan => {
    const submittedAt = dice.int(0, 60);
    // Not to the minute.
    const seconds = dice.pick(DURATIONS) * dice.int(45, 75);
    const end = submittedAt + seconds;
    const lost = trouble === 'no events' && end >= OUTAGE.from && end < OUTAGE.from + OUTAGE.seconds;
    return {
      datastoreId: String(Math.floor(i / JOBS_PER_DATASTORE)).padStart(32, '0'),
      submittedAt,
      seconds,
      study: 'clean',
      fault: lost ? { eventsLost: ['COMPLETED'] } : {},
    };
  });
  const fault = { kind: 'throttle', operation: 'GetDICOMImportJob' } as const;
  return {
    seed: jobs,
    jobs: plans,
    jobSeconds: Math.max(...plans.map(({ seconds = 0 }) => seconds)),
    deployedAt: 0,
    sweepMinutes: 15,
    runningSweepSeconds: RUNNING_SWEEP_SECONDS,
    skewSeconds: 0,
    disturbances: trouble === 'throttled' ? [{ kind: 'HealthImaging', ...OUTAGE, fault }] : [],
  };
}

/** Plays a fleet, to the last verdict. */
async function runFleet(jobs: number, trouble: Trouble): Promise<FleetResult> {
  const requests: number[] = [];
  const throttled: number[] = [];
  const world: ChaosWorld = await ChaosWorld.create(fleetOf(jobs, trouble), {
    story: false,
    rates: { GetDICOMImportJob: READS },
    onAnswer: (service, { path }, { statusCode }) => {
      if (service !== 'medical-imaging' || !path.startsWith('/getDICOMImportJob/')) return;
      const second = Math.floor(world.seconds());
      for (const counts of statusCode === 429 ? [requests, throttled] : [requests]) {
        counts[second] = (counts[second] ?? 0) + 1;
      }
    },
  });
  try {
    await play(world);
    const verdicts = new Map<string, number[]>();
    for (const { detailType, data, at } of world.published) {
      if (detailType !== PUBLISHED.importFinished) continue;
      verdicts.set(data.jobId, [...(verdicts.get(data.jobId) ?? []), world.seconds(at)]);
    }
    const ends = world.jobs.map(({ jobId, startedAt, seconds = 0 }) => {
      const end = world.seconds(startedAt) + seconds;
      return { end, at: verdicts.get(jobId)?.[0] ?? Number.POSITIVE_INFINITY };
    });
    const lags = ends.map(({ end, at }) => at - end).sort((a, b) => a - b);
    const over = OUTAGE.from + OUTAGE.seconds;
    return {
      jobs,
      trouble,
      told: verdicts.size,
      toldTwice: [...verdicts.values()].filter(({ length }) => length > 1).length,
      failed: world.published.filter(({ detailType }) => detailType === PUBLISHED.watchFailed).length,
      lag: {
        mean: lags.reduce((sum, lag) => sum + lag, 0) / lags.length,
        median: spread(lags).median,
        p99: lags[Math.ceil(lags.length * 0.99) - 1] ?? 0,
        worst: lags.at(-1) ?? 0,
      },
      worstAfterOutage: Math.max(0, ...ends.map(({ end, at }) => at - Math.max(end, over))),
      requests: Array.from(requests, (count = 0) => count),
      throttled: throttled.reduce((sum, count) => sum + count, 0),
      megabytes: process.resourceUsage().maxRSS / 1000,
      cpuSeconds: process.cpuUsage().user / 1e6,
    };
  } finally {
    await world.stop();
  }
}

// A throttled request is an error: where it was made is of no interest, and takes half of the time.
Error.stackTraceLimit = 0;
const [jobs, trouble] = process.argv.slice(2);
console.log(JSON.stringify(await runFleet(Number(jobs), trouble as Trouble)));
