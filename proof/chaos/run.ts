import { PUBLISHED } from '../../core/contract/names.ts';
import type { LocalSchedule } from '../../local/rules.ts';
import { figures } from './digests.ts';
import { unsentVerdicts } from './emails.ts';
import { peopleKnow, violations } from './invariants.ts';
import { invent } from './invent.ts';
import { calmAfter, Dice, isGivenUp, type Scenario } from './scenario.ts';
import { inventMigration, WHOLE_MIGRATION } from './variants.ts';
import { ChaosWorld, type Moment, type StartedJob } from './world.ts';

/** What a run came to. */
export interface Result {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly scenario: Scenario;
  readonly timeline: readonly Moment[];
  /** What people got of a migration. */
  readonly figures: readonly string[];
}

/** How long a run goes on after the last trouble: what is not told by then never will be. */
const PATIENCE_SECONDS = 4 * 24 * 3600;

/** Plays the run that the seed invents, or a whole migration. */
export async function run(seed: number, whole = false): Promise<Result> {
  const scenario = whole ? inventMigration({ seed }, new Dice(seed), WHOLE_MIGRATION) : invent(seed);
  const world = await ChaosWorld.create(scenario);
  try {
    await play(world);
    return {
      seed,
      scenario,
      violations: violations(world),
      timeline: world.timeline,
      figures: scenario.migration ? figures(world) : [],
    };
  } finally {
    await world.stop();
  }
}

/** Plays a scenario to its end, and sweeps until all is reported. */
export async function play(world: ChaosWorld): Promise<void> {
  const { clock, scenario } = world;
  const at = (seconds: number, work: () => Promise<void>) =>
    clock.run(async () => {
      await clock.sleep(seconds * 1000);
      await work();
    });
  const jobs = scenario.jobs.map((job) => at(job.submittedAt, () => world.startJob(job)));
  const troubles = scenario.disturbances.map((each) =>
    'from' in each ? at(each.from, () => world.disturb(each)) : Promise.resolve(),
  );
  await Promise.all([
    ...jobs,
    ...troubles,
    clock.run(() => sweepOn(world)),
    clock.run(() => sweepRunningOn(world)),
    clock.run(() => sendDigestsOn(world)),
  ]);
  await clock.idle();
}

/** Fires the schedule until all is reported, and once more: a sweep that has nothing to do must do nothing. */
async function sweepOn(world: ChaosWorld): Promise<void> {
  const { clock, scenario } = world;
  const schedule = scheduleOf(world, 'WatcherSweep');
  const ofRunning = scheduleOf(world, 'RunningSweep');
  const interval = scenario.sweepMinutes * 60_000;
  await clock.sleep(scenario.deployedAt * 1000);
  let calm = false;
  for (let number = 1; ; number++) {
    const trouble = scenario.disturbances.find((each) => each.kind === 'sweep' && each.number === number);
    const how = trouble?.kind === 'sweep' ? trouble.how : undefined;
    const wait = how === 'late' ? interval * 1.9 : interval;
    await clock.sleep(wait / 3);
    if (how !== 'skipped' && scenario.runningSweepSeconds === undefined) void ofRunning.fire();
    await clock.sleep((wait * 2) / 3);
    if (how) world.tell(`trouble: sweep ${number} is ${how}`);
    // Not awaited: the next is due whether or not this one has come to its end.
    if (how !== 'skipped' && !world.isStopped('all jobs')) void schedule.fire();
    if (how === 'twice at once') void schedule.fire();
    if (calm || isOver(world)) return;
    calm = world.seconds() > calmAfter(scenario) && settled(world);
  }
}

/** Fires the schedule for running jobs as often as the scenario wants it, until all is reported. */
async function sweepRunningOn(world: ChaosWorld): Promise<void> {
  const { runningSweepSeconds } = world.scenario;
  if (runningSweepSeconds === undefined) return;
  do {
    await world.clock.sleep(runningSweepSeconds * 1000);
    if (!world.isStopped('running jobs')) void scheduleOf(world, 'RunningSweep').fire();
  } while (!isOver(world) && (!settled(world) || world.seconds() < calmAfter(world.scenario)));
}

/** Fires the schedule for digests as it is deployed, until all is reported; without alarms only where something is held. */
async function sendDigestsOn(world: ChaosWorld): Promise<void> {
  const { clock, scenario } = world;
  const schedule = scheduleOf(world, 'DigestSchedule');
  do {
    await clock.sleep(schedule.everySeconds * 1000);
    const busy = scenario.alarms !== undefined || world.pending > 0;
    if (busy && !world.isStopped('digests')) void schedule.fire();
  } while (!isOver(world) && (world.seconds() < calmAfter(scenario) || !settled(world)));
}

function scheduleOf(world: ChaosWorld, name: string): LocalSchedule {
  const schedule = world.schedules.find((each) => each.name.includes(name));
  if (!schedule) throw new Error(`there is no schedule ${name}`);
  return schedule;
}

function isOver(world: ChaosWorld): boolean {
  return world.seconds() > calmAfter(world.scenario) + PATIENCE_SECONDS;
}

function settled(world: ChaosWorld): boolean {
  const { jobs, machine, publishedOf, scenario } = world;
  const told = ({ jobId, fault }: StartedJob) =>
    publishedOf
      .get(jobId)
      .some(
        ({ detailType, data }) =>
          detailType === PUBLISHED.importFinished &&
          (data.outcome !== 'ABANDONED' || fault.neverEnds === true),
      );
  return (
    jobs.length === scenario.jobs.length &&
    world.pending === 0 &&
    machine.withStatus('RUNNING').length === 0 &&
    // A job that ended before the watcher was deployed gets no verdict: two more sweeps have to do.
    jobs.every((job) =>
      told(job)
        ? peopleKnow(world, job.jobId)
        : !isGivenUp(job) && job.submittedAt + (job.seconds ?? scenario.jobSeconds) < scenario.deployedAt,
    ) &&
    unsentVerdicts(world).length === 0
  );
}

/** A run as a person reads it. */
export function describe({ seed, scenario, violations, timeline, figures }: Result, whole = false): string {
  const { disturbances, jobs: _, ...rest } = scenario;
  return [
    violations.length > 0 ? `seed ${seed} fails:` : `seed ${seed} is well`,
    ...violations.map((each) => `  ${each}`),
    `scenario: ${JSON.stringify(rest)}`,
    ...disturbances.map((each) => `  ${JSON.stringify(each)}`),
    ...figures,
    'timeline:',
    ...timeline.map(({ at, what }) => `${at.toFixed(1).padStart(10)} s  ${what}`),
    `again: npm run chaos -- ${whole ? '--migration ' : ''}--runs 1 --seed ${seed}`,
  ].join('\n');
}
