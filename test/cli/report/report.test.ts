import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../proof/fixtures/fake-clock.ts';
import { datastoreId } from '../../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { type Imaging, startImaging } from '../imaging.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { reportSchema } from '../schemas.ts';
import { ended, runBoth, startCli } from '../start-cli.ts';

const clock = new FakeClock();
let imaging: Imaging;
let jobId: string;
/** The manifests of the job, downloaded. */
let downloads: string;
let downloaded: string;
beforeAll(async () => {
  imaging = await startImaging({}, clock);
  // A name that a spreadsheet would run, and one with what CSV is made of.
  const [, noSopClass] = writeStudy().slice(-2);
  const files = [
    ...writeStudy(),
    { name: '=HYPERLINK("http:x"),1.dcm', bytes: noSopClass?.bytes ?? new Uint8Array() },
  ];
  jobId = await imaging.import(files, { inputS3Uri: 's3://in-bucket/in/' });
  await clock.pass(2);
  downloads = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
  downloaded = join(downloads, `${datastoreId}-DicomImport-${jobId}`);
  for (const name of ['job-output-manifest.json', 'SUCCESS/success.ndjson', 'FAILURE/failure.ndjson']) {
    await mkdir(dirname(join(downloaded, name)), { recursive: true });
    await writeFile(join(downloaded, name), (await imaging.output(jobId, name)) ?? '');
  }
});
afterAll(async () => {
  await imaging.stop();
  await rm(downloads, { recursive: true, force: true });
});

const job = () => ['report', '--datastore-id', datastoreId, '--job-id', jobId];
const inS3 = () => `s3://out-bucket/out/${datastoreId}-DicomImport-${jobId}/`;

test('of a job is its verdict, without the name of any file', async () => {
  const { status, stdout, stderr } = await runCli(job(), imaging.env);
  expect({ status, stderr }).toEqual({ status: 11, stderr: '' });
  expect(stdout).toContain('PARTIALLY_FAILED  5 of 8 files imported, 3 rejected.\n');
  expect(stdout).not.toMatch(/\.dcm|s3:/);
  expect(tooWide(stdout)).toEqual([]);
});

test('of the built command is the same', async () => {
  expect(await runBoth(job(), imaging.env)).toMatchObject({ status: 11, stderr: '' });
});

test('into a pipe that nobody reads keeps the status of the outcome', async () => {
  const child = startCli(['report', '--manifest', downloaded, '--failures']);
  const ran = ended(child);
  child.stdout.destroy();
  expect(await ran).toMatchObject({ status: 11, stderr: '' });
});

test('names the rejected files where it is asked to', async () => {
  const { stdout } = await runCli([...job(), '--failures'], imaging.env);
  expect(stdout).toContain(`
Rejected files
  in/=HYPERLINK("http:x"),1.dcm
    ValidationException: DICOM attribute SOPClassUID does not exist
  in/broken/garbage.dcm
    ValidationException: DICOM attributes does not exist
`);
});

test.each([
  ['a job', () => job(), true],
  ['a prefix of S3', () => ['report', '--manifest', inS3()], false],
  ['a prefix of S3 without its slash', () => ['report', '--manifest', inS3().slice(0, -1)], false],
  ['a folder', () => ['report', '--manifest', downloaded], false],
])('of %s is JSON that keeps its schema', async (_, args, knowsStatus) => {
  const { status, stdout, stderr } = await runCli([...args(), '--format', 'json', '--failures'], imaging.env);
  expect({ status, stderr }).toEqual({ status: 11, stderr: '' });
  const { jobStatus, ...report } = reportSchema.parse(JSON.parse(stdout));
  expect(jobStatus).toBe(knowsStatus ? 'COMPLETED' : undefined);
  expect(report).toMatchObject({
    outcome: 'PARTIALLY_FAILED',
    datastoreId,
    jobId,
    files: { scanned: 8, imported: 5, rejected: 3 },
    failedFiles: [
      { file: 'in/=HYPERLINK("http:x"),1.dcm' },
      {
        file: 'in/broken/garbage.dcm',
        exceptionType: 'ValidationException',
        message: 'DICOM attributes does not exist',
      },
      { file: 'in/broken/no-sop-class.dcm' },
    ],
  });
});

test('of a folder needs no AWS at all, and no name that tells the job', async () => {
  const { status, stdout } = await runCli(['report', '--manifest', `${downloaded}/`, '--json']);
  expect(status).toBe(11);
  expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({ jobId, outcome: 'PARTIALLY_FAILED' });
  const renamed = join(downloads, 'renamed');
  await mkdir(renamed);
  const summary = { numberOfScannedFiles: 0, numberOfImportedFiles: 0 };
  await writeFile(join(renamed, 'job-output-manifest.json'), JSON.stringify({ jobSummary: summary }));
  const nameless = await runCli(['report', '--manifest', renamed, '--json']);
  expect(nameless.status).toBe(12);
  expect(JSON.parse(nameless.stdout)).not.toHaveProperty('jobId');
  const text = await runCli(['report', '--manifest', renamed]);
  expect(text.stdout).not.toContain('undefined');
});

test('is CSV, in which nothing is a formula', async () => {
  const figures = await runCli([...job(), '--format', 'csv'], imaging.env);
  const [header = '', row = ''] = figures.stdout.split('\n');
  const named = Object.fromEntries(header.split(',').map((name, i) => [name, row.split(',')[i]]));
  expect(named).toMatchObject({
    outcome: 'PARTIALLY_FAILED',
    jobId,
    scanned: '8',
    imported: '5',
    rejected: '3',
  });
  const { stdout } = await runCli([...job(), '--format', 'csv', '--failures'], imaging.env);
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'file,exceptionType,message',
    '"in/=HYPERLINK(""http:x""),1.dcm",ValidationException,DICOM attribute SOPClassUID does not exist',
    'in/broken/garbage.dcm,ValidationException,DICOM attributes does not exist',
  ]);
});

describe('the text of others', () => {
  const hostile = (inputFile: string) =>
    JSON.stringify({ inputFile, exception: { exceptionType: '=1+1', message: '\u001b[2J"quoted"' } });
  let folder: string;
  beforeAll(async () => {
    folder = join(downloads, 'hostile');
    await mkdir(join(folder, 'FAILURE'), { recursive: true });
    const summary = { numberOfScannedFiles: 1, numberOfImportedFiles: 0, numberOfFilesWithCustomerError: 1 };
    await writeFile(join(folder, 'job-output-manifest.json'), JSON.stringify({ jobSummary: summary }));
    await writeFile(join(folder, 'FAILURE/failure.ndjson'), `${hostile('@SUM(1)')}\nnot json\n{}\n`);
  });

  test('is no formula in CSV', async () => {
    const { stdout } = await runCli(['report', '--manifest', folder, '--failures', '--format', 'csv']);
    expect(stdout).toBe(`file,exceptionType,message\n'@SUM(1),'=1+1,"\uFFFD[2J""quoted"""\n`);
  });

  test('is no command of the terminal in the table', async () => {
    const { stdout } = await runCli(['report', '--manifest', folder, '--failures']);
    expect(stdout).toContain('  @SUM(1)\n    =1+1: \uFFFD[2J"quoted"\n');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('lines that nobody expected', () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(downloads, 'unexpected');
    await mkdir(join(folder, 'FAILURE'), { recursive: true });
    const summary = { numberOfScannedFiles: 2, numberOfImportedFiles: 0, numberOfFilesWithCustomerError: 2 };
    const odd = '{"inputFile":"x","exception":{"exceptionType":{"toString":null},"message":{"toJSON":1}}}';
    const long = JSON.stringify({ inputFile: 'long', exception: { message: 'a'.repeat(1_000_000) } });
    await writeFile(join(folder, 'job-output-manifest.json'), JSON.stringify({ jobSummary: summary }));
    await writeFile(join(folder, 'FAILURE/failure.ndjson'), `${odd}\n${long}\n`);
  });

  test('are counted, and named where they can be read', async () => {
    const { status, stdout, stderr } = await runCli(['report', '--manifest', folder, '--failures', '--json']);
    expect({ status, stderr }).toEqual({ status: 12, stderr: '' });
    expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({
      outcome: 'NOTHING_IMPORTED',
      files: { rejected: 2 },
      failures: [{ exceptionType: 'Unknown', message: '', count: 1 }],
      failedFiles: [{ file: 'x', exceptionType: 'Unknown', message: '' }],
    });
  });

  test('are printed as a table, too', async () => {
    const { stdout } = await runCli(['report', '--manifest', folder, '--failures']);
    expect(stdout).toContain('Rejected files\n  x\n    Unknown:');
    expect(unwrapped(stdout)).toContain('FAILURE/failure.ndjson holds 1 line that cannot be read');
  });
});

describe('wrong input', () => {
  const BOTH = 'Name a job with both --datastore-id and --job-id, or its manifests with only --manifest.';
  test.each([
    [[], BOTH],
    [['--job-id', '1'], BOTH],
    [['--datastore-id', datastoreId, '--job-id', '1', '--manifest', '.'], BOTH],
    [['--manifest', 's3://'], 'Expected s3://bucket/prefix/ or a folder.'],
    [['--manifest', '.', '--format', 'xml'], 'Allowed choices are table, json, csv, html.'],
  ])('%j ends with 2', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['report', ...args], imaging.env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test.each([
    [() => ['--manifest', '/nonexistent'], 'There is no folder /nonexistent.'],
    [() => ['--manifest', join(downloaded, 'job-output-manifest.json')], 'is a file. Expected the folder'],
    [() => ['--manifest', join(downloaded, 'SUCCESS/success.ndjson/x')], 'cannot be read (ENOTDIR: a part'],
    [() => ['--manifest', downloads], 'There is no job-output-manifest.json in'],
    [
      () => ['--manifest', 's3://out-bucket/nothing'],
      'There is no job-output-manifest.json in s3://out-bucket/nothing',
    ],
    [() => ['--manifest', 's3://no-bucket/in/'], 'error: There is no bucket no-bucket.'],
    [() => ['--datastore-id', datastoreId, '--job-id', 'nobody'], 'HealthImaging knows no import job nobody'],
  ])('%# ends with 1', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['report', ...args()], imaging.env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test('a job that still runs has no verdict', async () => {
    const running = await imaging.start();
    const { status, stdout, stderr } = await runCli(
      ['report', '--datastore-id', datastoreId, '--job-id', running],
      imaging.env,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toContain(
      'there is no verdict yet. Wait for it with dicom-import-watcher wait.',
    );
  });
});
