import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaignReportSchema } from '../../../core/contract/campaign.ts';
import { MANIFEST_FILES, type ManifestFile } from '../../../core/domain/verdict/manifest-location.ts';
import { FakeClock } from '../../../proof/fixtures/fake-clock.ts';
import { type Imaging, startImaging } from '../imaging.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { DATASTORE_ID, filesOf, folderOf, type Given, writeJobFolder } from './job-folder.ts';

const clock = new FakeClock();
const DAY = Date.parse('2026-01-02T00:00:00Z') / 1000;
const SLOW = ['ThrottlingException', 'Slow down'] as const;
const WRONG = ['ValidationException', 'DICOM attributes does not exist'] as const;

/** A second job imports one of the files that the first one was refused; one has lost its manifest. */
const JOBS: readonly Given[] = [
  {
    jobId: 'first',
    endedAt: DAY,
    success: ['in/a', 'in/b'],
    failure: [
      ['in/=1+1', ...WRONG],
      ['in/d', ...SLOW],
    ],
  },
  { jobId: 'again', endedAt: DAY + 3600, success: ['in/d'] },
  { jobId: 'lost', hasManifest: false, success: ['in/e'] },
  { jobId: 'warned', endedAt: DAY + 7200, warning: [['in/f', 45330]], success: ['in/f', 'in/g'] },
];

let imaging: Imaging;
let folder: string;
let campaign: string;
beforeAll(async () => {
  imaging = await startImaging({}, clock);
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
  campaign = join(folder, 'campaign');
  for (const given of JOBS) {
    await writeJobFolder(join(campaign, given.jobId === 'warned' ? 'ward-2/nested' : ''), given);
    for (const [file, text] of Object.entries(filesOf(given))) {
      const key = `migration/${folderOf(given.jobId)}/${MANIFEST_FILES[file as ManifestFile]}`;
      await imaging.s3.send(new PutObjectCommand({ Bucket: 'out-bucket', Key: key, Body: text }));
    }
  }
  await writeFile(join(campaign, 'notes.txt'), 'of somebody');
});
afterAll(async () => {
  await imaging.stop();
  await rm(folder, { recursive: true, force: true });
});

const reported = async (...args: string[]) => {
  const ran = await runCli(['report', ...args, '--json'], imaging.env);
  return { ...ran, report: campaignReportSchema.strict().parse(JSON.parse(ran.stdout)) };
};

test.each([
  ['a folder', () => campaign],
  ['a prefix of S3', () => 's3://out-bucket/migration/'],
  ['a prefix of S3 without its slash', () => 's3://out-bucket/migration'],
])('%s is one report on all jobs below it', async (_, where) => {
  const { status, stderr, report } = await reported(where());
  expect({ status, stderr }).toEqual({ status: 14, stderr: '' });
  expect(report).toMatchObject({
    outcome: 'UNVERIFIED',
    jobs: {
      total: 4,
      byOutcome: { SUCCEEDED: 1, SUCCEEDED_WITH_WARNINGS: 1, PARTIALLY_FAILED: 1, UNVERIFIED: 1 },
      repeated: 0,
    },
    files: { scanned: 7, imported: 5, rejected: 2, unaccounted: 0, withWarnings: 1 },
    failures: expect.arrayContaining([
      expect.objectContaining({ exceptionType: SLOW[0], count: 1, share: 0.5, retryable: true }),
    ]),
    warnings: [{ code: 45330, jobs: 1, exampleJob: { jobId: 'warned' } }],
    unverified: [{ datastoreId: DATASTORE_ID, jobId: 'lost', reason: 'MANIFEST_MISSING' }],
    worstJobs: [{ jobId: 'lost' }, { jobId: 'first' }, { jobId: 'warned' }],
  });
  expect(report).not.toHaveProperty('failedFiles');
});

test('without --failures no format names a file, and the table fits into a terminal', async () => {
  const table = await runCli(['report', campaign]);
  expect(table.status).toBe(14);
  expect(tooWide(table.stdout)).toEqual([]);
  expect(table.stdout).toContain('  lost MANIFEST_MISSING\n');
  expect(unwrapped(table.stdout)).toContain('1 file (50 %) in 1 job: ThrottlingException: Slow down (may be');
  const { stdout } = await reported(campaign);
  for (const text of [table.stdout, stdout]) expect(text).not.toMatch(/\bin\/|in-bucket/);
});

test('the job folder itself is a campaign of one job', async () => {
  const { status, report } = await reported(join(campaign, folderOf('again')));
  expect(status).toBe(0);
  expect(report).toMatchObject({ outcome: 'SUCCEEDED', jobs: { total: 1 } });
});

test('a job whose folder is there twice counts once, also through a link', async () => {
  const twice = join(folder, 'twice');
  await writeJobFolder(join(twice, 'a'), JOBS[1] as Given);
  await mkdir(join(twice, 'b'), { recursive: true });
  await symlink(join(twice, 'a', folderOf('again')), join(twice, 'b', folderOf('again')));
  const { report } = await reported(twice);
  expect(report.jobs).toMatchObject({ total: 1, repeated: 1 });
});

describe('a part of the jobs', () => {
  test.each<[string[], string[]]>([
    [['--since', '2026-01-02T00:30:00Z', '--until', '2026-01-02T01:30:00Z'], ['again']],
    [['--until', '2026-01-02T01:00:00Z'], ['first']],
  ])('%j is by the time at which they ended', async (args, jobs) => {
    const { report } = await reported(campaign, ...args);
    expect(report.jobs.total).toBe(jobs.length);
    expect(report.time?.periods).toHaveLength(jobs.length);
  });

  test('none at all is an error', async () => {
    const { status, stderr } = await runCli(['report', campaign, '--until', '2001-01-01']);
    expect(status).toBe(1);
    expect(unwrapped(stderr)).toMatch(/No job folder below .* is of such a job/);
  });
});

describe('how far it is', () => {
  test('is known by the number of jobs', async () => {
    const { report } = await reported(campaign, '--expect', '8');
    expect(report.progress).toEqual({ ended: 4, expected: 8, percent: 50 });
    const { stdout } = await runCli(['report', campaign, '--expect', '8']);
    expect(unwrapped(stdout)).toContain('Progress 50 %, 4 of 8; too few jobs ended in the last hour');
  });

  test('is known by input prefixes, with or without their slash', async () => {
    const inputs = join(folder, 'inputs.txt');
    await writeFile(inputs, 's3://in-bucket/in\r\n\ns3://in-bucket/more/\n');
    const { report } = await reported(campaign, '--inputs', inputs);
    expect(report.progress).toMatchObject({ ended: 1, expected: 2, percent: 50 });
  });

  test('a line that is no prefix is named by its number only', async () => {
    const inputs = join(folder, 'wrong.txt');
    await writeFile(inputs, 's3://in-bucket/in/\nDOE^JANE\n');
    const { status, stderr } = await runCli(['report', campaign, '--inputs', inputs]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/Line 2 of/);
    expect(stderr).not.toContain('DOE');
  });
});

describe('with a data store', () => {
  let jobId: string;
  let running: string;
  beforeAll(async () => {
    jobId = await imaging.import(undefined, { jobName: 'ward-3/one' });
    await clock.pass(2);
    running = await imaging.start({ jobName: 'ward-4/two' });
  });

  test('the jobs that still run are counted, and how far it is', async () => {
    expect(running).not.toBe(jobId);
    const { report } = await reported('s3://out-bucket/out/', '--datastore-id', DATASTORE_ID);
    expect(report.jobs.total).toBe(1);
    expect(report.progress).toMatchObject({ ended: 1, expected: 2, running: 1, percent: 50 });
    expect(report.time?.durationSeconds).toBeGreaterThan(0);
  });

  test('jobs are found by their names, which are not printed', async () => {
    const one = ['s3://out-bucket/out/', '--datastore-id', DATASTORE_ID];
    const { report, stdout } = await reported(...one, '--job-name', 'ward-3/*');
    expect(report.jobs.total).toBe(1);
    expect(stdout).not.toContain('ward-3');
    const { stderr, status } = await runCli(['report', ...one, '--job-name', 'ward-?'], imaging.env);
    expect({ status, told: unwrapped(stderr) }).toMatchObject({
      status: 1,
      told: expect.stringContaining('No job folder below s3://out-bucket/out/ is of such a job.'),
    });
  });

  test('a job that failed without a word is no success, and is named', async () => {
    const failed = await imaging.import(undefined, { inputS3Uri: 's3://in-bucket/none/' });
    await clock.pass(2);
    const { report } = await reported('s3://out-bucket/', '--datastore-id', DATASTORE_ID);
    const names = [...report.unverified, ...report.worstJobs].map((each) => each.jobId);
    expect(names).toContain(failed);
  });
});

describe('the ledger', () => {
  const HEADER =
    'bucket,key,datastoreId,jobId,status,reason,warningCodes,imageSetId,retryable,supersededBy,files';

  test('has a row for what each job did to each file, as RFC 4180 has it, and nothing is a formula', async () => {
    const { status, stdout, stderr } = await runCli(['report', campaign, '--format', 'csv']);
    expect(status).toBe(14);
    expect(stderr).toBe('Keys of files can identify patients: keep them as you keep patient data.\n');
    const id = DATASTORE_ID;
    expect(stdout.split('\r\n')).toEqual([
      HEADER,
      `in-bucket,in/=1+1,${id},first,refused,ValidationException: DICOM attributes does not exist,,,false,,1`,
      `in-bucket,in/a,${id},first,imported,,,set-1,,,1`,
      `in-bucket,in/b,${id},first,imported,,,set-1,,,1`,
      `in-bucket,in/d,${id},first,refused,ThrottlingException: Slow down,,,true,again,1`,
      `in-bucket,in/d,${id},again,imported,,,set-1,,,1`,
      `in-bucket,in/f,${id},warned,imported with warning,,45330,set-1,,,1`,
      `in-bucket,in/g,${id},warned,imported,,,set-1,,,1`,
      `,,${id},lost,unaccounted,MANIFEST_MISSING,,,,,`,
      '',
    ]);
    expect(stdout.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('of hostile keys is text, and no row begins in one', async () => {
    const hostile = join(folder, 'hostile');
    const keys = ['@SUM(1)', '=HYPERLINK("http:x","y")', 'a\r\nb,c', '\u001b[2J\u202e', '\ud800half', '+1'];
    await writeJobFolder(hostile, { jobId: 'hostile', success: keys });
    const { stdout } = await runCli(['report', hostile, '--format', 'csv']);
    const rows = stdout.split('\r\n').slice(1, -1);
    expect(rows).toHaveLength(keys.length);
    expect(rows.map((row) => row.slice('in-bucket,'.length).split(`,${DATASTORE_ID}`)[0]).sort()).toEqual(
      [
        "'+1",
        '"\'=HYPERLINK(""http:x"",""y"")"',
        "'@SUM(1)",
        '"a b,c"',
        '\uFFFD[2J\uFFFD',
        '\uFFFDhalf',
      ].sort(),
    );
    const { report } = await reported(hostile, '--failures');
    expect(report.failedFiles).toEqual([]);
  });

  test('goes to a new file that only its owner can read', async () => {
    const output = join(folder, 'ledger.csv');
    const args = ['report', campaign, '--format', 'csv', '--output', output];
    const { status, stdout } = await runCli(args);
    expect({ status, stdout }).toEqual({ status: 14, stdout: '' });
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    expect((await readFile(output, 'utf8')).split('\r\n')[0]).toBe(HEADER);
    await writeFile(output, 'of somebody', { mode: 0o644 });
    const again = await runCli(args);
    expect(again.status).toBe(1);
    expect(unwrapped(again.stderr)).toMatch(
      /There is a file .*ledger\.csv already\. Name another, or add --force\./,
    );
    expect(await readFile(output, 'utf8')).toBe('of somebody');
    expect((await runCli([...args, '--force'])).status).toBe(14);
    expect((await readFile(output, 'utf8')).split('\r\n')[0]).toBe(HEADER);
  });

  test('says where lines and counters differ, so that sums are those of the verdict', async () => {
    const odd = join(folder, 'odd');
    await writeJobFolder(odd, { jobId: 'more', scanned: 9, imported: 4, refused: 3, success: ['in/a'] });
    await writeJobFolder(odd, { jobId: 'less', imported: 1, success: ['in/b', 'in/c'] });
    const { stdout } = await runCli(['report', odd, '--format', 'csv']);
    const rest = stdout.split('\r\n').filter((row) => row.startsWith(','));
    expect(rest.map((row) => row.split(`${DATASTORE_ID},`)[1]).sort()).toEqual([
      'less,imported,NOT_COUNTED,,,,,-1',
      'more,imported,NOT_NAMED,,,,,3',
      'more,refused,NOT_NAMED,,,,,3',
      'more,unaccounted,NOT_NAMED,,,,,2',
    ]);
  });
});

describe('--failures', () => {
  test('names each refused file with its job, in JSON exactly', async () => {
    const { report, stderr } = await reported(campaign, '--failures');
    expect(stderr).toContain('Keys of files can identify patients');
    expect(report.failedFiles).toEqual([
      {
        datastoreId: DATASTORE_ID,
        jobId: 'first',
        file: 'in/=1+1',
        exceptionType: WRONG[0],
        message: WRONG[1],
        retryable: false,
      },
      expect.objectContaining({ file: 'in/d', retryable: true, supersededBy: 'again' }),
    ]);
  });

  test('names them in the table, too', async () => {
    const { stdout } = await runCli(['report', campaign, '--failures']);
    expect(stdout).toContain('Rejected files\n  in/=1+1\n    ValidationException: DICOM');
    expect(unwrapped(stdout)).toContain(
      'in/d ThrottlingException: Slow down (job first; read again by again)',
    );
  });
});

describe('wrong input', () => {
  test.each([
    [['.', '--job-id', '1'], 'Name one job with options, or many by the place of their folders, not both.'],
    [['.', '--manifest', '.'], 'not both.'],
    [['s3://'], 'Got s3://. Expected s3://bucket/prefix/ or a folder.'],
    [['.', '--job-name', 'x*'], 'For --job-name give --datastore-id, too.'],
    [['.', '--expect', '5', '--inputs', 'x'], 'Give one of them.'],
    [['.', '--expect', '0'], 'Expected a number from 1'],
    [['.', '--since', '2026-01-02', '--until', '2026-01-01'], '--since has to be before --until.'],
    [['.', '--output', 's3://bucket/x', '--format', 'csv'], '--output has to be a file of this machine'],
    [['.', '--output', 'x'], '--output is for --format json, csv and html.'],
    [['.', '--force'], '--force is for the file of --output.'],
    [['--expect', '5'], '--expect is for many jobs.'],
  ])('%j ends with 2', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['report', ...args], imaging.env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test.each([
    [() => ['/nonexistent'], 'There is no folder /nonexistent.'],
    [() => [join(campaign, 'notes.txt')], 'is a file. Expected a folder.'],
    [() => ['s3://no-bucket/in/'], 'There is no bucket no-bucket.'],
    [
      () => ['s3://out-bucket/nothing/'],
      'There is no job folder below s3://out-bucket/nothing/. HealthImaging names',
    ],
    [() => [campaign, '--inputs', '/nonexistent'], '/nonexistent cannot be read (ENOENT: it is not there).'],
    [() => [campaign, '--json', '--output', '/nonexistent/x'], '/nonexistent/x cannot be written (ENOENT'],
  ])('%# ends with 1', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['report', ...args()], imaging.env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});

test('only --failures and the ledger hold what can identify a patient', async () => {
  const marked = join(folder, 'marked');
  await writeJobFolder(marked, {
    jobId: 'marked',
    inputS3Uri: 's3://in-bucket/ZZINPUT/',
    success: ['ZZKEY/a'],
    warning: [['ZZKEY/w', 45056]],
    failure: [['ZZKEY/b', 'ValidationException', "There is no 'ZZREASON' 1.2.3"]],
  });
  const markers = async (...args: string[]) => {
    const { stdout, stderr } = await runCli(['report', marked, ...args]);
    expect(stderr).not.toContain('ZZ');
    return [...new Set(stdout.match(/ZZ[A-Z]+/g))].sort();
  };
  for (const format of ['table', 'json', 'html']) {
    expect(await markers('--format', format)).toEqual([]);
    expect(await markers('--format', format, '--failures')).toEqual(['ZZKEY', 'ZZREASON']);
  }
  expect(await markers('--format', 'csv')).toEqual(['ZZKEY', 'ZZREASON']);
});

describe('--reconcile', () => {
  const place = 's3://out-bucket/reconciled/';
  const put = (bucket: string, key: string, text = 'x') =>
    imaging.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
  const putJob = async (given: Given) => {
    for (const [file, text] of Object.entries(filesOf(given))) {
      await put(
        'out-bucket',
        `reconciled/${folderOf(given.jobId)}/${MANIFEST_FILES[file as ManifestFile]}`,
        text,
      );
    }
  };
  const inputS3Uri = 's3://in-bucket/source/';

  test('says in one sentence that the source is fully accounted for, and only then', async () => {
    for (const key of ['', 'a', 'b', 'ü', '\u{1F600}', '\uFF5E']) await put('in-bucket', `source/${key}`);
    const keys = ['a', 'b', 'ü', '\u{1F600}', '\uFF5E'].map((key) => `source/${key}`);
    await putJob({ jobId: 'all', inputS3Uri, success: keys });
    const { status, report } = await reported(place, '--reconcile');
    expect(status).toBe(0);
    expect(report.reconciliation).toEqual({
      outcome: 'ACCOUNTED',
      summary: 'The source is fully accounted for: all of 5 objects were imported.',
      prefixes: 1,
      listed: 5,
      imported: 5,
      importedWithWarning: 0,
      lostPixels: 0,
      refused: 0,
      unaccounted: 0,
      notListed: 0,
    });
    const { stdout } = await runCli(['report', place, '--reconcile'], imaging.env);
    expect(stdout).toContain('The source\n  The source is fully accounted for');
  });

  test('counts what a later job refused, and pixel data that were lost', async () => {
    // Written later than the first one: the clock of S3 has seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await putJob({
      jobId: 'later',
      inputS3Uri: `${inputS3Uri}sub/`,
      failure: [['source/a', ...SLOW]],
      warning: [['source/b', 45329]],
    });
    const { status, report } = await reported(place, '--reconcile');
    expect(status).toBe(16);
    expect(report.reconciliation).toMatchObject({
      outcome: 'NOT_ALL_IMPORTED',
      prefixes: 1,
      listed: 5,
      imported: 4,
      importedWithWarning: 1,
      lostPixels: 1,
      refused: 1,
    });
    expect(report.reconciliation?.summary).not.toMatch(/fully accounted/);
  });

  test('names what no job has read and what no list has, only with --failures or in the ledger', async () => {
    await put('in-bucket', 'source/new');
    await putJob({ jobId: 'gone', inputS3Uri, success: ['source/gone'] });
    const { status, report, stdout } = await reported(place, '--reconcile');
    expect(status).toBe(17);
    expect(report.reconciliation).toMatchObject({ outcome: 'NOT_ACCOUNTED', unaccounted: 1, notListed: 1 });
    expect(stdout).not.toContain('source/');
    const page = await runCli(['report', place, '--reconcile', '--format', 'html'], imaging.env);
    expect(page.stdout).toContain('<tr><th scope="row">In no manifest</th><td class="number">1</td></tr>');
    expect(page.stdout).not.toContain('source/');
    const named = await reported(place, '--reconcile', '--failures');
    expect(named.report).toMatchObject({
      failedFiles: [{ file: 'source/a' }],
      unreadFiles: ['s3://in-bucket/source/new'],
      unlistedFiles: ['s3://in-bucket/source/gone'],
    });
    const table = await runCli(['report', place, '--reconcile', '--failures'], imaging.env);
    expect(table.stdout).toContain('Objects that no manifest names\n  s3://in-bucket/source/new\n');
    const ledger = await runCli(['report', place, '--reconcile', '--format', 'csv'], imaging.env);
    expect(ledger.stdout.split('\r\n').slice(-3)).toEqual([
      'in-bucket,source/new,,,unaccounted,NOT_READ,,,,,0',
      'in-bucket,source/gone,,,unaccounted,NOT_LISTED,,,,,0',
      '',
    ]);
  });

  test('lists the prefixes of --inputs instead', async () => {
    const inputs = join(folder, 'sources.txt');
    await writeFile(inputs, 's3://in-bucket/source/\ns3://in-bucket/source/n\n');
    const { report } = await reported(place, '--reconcile', '--inputs', inputs);
    expect(report.reconciliation).toMatchObject({ prefixes: 1, listed: 6 });
  });
});
