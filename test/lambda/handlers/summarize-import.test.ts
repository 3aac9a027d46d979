import {
  GetDICOMImportJobCommand,
  type JobStatus,
  MedicalImagingClient,
  ResourceNotFoundException,
  ThrottlingException,
} from '@aws-sdk/client-medical-imaging';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { summarizeImport } from '../../../lambda/handlers/summarize-import.ts';
import { log } from '../../../lambda/runtime/log.ts';
import { recordMetrics } from '../../support/alarms.ts';
import { mockClient } from '../../support/mock-client.ts';
import {
  body,
  connectionReset,
  DISCLOSURE,
  datastoreId,
  executionArn,
  job,
  jobId,
  SECRET,
  StillTime,
  submittedAt,
  thrownBy,
} from '../given.ts';

const healthImaging = mockClient(MedicalImagingClient);
const store = mockClient(S3Client);
const folder = `out/${datastoreId}-DicomImport-${jobId}/`;
const keys = {
  job: `${folder}job-output-manifest.json`,
  success: `${folder}SUCCESS/success.ndjson`,
  failure: `${folder}FAILURE/failure.ndjson`,
  warning: `${folder}WARNING/warning.ndjson`,
};
const counters = {
  jobId,
  numberOfScannedFiles: 2,
  numberOfImportedFiles: 2,
  numberOfFilesWithCustomerError: 0,
  numberOfFilesWithServerError: 0,
  numberOfGeneratedImageSets: 1,
};
const successLine = '{"inputFile":"in/1.dcm","importResponse":{"imageSetId":"set1","isPrimary":true}}\n';
const failureLine = '{"inputFile":"in/2.dcm","exception":{"exceptionType":"X","message":"No"}}\n';
/** The job ends a minute after it was submitted. */
const ENDED = 60;

const noSuchKey = () =>
  new NoSuchKey({ message: SECRET, $metadata: { httpStatusCode: 404, requestId: 'request-1' } });
const refusal = (httpStatusCode: number, name: string) =>
  new S3ServiceException({
    name,
    message: SECRET,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode, requestId: 'request-1' },
  });

function answer(jobStatus: JobStatus, more: object = {}) {
  healthImaging.on(GetDICOMImportJobCommand).resolves({
    jobProperties: {
      ...job,
      jobStatus,
      jobName: 'name',
      dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: `s3://out-bucket/${folder}`,
      submittedAt,
      ...(jobStatus === 'COMPLETED' || jobStatus === 'FAILED'
        ? { endedAt: new Date(submittedAt.getTime() + ENDED * 1000) }
        : {}),
      ...more,
    },
  });
}

function object(file: keyof typeof keys) {
  return store.on(GetObjectCommand, { Bucket: 'out-bucket', Key: keys[file] });
}

beforeEach(() => {
  process.env.DISCLOSURE = DISCLOSURE;
  log.setLogLevel('SILENT');
  healthImaging.reset();
  store.reset();
  answer('COMPLETED');
  object('job').callsFake(async () => body(JSON.stringify({ jobSummary: counters })));
  object('success').callsFake(async () => body(successLine, successLine));
  object('failure').rejects(noSuchKey());
  object('warning').rejects(noSuchKey());
  store.on(ListObjectsV2Command).callsFake(async ({ Prefix }) => ({ Contents: [{ Key: Prefix }] }));
});

/** So many seconds after the end of the job. */
function summarize(secondsAfterEnd = 10, check?: object) {
  const event = {
    watch: { ...job, ...(check && { check }) },
    watchStartedAt: submittedAt.toISOString(),
    executionArn,
  };
  return summarizeImport(new StillTime(ENDED + secondsAfterEnd))(event);
}

const data = async (secondsAfterEnd?: number) => (await summarize(secondsAfterEnd)).detail.data;
const read = () => store.commandCalls(GetObjectCommand).map((call) => call.args[0].input.Key);

describe('a manifest that is there', () => {
  test('is read, with its lines, once', async () => {
    const report = await summarize();
    expect(report.detail.data).toMatchObject({
      outcome: 'SUCCEEDED',
      durationSeconds: 60,
      files: { scanned: 2, imported: 2 },
      discrepancies: [],
    });
    expect(report.detail.metadata.publishedAt).toBe('2026-01-02T03:05:15.678Z');
    expect(read().sort()).toEqual(Object.values(keys).sort());
  });

  test('may come in pieces that split lines and characters', async () => {
    object('success').callsFake(async () =>
      body(successLine.slice(0, 20), successLine.slice(20), successLine),
    );
    const [begin, end] = [failureLine.slice(0, -5), failureLine.slice(-5)];
    object('failure').callsFake(async () => body(begin, end));
    const jobSummary = { ...counters, numberOfScannedFiles: 3, numberOfFilesWithCustomerError: 1 };
    object('job').callsFake(async () => body('{"jobSummary":', `${JSON.stringify(jobSummary)}}`));
    await expect(data()).resolves.toMatchObject({
      outcome: 'PARTIALLY_FAILED',
      failures: [{ exceptionType: 'X', message: 'No', count: 1 }],
      discrepancies: [],
    });
  });

  test('may be cut anywhere on its way, within a character, too', async () => {
    process.env.DISCLOSURE = DISCLOSURE.replace('"inEvents":false', '"inEvents":true');
    const line = '{"inputFile":"Schädel","exception":{"exceptionType":"X","message":"Fehlt"}}\n';
    const bytes = Buffer.from(line.repeat(3));
    object('failure').callsFake(async () => body(...Array.from(bytes, (byte) => Buffer.from([byte]))));
    await expect(data()).resolves.toMatchObject({
      failures: [{ exceptionType: 'X', message: 'Fehlt', count: 3, sampleFiles: Array(3).fill('Schädel') }],
    });
  });

  test.each([
    [
      'whose type cannot be made text',
      '{"exception":{"exceptionType":{"toString":null},"message":"m"}}',
      'Unknown',
    ],
    ['that is long beyond reason', 'a'.repeat(1_000_000), undefined],
    ['of brackets', '['.repeat(100_000), undefined],
  ])('may have a line %s, which is counted and no outage of S3', async (_, line, exceptionType) => {
    object('failure').callsFake(async () => body(`${line}\n`, failureLine));
    await expect(data()).resolves.toMatchObject({
      outcome: 'PARTIALLY_FAILED',
      files: { rejected: 2 },
      failures: [...(exceptionType ? [{ exceptionType, count: 1 }] : []), { exceptionType: 'X', count: 1 }],
      discrepancies: expect.arrayContaining([
        'the manifest counts 0 files rejected, FAILURE/failure.ndjson holds 2 lines',
      ]),
    });
  });

  test('may have Windows line ends and no last one', async () => {
    object('success').callsFake(async () => body(`${successLine.trim()}\r\n${successLine.trim()}`));
    await expect(data()).resolves.toMatchObject({ outcome: 'SUCCEEDED', discrepancies: [] });
  });

  test('may have empty line files instead of none', async () => {
    object('failure').callsFake(async () => body());
    object('warning').callsFake(async () => body());
    await expect(data()).resolves.toMatchObject({ outcome: 'SUCCEEDED', discrepancies: [] });
  });

  test('of a FAILED job is read too', async () => {
    answer('FAILED', { message: 'DICOM import job has failed.' });
    await expect(data()).resolves.toMatchObject({
      outcome: 'FAILED',
      message: 'DICOM import job has failed.',
      files: { imported: 2 },
    });
  });

  test('without a jobId is taken for that of the job', async () => {
    object('job').callsFake(async () =>
      body(JSON.stringify({ jobSummary: { ...counters, jobId: undefined } })),
    );
    await expect(data()).resolves.toMatchObject({ outcome: 'SUCCEEDED' });
  });

  test('below the prefix that the job was started with is found', async () => {
    answer('COMPLETED', { outputS3Uri: 's3://out-bucket/out' });
    await expect(data()).resolves.toMatchObject({ outcome: 'SUCCEEDED' });
  });

  test.each(['success', 'failure', 'warning'] as const)(
    'whose %s.ndjson is forbidden is no clean success',
    async (file) => {
      object(file).rejects(refusal(403, 'AccessDenied'));
      await expect(data()).resolves.toMatchObject({
        outcome: 'SUCCEEDED_WITH_WARNINGS',
        discrepancies: [`${file.toUpperCase()}/${file}.ndjson could not be read (forbidden)`],
      });
    },
  );
});

describe('a manifest whose lines are not there yet', () => {
  const late: [string, object, 'success' | 'failure', string][] = [
    ['imported files', {}, 'success', '2 files imported, SUCCESS/success.ndjson'],
    [
      'refused files',
      { numberOfScannedFiles: 3, numberOfFilesWithCustomerError: 1 },
      'failure',
      '1 files rejected, FAILURE/failure.ndjson',
    ],
    [
      'server errors',
      { numberOfScannedFiles: 3, numberOfFilesWithServerError: 1 },
      'failure',
      '1 files rejected, FAILURE/failure.ndjson',
    ],
  ];
  const given = (more: object, file: 'success' | 'failure') => {
    object('job').callsFake(async () => body(JSON.stringify({ jobSummary: { ...counters, ...more } })));
    object(file).rejects(noSuchKey());
  };

  test.each(late)('those of %s, is read again within five minutes', async (_, more, file) => {
    given(more, file);
    const thrown = await thrownBy(() => summarize(299));
    expect([thrown.name, thrown.message]).toEqual(['ManifestNotReady', 'lines are missing, looking again']);
  });

  test.each(late)('those of %s, is reported after that', async (_, more, file, gap) => {
    given(more, file);
    await expect(data(300)).resolves.toMatchObject({
      discrepancies: [`the manifest counts ${gap} holds 0 lines`],
    });
  });

  test('is not waited for where the job FAILED', async () => {
    answer('FAILED');
    given({}, 'success');
    await expect(data(0)).resolves.toMatchObject({ outcome: 'FAILED' });
  });
});

test('a manifest that S3 only says is elsewhere is not taken for a forbidden one', async () => {
  object('job').rejects(refusal(301, 'PermanentRedirect'));
  expect((await thrownBy(() => summarize(300))).name).toBe('ManifestStoreUnavailable');
});

describe('a manifest that cannot be read', () => {
  const unreadable: [string, string, () => void][] = [
    ['is missing', 'MANIFEST_MISSING', () => object('job').rejects(noSuchKey())],
    [
      'is in a bucket that is gone',
      'MANIFEST_MISSING',
      () => object('job').rejects(refusal(404, 'NoSuchBucket')),
    ],
    ['is forbidden', 'MANIFEST_FORBIDDEN', () => object('job').rejects(refusal(403, 'AccessDenied'))],
    [
      'is forbidden, and so is the list',
      'MANIFEST_FORBIDDEN',
      () => {
        object('job').rejects(refusal(403, 'AccessDenied'));
        store.on(ListObjectsV2Command).rejects(refusal(403, 'AccessDenied'));
      },
    ],
    [
      'is missing, which S3 tells only those who may list',
      'MANIFEST_MISSING',
      () => {
        object('job').rejects(refusal(403, 'AccessDenied'));
        store.on(ListObjectsV2Command, { Bucket: 'out-bucket', Prefix: keys.job, MaxKeys: 1 }).resolves({});
      },
    ],
    [
      'is missing beside one whose key begins alike',
      'MANIFEST_MISSING',
      () => {
        object('job').rejects(refusal(403, 'AccessDenied'));
        store.on(ListObjectsV2Command).resolves({ Contents: [{ Key: `${keys.job}.old` }] });
      },
    ],
    [
      'has a key that is disabled',
      'MANIFEST_FORBIDDEN',
      () => object('job').rejects(refusal(400, 'KMS.DisabledException')),
    ],
    ['is corrupt', 'MANIFEST_CORRUPT', () => object('job').callsFake(async () => body('{"jobSummary":{'))],
    [
      'is too large',
      'MANIFEST_CORRUPT',
      () =>
        object('job').callsFake(async () =>
          body(...Array(9).fill(' '.repeat(1024 * 1024)), JSON.stringify({ jobSummary: counters })),
        ),
    ],
    ['is empty', 'MANIFEST_CORRUPT', () => object('job').callsFake(async () => body())],
    [
      'is of another job',
      'MANIFEST_CORRUPT',
      () =>
        object('job').callsFake(async () =>
          body(JSON.stringify({ jobSummary: { ...counters, jobId: 'a'.repeat(32) } })),
        ),
    ],
  ];

  test.each(unreadable)('because it %s is looked for again within five minutes', async (_, reason, given) => {
    given();
    const thrown = await thrownBy(() => summarize(299));
    expect([thrown.name, thrown.message]).toEqual(['ManifestNotReady', `${reason}, looking again`]);
  });

  test.each(unreadable)('because it %s makes the import UNVERIFIED after that', async (_, reason, given) => {
    given();
    const { outcome, unverifiedReason, files } = await data(300);
    expect([outcome, unverifiedReason, files]).toEqual(['UNVERIFIED', reason, undefined]);
    expect(read()).toEqual([keys.job]);
  });

  test('because the list does not answer is read again', async () => {
    object('job').rejects(refusal(403, 'AccessDenied'));
    store.on(ListObjectsV2Command).rejects(refusal(503, 'SlowDown'));
    expect((await thrownBy(() => summarize(300))).name).toBe('ManifestStoreUnavailable');
  });

  test('of a FAILED job is not waited for', async () => {
    answer('FAILED');
    object('job').rejects(noSuchKey());
    await expect(data(0)).resolves.toMatchObject({ outcome: 'FAILED', summary: 'The job failed.' });
  });

  test('because nobody says where: UNVERIFIED, and S3 is not asked', async () => {
    answer('COMPLETED', { outputS3Uri: undefined });
    await expect(data(0)).resolves.toMatchObject({
      outcome: 'UNVERIFIED',
      unverifiedReason: 'MANIFEST_MISSING',
    });
    expect(read()).toEqual([]);
  });

  test('because its place is no S3 URI fails, without repeating it', async () => {
    answer('COMPLETED', { outputS3Uri: SECRET });
    const thrown = await thrownBy(() => summarize());
    expect(thrown.message).toBe('outputS3Uri is not an S3 URI, expected s3://bucket/prefix');
  });
});

describe('S3 that cannot answer now', () => {
  const broken: [string, string, (file: keyof typeof keys) => void][] = [
    [
      'throttles',
      'GetObject: SlowDown, HTTP 503, request request-1',
      (file) => object(file).rejects(refusal(503, 'SlowDown')),
    ],
    [
      'throttles otherwise',
      'GetObject: TooManyRequests, HTTP 429, request request-1',
      (file) => object(file).rejects(refusal(429, 'TooManyRequests')),
    ],
    [
      'has an internal error',
      'GetObject: InternalError, HTTP 500, request request-1',
      (file) => object(file).rejects(refusal(500, 'InternalError')),
    ],
    ['is not reached', 'GetObject: ECONNRESET', (file) => object(file).rejects(connectionReset())],
    [
      'breaks off midway',
      'GetObject: ECONNRESET',
      (file) => object(file).callsFake(async () => body(successLine, '{"half', connectionReset())),
    ],
  ];
  const files = Object.keys(keys) as (keyof typeof keys)[];

  test.each(
    broken.flatMap(([what, message, given]) => files.map((file) => ({ what, message, given, file }))),
  )('$what, at the file $file: ManifestStoreUnavailable, however late', async ({ message, given, file }) => {
    given(file);
    const thrown = await thrownBy(() => summarize(10_000));
    expect([thrown.name, thrown.message]).toEqual(['ManifestStoreUnavailable', message]);
    expect(thrown.cause).toBeUndefined();
  });
});

describe('the read of the job', () => {
  test.each<[JobStatus, string]>([
    ['IN_PROGRESS', 'COMPLETED'],
    ['SUBMITTED', 'FAILED'],
  ])('that is older than the check, %s after %s, is done again', async (jobStatus, before) => {
    answer(jobStatus);
    const thrown = await thrownBy(() =>
      summarize(0, { next: 'finished', jobStatus: before, waitSeconds: 1 }),
    );
    expect([thrown.name, thrown.message]).toEqual([
      'StaleRead',
      `the job is ${jobStatus}, but was ${before} before`,
    ]);
    expect(read()).toEqual([]);
  });

  test('that does not find the job any more is done again too', async () => {
    healthImaging
      .on(GetDICOMImportJobCommand)
      .rejects(new ResourceNotFoundException({ message: SECRET, $metadata: { httpStatusCode: 404 } }));
    await expect(
      summarize(0, { next: 'finished', jobStatus: 'COMPLETED', waitSeconds: 1 }),
    ).rejects.toMatchObject({ name: 'StaleRead' });
  });

  test('that fails says so by name', async () => {
    healthImaging
      .on(GetDICOMImportJobCommand)
      .rejects(new ThrottlingException({ message: SECRET, $metadata: { httpStatusCode: 429 } }));
    await expect(summarize()).rejects.toMatchObject({ name: 'HealthImagingUnavailable' });
  });

  test('of an abandoned job that runs on gives ABANDONED, and S3 is not asked', async () => {
    answer('IN_PROGRESS');
    const check = { next: 'abandoned', jobStatus: 'IN_PROGRESS', waitSeconds: 1 };
    const { detail } = await summarize(0, check);
    expect(detail.data).toMatchObject({ outcome: 'ABANDONED', jobStatus: 'IN_PROGRESS' });
    expect(read()).toEqual([]);
  });

  test('of an abandoned job that ended after all gives what it came to', async () => {
    const check = { next: 'abandoned', jobStatus: 'IN_PROGRESS', waitSeconds: 1 };
    const { detail } = await summarize(0, check);
    expect(detail.data.outcome).toBe('SUCCEEDED');
  });
});

describe('what is logged and measured', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  });

  test('is the verdict with its counts, and why files were refused by type', async () => {
    const logged = vi.spyOn(log, 'info').mockReturnValue();
    const samples = recordMetrics(() => 0);
    const summary = { ...counters, numberOfImportedFiles: 1, numberOfFilesWithCustomerError: 1 };
    object('job').callsFake(async () => body(JSON.stringify({ jobSummary: summary })));
    object('success').callsFake(async () => body(successLine));
    object('failure').callsFake(async () => body(failureLine));
    const { receipt } = await summarize(10, { next: 'finished', jobStatus: 'COMPLETED', checks: 4 });
    expect(logged.mock.calls).toEqual([
      ['summarized', { executionArn, ...receipt }],
      ['files refused', { executionArn, exceptionType: 'X', count: 1 }],
    ]);
    expect(receipt).toMatchObject({ ...job, outcome: 'PARTIALLY_FAILED' });
    expect(Object.fromEntries(samples.map(({ name, value }) => [name, value]))).toEqual({
      ImportsFinished: 1,
      FilesImported: 1,
      FilesRejected: 1,
      WatchLag: 10,
      PollsPerWatch: 4,
      EventsLost: 0,
    });
  });
});

test('a payload that cannot be read calls nobody', async () => {
  await expect(summarizeImport(new StillTime(0))({ watch: {} })).rejects.toMatchObject({
    name: 'UnreadablePayload',
  });
  expect(healthImaging.calls()).toHaveLength(0);
});
