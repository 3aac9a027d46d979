import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { table } from '../../../cli/terminal/output.ts';
import { type ImportJobId, JOB_STATUSES, OUTCOMES } from '../../../core/contract/names.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

const listSchema = z.strictObject({
  datastoreId: z.string(),
  outcomesKnown: z.boolean(),
  jobs: z.array(
    z.strictObject({
      jobId: z.string(),
      jobStatus: z.enum(JOB_STATUSES),
      submittedAt: z.iso.datetime().nullable(),
      endedAt: z.iso.datetime().nullable(),
      outcome: z.enum(OUTCOMES).nullable(),
      overdue: z.boolean().nullable(),
      failuresReported: z.int().nullable(),
    }),
  ),
});

let world: WatchedAccount;
/** Oldest first. */
let warned: ImportJobId;
let failed: ImportJobId;
let unwatched: ImportJobId;
let running: ImportJobId;

beforeAll(async () => {
  world = await startWatchedAccount();
  const { watched } = world;
  warned = await watched.import({ files: writeStudy() });
  await watched.clock.idle();
  const { faults } = watched.cloud.simulator;
  faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', forSeconds: 1200 });
  failed = await watched.import();
  await watched.pass(1200);
  unwatched = await watched.import({ fault: { eventsLost: true } });
  await watched.pass(3600);
});
afterAll(() => world.stop());

/** With a job that has just begun, while time stands still. */
const list = (...args: string[]) =>
  world.watched.clock.run(async () => {
    running ??= await world.watched.import({ fault: { eventsLost: true } });
    return runCli(['list', '--datastore-id', DATASTORE_ID, ...args], world.env);
  });

test('lists the newest first, with the outcome or what stands for it', async () => {
  const { status, stdout, stderr } = await list();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [title, ...rows] = stdout.trimEnd().split('\n');
  expect(title).toMatch(/^submitted {10}job {31}outcome, or status$/);
  expect(rows.map((row) => row.replace(/^\d{4}-\d\d-\d\d \d\d:\d\dZ +/, ''))).toEqual([
    `${running.jobId}  SUBMITTED`,
    `${unwatched.jobId}  COMPLETED, no verdict`,
    `${failed.jobId}  COMPLETED, watch failed`,
    `${warned.jobId}  PARTIALLY_FAILED`,
  ]);
  expect(tooWide(stdout)).toEqual([]);
});

test('prints JSON', async () => {
  const { status, stdout, stderr } = await list('--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { jobs, ...rest } = listSchema.parse(JSON.parse(stdout));
  expect(rest).toEqual({ datastoreId: DATASTORE_ID, outcomesKnown: true });
  expect(jobs.map(({ jobId, outcome, failuresReported }) => [jobId, outcome, failuresReported])).toEqual([
    [running.jobId, null, 0],
    [unwatched.jobId, null, 0],
    [failed.jobId, null, 1],
    [warned.jobId, 'PARTIALLY_FAILED', 0],
  ]);
});

test('the built command lists the same', async () => {
  const { status, stdout } = await world.both('list', '--datastore-id', DATASTORE_ID);
  expect(status).toBe(0);
  expect(stdout).toContain(`${warned.jobId}  PARTIALLY_FAILED\n`);
});

test('only jobs of some statuses, and only those submitted since', async () => {
  const { jobs } = listSchema.parse(
    JSON.parse((await list('--status', 'SUBMITTED', 'FAILED', '--json')).stdout),
  );
  expect(jobs.map(({ jobId }) => jobId)).toEqual([running.jobId]);
  const since = jobs[0]?.submittedAt ?? '';
  const { stdout } = await list('--since', since, '--json');
  expect(listSchema.parse(JSON.parse(stdout)).jobs.map(({ jobId }) => jobId)).toEqual([running.jobId]);
  const none = await list('--since', '2999-01-01');
  expect(none).toEqual({
    status: 0,
    stdout: '',
    stderr: `No import job of the data store ${DATASTORE_ID} is like that.\n`,
  });
});

describe('without a watcher', () => {
  test('lists all the same, and says why outcomes are missing', async () => {
    const { status, stdout, stderr } = await list('--stack', 'Other');
    expect(status).toBe(0);
    expect(unwrapped(stderr)).toMatch(
      /^There are no outcomes, because no watcher was found. There is no stack 'Other' in us-east-1/,
    );
    expect(stdout).toContain(`${warned.jobId}  COMPLETED\n`);
    const { jobs, outcomesKnown } = listSchema.parse(
      JSON.parse((await list('--stack', 'Other', '--json')).stdout),
    );
    expect({ outcomesKnown, last: jobs.at(-1) }).toMatchObject({
      outcomesKnown: false,
      last: { outcome: null, overdue: null, failuresReported: null },
    });
  });

  test('the table can be named in place of the stack, by option and by variable', async () => {
    const before = world.account.calls.length;
    const byOption = await list('--table-name', world.watched.table);
    const byVariable = await runCli(['list', '--datastore-id', DATASTORE_ID], {
      ...world.env,
      DICOM_IMPORT_WATCHER_TABLE_NAME: world.watched.table,
    });
    for (const { stdout, stderr } of [byOption, byVariable]) {
      expect(stderr).toBe('');
      expect(stdout).toContain(`${warned.jobId}  PARTIALLY_FAILED\n`);
    }
    expect(world.account.calls.slice(before)).toEqual([]);
  });
});

describe('wrong input', () => {
  test.each([
    [[], "required option '--datastore-id <id>' not specified"],
    [['--datastore-id', 'Ward 3'], 'Expected 32 characters of 0-9 and a-z.'],
    [['--datastore-id', DATASTORE_ID, '--status', 'DONE'], 'Allowed choices are SUBMITTED, IN_PROGRESS'],
    [['--datastore-id', DATASTORE_ID, '--since', 'yesterday'], 'Expected a duration such as 12h or 7d'],
    [['--datastore-id', DATASTORE_ID, '--since', '2026-02-31'], 'Expected a duration such as 12h or 7d'],
    [['--datastore-id', DATASTORE_ID, '--stack', '3!'], 'Expected the name or the ARN of a stack'],
    [['--datastore-id', DATASTORE_ID, '--table-name', 'a b'], 'Expected the name of a table'],
  ])('%j is a usage error', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['list', ...args], world.env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});

test('a refused call says which, and has no stack without --debug', async () => {
  world.watched.cloud.simulator.faults.request({
    kind: 'denied',
    operation: 'ListDICOMImportJobs',
    times: 2,
  });
  const { status, stdout, stderr } = await list();
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(unwrapped(stderr)).toMatch(/^error: These credentials do not allow this action\./);
  expect(stderr).not.toContain('    at ');
  expect((await list('--debug')).stderr).toContain('    at ');
});

test.each([200, 80, 40, 20, 5])('a table cuts no id on a terminal of %i columns', (columns) => {
  vi.spyOn(process, 'stdout', 'get').mockReturnValue({ columns } as typeof process.stdout);
  const id = 'a'.repeat(32);
  const words = 'said in so many words that no terminal has room for all of them on one line';
  const text = table([{ title: 'job' }, { title: 'state' }, { title: 'more' }], [[id, 'IN_PROGRESS', words]]);
  vi.restoreAllMocks();
  expect(text).toContain(id);
  expect(text).toContain('IN_PROGRESS');
  const shown = text.split(/\s+/);
  for (const word of words.split(' ')) expect(shown).toContain(word);
});
