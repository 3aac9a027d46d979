import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { datastoreId, raw } from '../../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { type Imaging, sleepOn, startImaging } from '../imaging.ts';
import { plain, runCli, tooWide, unwrapped } from '../run-cli.ts';
import { importRecordSchema, startedSchema } from '../schemas.ts';
import { ended, runBoth, startCli, startOnTerminal } from '../start-cli.ts';

const ROLE = 'arn:aws:iam::111122223333:role/import';
const start = (...options: string[]) => [
  ...['start', '--datastore-id', datastoreId, '--role-arn', ROLE],
  ...['--input', 's3://in-bucket/in/', '--output', 's3://out-bucket/out/'],
  // Of an option that is given twice the later value counts.
  ...options,
];

let imaging: Imaging;
let folder: string;
beforeAll(async () => {
  imaging = await startImaging();
  sleepOn(imaging.clock);
  for (const { name, bytes } of writeStudy()) await imaging.put(`in/${name}`, bytes);
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
});
afterEach(() => imaging.simulator.faults.clear());
afterAll(async () => {
  await imaging.stop();
  await rm(folder, { recursive: true, force: true });
});

const jobs = async () =>
  (await raw(imaging.simulator.endpoint, 'GET', `/listDICOMImportJobs/datastore/${datastoreId}`)).body
    .jobSummaries as unknown[];
const job = async (jobId: string) =>
  (await raw(imaging.simulator.endpoint, 'GET', `/getDICOMImportJob/datastore/${datastoreId}/job/${jobId}`))
    .body.jobProperties as Record<string, unknown>;

describe('an import job is started', () => {
  test('and its id is all that stands on standard output', async () => {
    const { status, stdout, stderr } = await runCli(start('--name', 'ward-3'), imaging.env);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await job(stdout.trim())).toMatchObject({
      jobName: 'ward-3',
      dataAccessRoleArn: ROLE,
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: `s3://out-bucket/out/${datastoreId}-DicomImport-${stdout.trim()}/`,
    });
    expect(stderr).toContain('Input: 7 files, ');
    expect(stderr).toContain(`    --job-id ${stdout.trim()}\n`);
    expect(tooWide(stderr)).toEqual([]);
  });

  test('and reported as JSON, with --quiet nothing else', async () => {
    const { status, stdout, stderr } = await runCli(start('--json', '--quiet'), imaging.env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(startedSchema.parse(JSON.parse(stdout))).toMatchObject({ datastoreId, jobStatus: 'SUBMITTED' });
  });

  test('and waited for, with the status of its outcome', async () => {
    const { status, stdout, stderr } = await runCli(start('--wait', '--json'), imaging.env);
    expect(status).toBe(11);
    const record = importRecordSchema.parse(JSON.parse(stdout));
    expect(record).toMatchObject({ outcome: 'PARTIALLY_FAILED', files: { scanned: 7 } });
    expect(stderr).toContain(`Started import job ${record.jobId}.\n`);
  });

  test('once, although HealthImaging throttles, has trouble and drops the connection', async () => {
    const before = (await jobs()).length;
    for (const kind of ['throttle', '500', 'drop'] as const) {
      imaging.simulator.faults.request({
        kind,
        operation: 'StartDICOMImportJob',
        times: kind === 'drop' ? 1 : 2,
      });
    }
    const { status, stderr } = await runCli(start(), imaging.env);
    expect(status).toBe(0);
    expect(stderr).toContain('StartDICOMImportJob: ThrottlingException, HTTP 429; trying again\n');
    expect(stderr).toContain('StartDICOMImportJob: InternalServerException, HTTP 500; trying again\n');
    expect(await jobs()).toHaveLength(before + 1);
  });

  test('once for a client token', async () => {
    const [one, two] = [
      await runCli(start('--client-token', 'nightly-1'), imaging.env),
      await runCli(start('--client-token', 'nightly-1'), imaging.env),
    ];
    expect(one.stdout).toBe(two.stdout);
    const other = await runCli(start('--client-token', 'nightly-1', '--name', 'other'), imaging.env);
    expect(other).toMatchObject({ status: 1, stdout: '' });
    expect(other.stderr).toContain('ConflictException');
  });

  test('by the built command, too', async () => {
    const ran = await runBoth(start('--client-token', 'nightly-2'), imaging.env);
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[0-9a-f]{32}\n$/) });
  });

  test('with an import configuration, which the SDK would drop', async () => {
    const configuration = {
      dicomJsonMetadataImportConfiguration: {
        dicomMetadataMappings: [{ studyInstanceUID: '1.2.3', metadataFilePath: 'meta/1.json' }],
      },
    };
    const file = join(folder, 'good.json');
    await writeFile(file, JSON.stringify(configuration));
    await imaging.put('configured/1.dcm', writeStudy()[0]?.bytes ?? '');
    const options = ['--input', 's3://in-bucket/configured', '--import-configuration', file];
    const without = await runCli(start(...options), imaging.env);
    expect(without).toMatchObject({ status: 1, stdout: '' });
    expect(unwrapped(without.stderr)).toContain('names 1 metadata file that is not there.');
    await imaging.put('configured/meta/1.json', '{}');
    const { status, stdout, stderr } = await runCli(start(...options), imaging.env);
    expect(stderr).toContain('Input: 1 file, ');
    expect(status).toBe(0);
    expect(await job(stdout.trim())).toMatchObject({ importConfiguration: configuration });
  });
});

describe('what may have been started', () => {
  test('is reported when the time is over, with the token that makes another try harmless', async () => {
    imaging.simulator.faults.request({ kind: 'drop', operation: 'StartDICOMImportJob' });
    // A process: the command tries again until that ends.
    const { status, stdout, stderr } = await ended(startCli(start('--timeout', '1s'), imaging.env));
    expect({ status, stdout }).toEqual({ status: 124, stdout: '' });
    expect(stderr).toMatch(/Not started after 1 s\. .*\n.*\n? {2}--client-token [0-9a-f-]{36}\n$/);
  });

  test('is reported on Ctrl-C', async () => {
    imaging.simulator.faults.request({ kind: 'drop', operation: 'StartDICOMImportJob' });
    const terminal = startOnTerminal(start('--client-token', 'mine'), imaging.env);
    await terminal.until(/next try in \d s/);
    terminal.pty.write('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(plain(terminal.shown())).toContain('--client-token mine');
  });

  test('is nothing where every try was refused', async () => {
    imaging.simulator.faults.request({ kind: 'throttle', operation: 'StartDICOMImportJob' });
    const { status, stderr } = await ended(startCli(start('--timeout', '1s'), imaging.env));
    expect(status).toBe(124);
    expect(unwrapped(stderr)).toMatch(/Not started after 1 s\. Nothing was started\. $/);
  });

  test.each([
    ['nobody listens', 'http://127.0.0.1:1', 'Nothing answers there.'],
    ['the host is not known', 'http://nowhere.invalid', 'no host of this name'],
  ])('is nothing where %s', async (_, endpoint, message) => {
    const env = { ...imaging.env, AWS_ENDPOINT_URL_MEDICAL_IMAGING: endpoint };
    const { status, stdout, stderr } = await runCli(start(), env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
    expect(stderr).toMatch(/\nNothing was started\.\n$/);
    expect(stderr).not.toContain('--client-token');
  });
});

describe('an input that looks wrong', () => {
  let before: number;
  beforeEach(() => {
    before = imaging.simulator.requests.StartDICOMImportJob ?? 0;
  });

  test.each([
    [
      'an empty prefix',
      ['--input', 's3://in-bucket/nothing/'],
      'There is no file in s3://in-bucket/nothing/.',
    ],
    ['a whole bucket', ['--input', 's3://in-bucket'], 'The input is a whole bucket.'],
    ['no bucket', ['--input', 's3://no-bucket/in/'], 'There is no bucket no-bucket.'],
    ['an output in the input', ['--output', 's3://in-bucket/in/out'], 'The output is inside the input'],
    [
      'an output that is the input, without its slash',
      ['--output', 's3://in-bucket/in'],
      'The output is inside the input',
    ],
    [
      'a prefix without a slash',
      ['--input', 's3://in-bucket/in/s'],
      'The prefix also matches 5 files that are not in its folder.',
    ],
  ])('such as %s starts nothing', async (_, options, message) => {
    const { status, stdout, stderr } = await runCli(start(...options), imaging.env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
    expect(stderr).toContain('Nothing was started.');
    expect(imaging.simulator.requests.StartDICOMImportJob ?? 0).toBe(before);
  });

  test('such as files that are not DICOM is reported with all other problems, and started with --force', async () => {
    await imaging.put('stray/ZZDOE^JOHN 1970-01-01.txt', 'x');
    const options = ['--input', 's3://in-bucket/stray/', '--output', 's3://no-bucket/out/'];
    const refused = await runCli(start(...options), imaging.env);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('There is no bucket no-bucket.');
    expect(refused.stderr).toContain('By their names, 1 file (1 .txt) is not DICOM.');
    expect(refused.stderr).not.toContain('ZZDOE');
    expect(refused.stderr).toMatch(/--force\. To have these files named: --names\.\n$/);
    const named = await runCli(start(...options, '--names'), imaging.env);
    expect(unwrapped(named.stderr)).toContain('1 file (stray/ZZDOE^JOHN 1970-01-01.txt) is not DICOM.');
    expect(named.stderr).not.toContain('--names');
    expect(tooWide(refused.stderr)).toEqual([]);
    const forced = await runCli(start(...options, '--force'), imaging.env);
    expect(forced.status).toBe(0);
    expect(forced.stderr).not.toContain('ZZDOE');
    expect(imaging.simulator.requests.StartDICOMImportJob).toBe(before + 1);
  });

  describe('in S3 that answers otherwise', () => {
    let s3: Server;
    let env: Record<string, string>;
    let answer: { status: number; headers: Record<string, string> };
    beforeAll(async () => {
      s3 = createServer((_, response) => response.writeHead(answer.status, answer.headers).end());
      await new Promise<void>((resolve) => s3.listen(0, '127.0.0.1', resolve));
      env = { ...imaging.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(s3.address() as AddressInfo).port}` };
    });
    afterAll(() => void s3.close());

    test('such as buckets of another region starts nothing', async () => {
      answer = { status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } };
      const { status, stderr } = await runCli(start(), env);
      expect(status).toBe(1);
      expect(stderr).toContain('The bucket in-bucket is in eu-west-1, the data store in us-east-1.');
      expect(stderr).toContain('The bucket out-bucket is in eu-west-1, the data store in us-east-1.');
      expect(unwrapped(stderr)).toContain('us-east-1. Add --input-owner with the account of the bucket');
    });

    test('is an output of another region, but no input whose owner is named', async () => {
      answer = { status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } };
      const { status, stderr } = await runCli(start('--input-owner', '111122223333'), env);
      expect(status).toBe(1);
      expect(stderr).not.toMatch(/in-bucket is|--input-owner/);
      expect(unwrapped(stderr)).toContain(
        'The bucket out-bucket is in eu-west-1, the data store in us-east-1. Choose an output',
      );
    });

    test('is left to HealthImaging where these credentials may not look', async () => {
      answer = { status: 403, headers: {} };
      const { status, stderr } = await runCli(start(), env);
      expect(status).toBe(0);
      expect(stderr).toContain('The input was not checked');
    });
  });
});

describe('wrong input', () => {
  test.each([
    [
      ['start'],
      "required options '--datastore-id <id>', '--role-arn <arn>', '--input <uri>', '--output <uri>' not specified",
    ],
    [start('--role-arn', 'arn:aws:iam::1:user/x'), 'Expected the ARN of a role'],
    [start('--input', 'in-bucket/in/'), 'Expected s3://bucket/prefix/'],
    [start('--output', 's3://UPPER/'), 'Expected s3://bucket/prefix/'],
    [start('--name', 'two words'), 'Expected 1 to 64 characters'],
    [start('--input-owner', '123'), 'Expected 12 digits'],
    [start('--client-token', ''), 'Expected 1 to 64 characters'],
  ])('%j ends with 2', async (args, message) => {
    const { status, stdout, stderr } = await runCli(args, imaging.env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test.each([
    ['missing', undefined, 'cannot be read (ENOENT: it is not there)'],
    ['text', 'not json', 'is not JSON'],
    ['other', '{"a": 1}', 'is wrong at dicomJsonMetadataImportConfiguration'],
    [
      'of Windows',
      Buffer.from('\uFEFF{"a": 1}', 'utf16le'),
      'is wrong at dicomJsonMetadataImportConfiguration',
    ],
    [
      'uid',
      '{"dicomJsonMetadataImportConfiguration":{"dicomMetadataMappings":[{"studyInstanceUID":"DOE","metadataFilePath":"a"}]}}',
      'dicomMetadataMappings.0.studyInstanceUID: expected a UID',
    ],
  ])(
    'an import configuration that is %s ends with 1',
    async (name: string, content: string | Buffer | undefined, message: string) => {
      const file = join(folder, `${name}.json`);
      if (content !== undefined) await writeFile(file, content);
      const { status, stdout, stderr } = await runCli(start('--import-configuration', file), imaging.env);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(unwrapped(stderr)).toContain(message);
      expect(stderr).not.toContain('DOE');
    },
  );

  test('what HealthImaging refuses is reported in its own words', async () => {
    imaging.simulator.faults.request({ kind: 'denied', operation: 'StartDICOMImportJob' });
    const { status, stdout, stderr } = await runCli(start(), imaging.env);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('(AccessDeniedException, HTTP 403: ');
    expect(stderr).not.toContain('--client-token');
  });
});
