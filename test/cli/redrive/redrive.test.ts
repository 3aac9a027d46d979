import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Watch } from '../../../cli/aws/watches.ts';
import { planRedrive } from '../../../cli/redrive/plan.ts';
import type { ImportJobId } from '../../../core/contract/names.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

const redriveSchema = z.strictObject({
  watches: z.array(
    z.strictObject({
      datastoreId: z.string().nullable(),
      jobId: z.string().nullable(),
      executionArn: z.string().nullable(),
      number: z.int().nullable(),
      result: z.enum(['redriven', 'replaced', 'not needed', 'not redriven']),
      replaceable: z.boolean(),
      reason: z.string(),
    }),
  ),
});

const DAY = 24 * 3600;
let world: WatchedAccount;
beforeAll(async () => {
  world = await startWatchedAccount();
});
afterEach(async () => {
  const { watched } = world;
  watched.cloud.simulator.faults.clear();
  // What a test leaves behind is seen to by the sweep: each begins with nothing that has failed.
  for (let i = 0; i < 3; i++) {
    await watched.pass(DAY + 60);
    await watched.sweep();
    await watched.clock.idle();
  }
});
afterAll(() => world.stop());

/** A job whose watch may not read it. */
async function failedWatch(): Promise<ImportJobId> {
  const { watched } = world;
  watched.cloud.simulator.faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', forSeconds: 60 });
  const job = await watched.import();
  await watched.pass(61);
  expect(watched.executionOf(job)?.status).toBe('FAILED');
  return job;
}
/** A job that runs while somebody stops its watch. */
async function stoppedWatch(): Promise<ImportJobId> {
  const { watched } = world;
  const job = await watched.import();
  await watched.pass(60);
  watched.cloud.machine.abort(`${job.datastoreId}-${job.jobId}`);
  await watched.clock.idle();
  return job;
}
const args = ({ datastoreId, jobId }: ImportJobId) => ['--datastore-id', datastoreId, '--job-id', jobId];
const redrive = (...more: string[]) => world.cli('redrive', ...more);

test('lets a failed watch go on to its verdict, once', async () => {
  const job = await failedWatch();
  const { status, stdout, stderr } = await redrive(...args(job));
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: `${job.datastoreId}-${job.jobId}\n  Redriven. It failed in 'Check import job' (HealthImagingRefused).\n`,
    stderr: '',
  });
  await world.watched.clock.idle();
  expect(world.watched.executionOf(job)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
  const again = await redrive(...args(job));
  expect(again).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Nothing to do: SUCCEEDED was published.'),
  });
  expect(world.watched.executionOf(job)?.redriveCount).toBe(1);
});

test('--all finds those without a verdict, and leaves alone what somebody stopped', async () => {
  const done = await world.watched.import();
  await world.watched.clock.idle();
  const [first, second, stopped] = [await failedWatch(), await failedWatch(), await stoppedWatch()];
  const { status, stdout } = await redrive('--all', '--json');
  const { watches } = redriveSchema.parse(JSON.parse(stdout));
  expect(Object.fromEntries(watches.map(({ jobId, result }) => [jobId, result]))).toEqual({
    [first.jobId]: 'redriven',
    [second.jobId]: 'redriven',
    [stopped.jobId]: 'not redriven',
  });
  // Something is left to be done.
  expect(status).toBe(1);
  await world.watched.clock.idle();
  for (const job of [first, second]) expect(world.watched.executionOf(job)?.status).toBe('SUCCEEDED');
  expect(world.watched.executionOf(done)?.redriveCount).toBe(0);

  const text = await redrive('--all');
  expect(text).toMatchObject({ status: 1, stderr: '' });
  expect(unwrapped(text.stdout)).toBe(
    `${stopped.datastoreId}-${stopped.jobId} Not redriven: somebody stopped the watch; if that was a mistake, name the job. `,
  );
  expect(tooWide(text.stdout)).toEqual([]);

  const named = await redrive(...args(stopped));
  expect(named).toMatchObject({ status: 0, stdout: expect.stringContaining('Redriven. It was stopped in') });
  await world.watched.clock.idle();
  expect(world.watched.executionOf(stopped)?.status).toBe('SUCCEEDED');
  expect(await redrive('--all')).toEqual({
    status: 0,
    stdout: '',
    stderr: 'No watch of a job without a verdict has failed.\n',
  });
});

test('a watch that Step Functions no longer redrives is reported with the reason, and replaced with --replace', async () => {
  const { watched } = world;
  const job = await failedWatch();
  await watched.pass(15 * DAY);
  const told = await redrive(...args(job));
  expect(told.status).toBe(1);
  expect(told.stdout).toContain('Not redriven: Execution redrivable period exceeded.');
  expect(unwrapped(told.stderr)).toContain('run this command again with --replace. It starts a new watch');
  expect(watched.executionOf(job, 2)).toBeUndefined();

  const { status, stdout } = await redrive(...args(job), '--replace', '--json');
  expect(status).toBe(0);
  expect(redriveSchema.parse(JSON.parse(stdout)).watches).toEqual([
    expect.objectContaining({ ...job, number: 1, result: 'replaced', replaceable: true }),
  ]);
  await watched.clock.idle();
  expect(watched.executionOf(job, 2)?.status).toBe('SUCCEEDED');
});

test('a watch under a name of somebody else is found by its input', async () => {
  const { watched } = world;
  watched.cloud.simulator.faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', forSeconds: 60 });
  const job = await watched.import({ fault: { eventsLost: true } });
  watched.cloud.machine.start('by-hand', JSON.stringify(job));
  await watched.pass(61);
  const { stdout } = await redrive('--all', '--json');
  expect(redriveSchema.parse(JSON.parse(stdout)).watches).toEqual([
    expect.objectContaining({ ...job, result: 'redriven' }),
  ]);
  await watched.clock.idle();
  expect(watched.cloud.machine.execution('by-hand').status).toBe('SUCCEEDED');
});

test('a job that runs, and one that nobody watches', async () => {
  const { watched } = world;
  await watched.clock.run(async () => {
    const job = await watched.import();
    while (!watched.executionOf(job)) await new Promise((resolve) => setImmediate(resolve));
    const { status, stdout } = await runCli(['redrive', ...args(job)], world.env);
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('its watch runs'),
    });
  });
  const lost = await watched.import({ fault: { eventsLost: true } });
  const { status, stdout } = await redrive(...args(lost));
  expect({ status, stdout }).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('the job has no watch'),
  });
});

test('the built command says the same', async () => {
  const lost = await world.watched.import({ fault: { eventsLost: true } });
  const ran = await world.both('redrive', ...args(lost));
  expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('the job has no watch') });
});

describe('wrong input', () => {
  const job = { datastoreId: DATASTORE_ID, jobId: 'a' };
  test.each([
    [[], 'Name a job with --datastore-id and --job-id, or all with --all.'],
    [['--job-id', 'a'], 'Name a job with --datastore-id and --job-id, or all with --all.'],
    [[...args(job), '--all'], "option '--all' cannot be used with option '--datastore-id"],
    [['--datastore-id', 'x', '--job-id', 'a'], 'Expected 32 characters of 0-9 and a-z.'],
    [['everything'], 'too many arguments'],
  ])('%j', async (given, message) => {
    const { status, stdout, stderr } = await runCli(['redrive', ...given], world.env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});

describe('what is done about the latest watch', () => {
  const failed = (more: Partial<NonNullable<Watch['failure']>> = {}, watch: Partial<Watch> = {}): Watch => {
    const { name = 'w', number = 1 } = watch;
    return {
      executionArn: 'arn',
      name,
      number,
      status: 'FAILED',
      startedAt: 0,
      stoppedAt: 1,
      redriveCount: 0,
      failure: {
        executionArn: 'arn',
        name,
        status: 'FAILED',
        job: { datastoreId: DATASTORE_ID, jobId: 'a' },
        redriveCount: 0,
        redrivable: true,
        stoppedAt: 1,
        ...more,
      },
      ...watch,
    };
  };

  test.each([
    ['HealthImagingRefused', 'redrive'],
    ['States.Timeout', 'redrive'],
    // A redrive would keep what is at fault.
    ['States.Runtime', 'replace'],
    ['States.NoChoiceMatched', 'replace'],
    ['InvalidWatchInput', 'replace'],
  ])('%s: %s', (error, kind) => {
    expect(planRedrive([failed({ error })], undefined, true).kind).toBe(kind);
  });

  test('after the last watch only people can help', () => {
    const last = failed({ error: 'States.Runtime' }, { number: 7 });
    expect(planRedrive([last], undefined, true)).toMatchObject({
      kind: 'impossible',
      why: expect.stringContaining('it is the last of 7 watches'),
    });
  });

  test('an error whose name holds something else is not repeated', () => {
    expect(planRedrive([failed({ error: 'Doe^John 1' })], undefined, true).why).toBe('failed');
  });

  test('a verdict in the table, or in the output of the watch, is enough', () => {
    expect(planRedrive([failed()], 'SUCCEEDED', true).kind).toBe('not needed');
    const told = { ...failed(), status: 'SUCCEEDED', output: { outcome: 'FAILED' } };
    expect(planRedrive([told], undefined, true)).toMatchObject({
      kind: 'not needed',
      why: 'FAILED was published',
    });
  });
});
