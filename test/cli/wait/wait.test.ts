import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../../proof/fixtures/fake-clock.ts';
import { datastoreId } from '../../../proof/fixtures/simulator-world.ts';
import type { JobFault, StudyFile } from '../../../simulator/index.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { type Imaging, sleepOn, startImaging } from '../imaging.ts';
import { plain, runCli, tooWide, unwrapped } from '../run-cli.ts';
import { importRecordSchema, timedOutSchema } from '../schemas.ts';
import { ended, runBoth, startCli, startOnTerminal } from '../start-cli.ts';

const good = writeStudy({ withBrokenFiles: false });
const wait = (jobId: string, ...options: string[]) => [
  'wait',
  '--datastore-id',
  datastoreId,
  '--job-id',
  jobId,
  ...options,
];

describe('an import that ends while somebody waits', () => {
  let imaging: Imaging;
  beforeAll(async () => {
    imaging = await startImaging();
  });
  beforeEach(() => sleepOn(imaging.clock));
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => imaging.stop());

  test('is printed with its figures and reasons, and has its own status', async () => {
    const jobId = await imaging.import();
    const { status, stdout, stderr } = await runCli(wait(jobId), imaging.env);
    expect(stderr).toMatch(/^(SUBMITTED|IN_PROGRESS), \d s after it was submitted\n/);
    expect(stdout).toContain('PARTIALLY_FAILED  5 of 7 files imported, 2 rejected.\n');
    expect(stdout).toMatch(/^Image sets +2: 2 new$/m);
    expect(stdout).toContain('  1 x ValidationException: DICOM attribute SOPClassUID does not exist\n');
    expect(tooWide(stdout)).toEqual([]);
    // No name of a file or of the job, no URI.
    expect(stdout).not.toMatch(/\.dcm|s3:|job-1/);
    expect(stdout).not.toContain('\u001b');
    expect(status).toBe(11);
  });

  test('is printed as JSON, and nothing else with --quiet', async () => {
    const jobId = await imaging.import();
    const { status, stdout, stderr } = await runCli(wait(jobId, '--json', '--quiet'), imaging.env);
    expect({ status, stderr }).toEqual({ status: 11, stderr: '' });
    expect(importRecordSchema.parse(JSON.parse(stdout))).toMatchObject({
      outcome: 'PARTIALLY_FAILED',
      datastoreId,
      jobId,
      jobStatus: 'COMPLETED',
      files: { scanned: 7, imported: 5, rejected: 2 },
      imageSets: { generated: 2, nonPrimary: 0 },
    });
  });

  test('is printed although HealthImaging throttles', async () => {
    const jobId = await imaging.import();
    // Each try of the command makes two calls.
    imaging.simulator.faults.request({ kind: 'throttle', operation: 'GetDICOMImportJob', times: 4 });
    const { status, stderr } = await runCli(wait(jobId), imaging.env);
    expect(stderr).toContain('GetDICOMImportJob: ThrottlingException, HTTP 429; trying again\n');
    expect(status).toBe(11);
  });

  test('is printed on a terminal after a line that changes', async () => {
    const jobId = await imaging.import();
    const terminal = startOnTerminal(wait(jobId), imaging.env);
    await terminal.until(/(SUBMITTED|IN_PROGRESS), [\dmins ]+ after it was submitted; next check in \d+ s/);
    await imaging.clock.pass(1);
    expect(await terminal.ended).toBe(11);
    expect(plain(terminal.shown())).toContain('PARTIALLY_FAILED  5 of 7 files imported, 2 rejected.');
    // The cursor is back.
    expect(terminal.shown()).toContain('\u001b[?25h');
    expect(terminal.shown()).toContain('\u001b[33m');
  });

  test('is printed without colors with NO_COLOR', async () => {
    const jobId = await imaging.import();
    const terminal = startOnTerminal(wait(jobId), { ...imaging.env, NO_COLOR: '1' });
    await terminal.until(/next check in/);
    await imaging.clock.pass(1);
    expect(await terminal.ended).toBe(11);
    expect(terminal.shown()).toContain('next check in');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins them
    expect(terminal.shown()).not.toMatch(/\u001b\[[\d;]*m/);
  });
});

test('a wait whose time is over before there is a manifest says that it is missing', async () => {
  const imaging = await startImaging({ faults: { jobs: [{ manifest: 'missing' }] } });
  const jobId = await imaging.import(good);
  await imaging.clock.pass(2);
  sleepOn(imaging.clock, 2);
  const { status, stderr } = await runCli(wait(jobId, '--timeout', '2s', '--quiet'), imaging.env);
  vi.restoreAllMocks();
  await imaging.stop();
  expect(status).toBe(124);
  expect(unwrapped(stderr)).toContain(
    'There is no verdict after 2 s: the job is COMPLETED, but its manifest is still missing. To continue',
  );
});

describe('an import that does not end', () => {
  let imaging: Imaging;
  beforeAll(async () => {
    imaging = await startImaging({ faults: { jobs: [{ neverEnds: true }] } });
  });
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => imaging.stop());

  test('ends the wait with 124 when the time is over, and says how to go on', async () => {
    const jobId = await imaging.import(good);
    await imaging.clock.pass(1);
    sleepOn(imaging.clock, 2);
    const { status, stdout, stderr } = await runCli(wait(jobId, '--timeout', '2s', '--quiet'), imaging.env);
    expect({ status, stdout }).toEqual({ status: 124, stdout: '' });
    expect(stderr).toBe(
      `There is no verdict after 2 s: the job is IN_PROGRESS. To continue waiting:
  npx dicom-import-watcher wait \\
    --datastore-id ${datastoreId} \\
    --job-id ${jobId}
`,
    );
  });

  test('is reported as JSON', async () => {
    const jobId = await imaging.import(good);
    sleepOn(imaging.clock, 2);
    const { status, stdout } = await runCli(wait(jobId, '--timeout', '1s', '--json'), imaging.env);
    expect(timedOutSchema.parse(JSON.parse(stdout))).toMatchObject({ datastoreId, jobId });
    expect(status).toBe(124);
  });

  test('is left at once on Ctrl-C at a terminal, with what goes on', async () => {
    const jobId = await imaging.import(good);
    const region = ['--region', 'us-west-2'];
    const terminal = startOnTerminal(wait(jobId, ...region), imaging.env);
    await terminal.until(/next check in/);
    terminal.pty.write('\u0003');
    expect(await terminal.ended).toBe(130);
    const shown = plain(terminal.shown()).replaceAll('\r\n', '\n');
    expect(shown).toContain('Stopped waiting. The import goes on. To continue waiting:\n');
    expect(shown).toContain(`    --job-id ${jobId} \\\n    --region us-west-2\n`);
    expect(terminal.shown()).toContain('\u001b[?25h');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is left at once on %s', async (signal, status) => {
    const child = startCli(wait(await imaging.import(good)), imaging.env);
    const ran = ended(child);
    child.stderr.once('data', () => child.kill(signal));
    expect(await ran).toMatchObject({
      status,
      stdout: '',
      stderr: expect.stringContaining('The import goes on.'),
    });
  });
});

describe('an import that ended long ago', () => {
  let imaging: Imaging;
  const clock = new FakeClock();
  beforeAll(async () => {
    imaging = await startImaging({}, clock);
  });
  afterAll(() => imaging.stop());

  const broken = writeStudy().slice(-2);
  const cases: [string, number, readonly StudyFile[], JobFault, string][] = [
    ['SUCCEEDED', 0, good, {}, '5 of 5 files imported, none rejected, no warnings.'],
    ['SUCCEEDED_WITH_WARNINGS', 10, good, { success: 'truncated' }, 'but the manifest contradicts itself.'],
    ['NOTHING_IMPORTED', 12, broken, {}, '0 of 2 files imported, 2 rejected.'],
    [
      'FAILED',
      13,
      good,
      { failWith: 'FILE_COUNTS_LIMIT of 5000 in s3://b/DOE' },
      'FILE_COUNTS_LIMIT of # in #',
    ],
    ['UNVERIFIED', 14, good, { manifest: 'missing' }, 'found no job-output-manifest.json'],
  ];
  test.each(cases)('ends with the status of %s, %i', async (outcome, expected, files, fault, text) => {
    const prefix = outcome.toLowerCase();
    for (const { name, bytes } of files) await imaging.put(`${prefix}/${name}`, bytes);
    imaging.simulator.faults.job({ ...fault, jobName: prefix });
    const jobId = await imaging.start({ jobName: prefix, inputS3Uri: `s3://in-bucket/${prefix}/` });
    await clock.pass(2);
    const { status, stdout, stderr } = await runCli(wait(jobId), imaging.env);
    expect({ status, stderr }).toEqual({ status: expected, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${outcome}  `));
    expect(unwrapped(stdout)).toContain(text);
    expect(tooWide(stdout)).toEqual([]);
  });

  test('is printed by the built command, too', async () => {
    const jobId = await imaging.import();
    await clock.pass(2);
    expect(await runBoth(wait(jobId), imaging.env)).toMatchObject({ status: 11, stderr: '' });
  });
});

describe('wrong input', () => {
  const aws = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  test.each([
    [['wait'], "required options '--datastore-id <id>', '--job-id <id>' not specified"],
    [['wait', '--datastore-id', 'ABC'], 'Expected 32 characters of 0-9 and a-z.'],
    [wait('not/a/job'), 'Expected 1 to 32 characters of 0-9 and a-z.'],
    [wait('1', '--timeout', '30'), 'Expected a duration, such as 90s, 30m, 1h30m or 7d.'],
    [wait('1', '--timeout', '30d'), 'Expected at most 20 d.'],
    [wait('1', '--region', 'Ireland'), 'Expected the name of a region, such as us-east-1.'],
    [wait('1', '--endpoint-url', 'localhost'), 'Expected a URL, such as http://127.0.0.1:4566.'],
    [wait('1', 'extra'), 'too many arguments'],
  ])('%j ends with 2', async (args, message) => {
    const { status, stdout, stderr } = await runCli(args, aws);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test.each([
    ['no credentials', { AWS_REGION: 'us-east-1' }, 'There are no AWS credentials. Log in'],
    ['no region', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, 'There is no AWS region.'],
    ['no such profile', { ...aws, AWS_PROFILE: 'nobody' }, "There is no profile 'nobody'."],
  ])('%s ends with 1', async (_, env, message) => {
    const { status, stdout, stderr } = await runCli(wait('1'), env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  describe('what HealthImaging refuses', () => {
    let imaging: Imaging;
    beforeAll(async () => {
      imaging = await startImaging({ faults: { requests: [{ kind: 'denied' }] } });
    });
    afterAll(() => imaging.stop());

    test('ends with 1, and shows its stack with --debug only', async () => {
      const denied = await runCli(wait('1'), imaging.env);
      expect(denied).toMatchObject({ status: 1, stdout: '' });
      expect(unwrapped(denied.stderr)).toMatch(
        /^error: These credentials do not allow this action\. .* \(GetDICOMImportJob: AccessDeniedException, HTTP 403, request .*\) $/,
      );
      const debugged = await runCli(['--debug', ...wait('1')], imaging.env);
      expect(debugged.stderr).toMatch(/^\s+at /m);
    });
  });
});
