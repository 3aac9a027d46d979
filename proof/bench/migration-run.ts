/**
 * Plays a migration in virtual time, writes what HealthImaging wrote about its jobs into a folder, and prints what came of
 * it, as JSON; proof/bench/migration.ts starts it: `node proof/bench/migration-run.ts MIGRATION FOLDER`, the first as JSON.
 */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PUBLISHED } from '../../core/contract/names.ts';
import { PRICES } from '../../core/contract/prices.ts';
import { INVOCATION } from '../../core/domain/job-cost.ts';
import {
  BESIDES_A_WATCH,
  costAtRest,
  METRICS_OF_JOBS,
  MONTH_SECONDS,
  SWEEP,
  turnsOf,
} from '../../scripts/cost.ts';
import { defaultDefinition, defaultTemplate } from '../../scripts/definition.ts';
import { inboxOf } from '../chaos/digests.ts';
import { violations } from '../chaos/invariants.ts';
import { play } from '../chaos/run.ts';
import { DATASTORES } from '../chaos/scenario.ts';
import { ADDRESSES, ChaosWorld, type StartedJob } from '../chaos/world.ts';
import { type Migration, type MigrationResult, migrationOf } from './migration-plan.ts';
import { spread } from './times.ts';

const DAY = 24 * 3600;
const FORGETS_AFTER = 90 * DAY;

/** What was used, by name. */
class Used {
  readonly #counts = new Map<string, number>();

  count(name: string, by = 1): void {
    this.#counts.set(name, this.of(name) + by);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}

async function migrate(migration: Migration, folder: string): Promise<MigrationResult> {
  const used = new Used();
  const turns = turnsOf(defaultDefinition());
  const world: ChaosWorld = await ChaosWorld.create(migrationOf(migration), {
    story: false,
    datastores: [DATASTORES[0]],
    onStep: ({ state, what, data }) => {
      if (what === 'retried') used.count('transitions');
      if (state !== 'Check import job' || what !== 'succeeded') return;
      used.count('transitions', turns[(data as { next: keyof typeof turns }).next]);
    },
    onAnswer: (service, _, { statusCode }) => {
      used.count(service);
      if (service === 'medical-imaging' && statusCode === 429) used.count('throttled');
    },
  });
  // Half of all calls are the table's: as requests they would take a third of the time.
  DynamoDBClient.prototype.send = async (command: { constructor: { name: string }; input: object }) =>
    world.operateTable(command.constructor.name.replace(/Command$/, ''), command.input) as never;
  void world.clock.run(() => passDays(world, migration.days));
  await play(world);
  const result = resultOf(world, used, migration);
  writeFolders(world, folder);
  await world.stop();
  return result;
}

async function passDays({ clock, table, jobs }: ChaosWorld, days: number): Promise<void> {
  for (let day = 1; day <= days; day++) {
    await clock.sleep(DAY * 1000);
    table.expire(clock.now());
    if (day % 5 === 0) console.error(`day ${day}: ${jobs.length} jobs, ${Math.round(process.uptime())} s`);
  }
}

const endOf = (world: ChaosWorld, { startedAt, seconds = 0 }: StartedJob) =>
  world.seconds(startedAt) + seconds;

function resultOf(world: ChaosWorld, used: Used, { jobs, days }: Migration): MigrationResult {
  const verdicts = world.published.filter(({ detailType }) => detailType === PUBLISHED.importFinished);
  const lastEnd = Math.max(...verdicts.slice(-1000).map(({ at }) => world.seconds(at)));
  const lagOf = (lost: boolean) => {
    const lags = world.jobs
      .filter(({ fault }) => (fault.eventsLost !== undefined) === lost)
      .map((job) => world.seconds(world.publishedOf.get(job.jobId)[0]?.at) - endOf(world, job));
    const { median, max: worst } = spread(lags);
    return { jobs: lags.length, median, worst };
  };
  return {
    violations: violations(world),
    outcomes: Object.fromEntries(
      [...Map.groupBy(verdicts, ({ data }) => data.outcome)].map(([outcome, of]) => [outcome, of.length]),
    ),
    refused: verdicts.reduce((sum, { data }) => sum + data.files.rejected, 0),
    lag: [lagOf(false), lagOf(true)],
    forgotten: world.jobs.filter(({ startedAt }) => world.seconds(startedAt) < lastEnd - FORGETS_AFTER)
      .length,
    requests: used.of('medical-imaging'),
    throttled: used.of('throttled'),
    emails: ADDRESSES.map((address) => emailsOf(world, address)),
    bill: billOf(world, used, jobs, days),
    seconds: process.uptime(),
    megabytes: process.resourceUsage().maxRSS / 1000,
  };
}

function emailsOf(
  world: ChaosWorld,
  { address, every }: (typeof ADDRESSES)[number],
): MigrationResult['emails'][number] {
  const { singles, digests } = inboxOf(world, { address });
  const days = Map.groupBy([...singles, ...digests], ({ at }) => Math.floor(world.seconds(at) / DAY));
  return {
    address,
    every,
    single: singles.length,
    digests: digests.length,
    busiest: Math.max(0, ...[...days.values()].map(({ length }) => length)),
  };
}

/** What of it is paid for, in dollars. What functions take is estimated as in docs/cost.md: in virtual time they take none. */
function billOf(world: ChaosWorld, used: Used, jobs: number, days: number): MigrationResult['bill'] {
  const { read, write } = world.table.units;
  const sweeps = world.runs.get('Sweep') ?? 0;
  const others = [...world.runs.values()].reduce((sum, runs) => sum + runs, 0) - sweeps;
  const months = (days * DAY) / MONTH_SECONDS;
  // Its sweeps are those that are counted here.
  const atRest = costAtRest(defaultTemplate()).filter(([part]) => !part.endsWith('sweeps'));
  const counted = (count: number, what: string) => `${count.toLocaleString('en')} ${what}`;
  const transitions = used.of('transitions');
  return [
    [counted(transitions, 'state transitions'), transitions * PRICES.transition],
    [counted(others, 'invocations of functions'), others * INVOCATION],
    [counted(sweeps, 'sweeps'), sweeps * SWEEP],
    [counted(write, 'units of writes'), write * PRICES.dynamoWrite],
    [counted(read, 'units of reads'), read * PRICES.dynamoRead],
    [counted(used.of('events'), 'events'), used.of('events') * PRICES.customEvent],
    [counted(used.of('sns'), 'calls of SNS'), used.of('sns') * PRICES.snsPublish],
    ...BESIDES_A_WATCH.map(([part, dollars]) => [part, jobs * dollars] as const),
    [`${METRICS_OF_JOBS.length} metrics of imports`, METRICS_OF_JOBS.length * months * PRICES.customMetric],
    ...atRest.map(([part, dollars]) => [part, dollars * months] as const),
  ];
}

/** The job folders as a download of them has them: each file has the time of the end of its job. */
function writeFolders(world: ChaosWorld, folder: string): void {
  for (const path of world.store.list('/output/')) {
    const [, jobId = ''] = /-DicomImport-([0-9a-f]+)\//.exec(path) ?? [];
    const job = world.jobById.get(jobId);
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, world.store.get(path) ?? '');
    const end = new Date(world.at(job ? endOf(world, job) : 0));
    utimesSync(file, end, end);
  }
}

// An error is an answer here: where it was made is of no interest, and takes much of the time.
Error.stackTraceLimit = 0;
const [migration = '', folder = ''] = process.argv.slice(2);
console.log(JSON.stringify(await migrate(JSON.parse(migration), folder)));
