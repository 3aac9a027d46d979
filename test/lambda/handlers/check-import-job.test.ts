import {
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AccessDeniedException,
  GetDICOMImportJobCommand,
  InternalServerException,
  type JobStatus,
  MedicalImagingClient,
  MedicalImagingServiceException,
  ResourceNotFoundException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-medical-imaging';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkImportJob } from '../../../lambda/handlers/check-import-job.ts';
import { log } from '../../../lambda/runtime/log.ts';
import { recordMetrics } from '../../support/alarms.ts';
import { mockClient } from '../../support/mock-client.ts';
import {
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
const table = mockClient(DynamoDBClient);
const DAY = 86_400;

beforeEach(() => {
  log.setLogLevel('SILENT');
  healthImaging.reset();
  process.env.POLL_INTERVAL_SECONDS = '1200';
  process.env.OVERDUE_AFTER_SECONDS = String(6 * 3600);
  process.env.GIVE_UP_AFTER_SECONDS = String(DAY);
  process.env.WATCHES_TABLE = 'watches';
  process.env.DISCLOSURE = DISCLOSURE;
  table.reset();
  table.on(GetItemCommand).resolves({});
});

/** A check so many seconds after the job was submitted and its watch began. */
function check(seconds = 3600, watch: object = {}) {
  const event = { watch: { ...job, ...watch }, watchStartedAt: submittedAt.toISOString(), executionArn };
  return checkImportJob(new StillTime(seconds))(event);
}

function answer(jobStatus: string, more: object = {}) {
  healthImaging.on(GetDICOMImportJobCommand).resolves({
    jobProperties: {
      ...job,
      jobStatus: jobStatus as JobStatus,
      jobName: 'name',
      dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: 's3://out-bucket/out/',
      submittedAt,
      ...more,
    },
  });
}

function metadata(httpStatusCode: number) {
  return { message: SECRET, $metadata: { httpStatusCode, requestId: 'request-1' } };
}

describe('the check', () => {
  test.each([
    ['SUBMITTED', { next: 'running', jobStatus: 'SUBMITTED', waitSeconds: 1198, known: true, checks: 1 }],
    ['IN_PROGRESS', { next: 'running', jobStatus: 'IN_PROGRESS', waitSeconds: 1198, known: true, checks: 1 }],
    ['COMPLETED', { next: 'finished', jobStatus: 'COMPLETED', waitSeconds: 1, known: true, checks: 1 }],
    ['FAILED', { next: 'finished', jobStatus: 'FAILED', waitSeconds: 1, known: true, checks: 1 }],
  ])('of a job that is %s', async (jobStatus, expected) => {
    answer(jobStatus);
    await expect(check()).resolves.toStrictEqual(expected);
    expect(healthImaging.commandCalls(GetDICOMImportJobCommand).map((call) => call.args[0].input)).toEqual([
      { datastoreId, jobId },
    ]);
  });

  test('takes the age from submittedAt, or from the watch where there is none', async () => {
    // 100 seconds before it is given up.
    answer('IN_PROGRESS', { submittedAt: new Date(submittedAt.getTime() - (DAY - 3700) * 1000) });
    await expect(check()).resolves.toMatchObject({ waitSeconds: 100 });
    answer('IN_PROGRESS', { submittedAt: undefined });
    await expect(check(DAY - 100)).resolves.toMatchObject({ waitSeconds: 100 });
  });

  test('looks again soon after news that the API does not confirm', async () => {
    answer('IN_PROGRESS');
    await expect(check(3600, { news: { jobStatus: 'COMPLETED' } })).resolves.toMatchObject({
      next: 'running',
      waitSeconds: 10,
    });
  });

  test('gives up when the environment says so', async () => {
    answer('IN_PROGRESS');
    table.on(GetItemCommand).resolves({ Item: { overdueEventId: { S: 'told' } } });
    await expect(check(DAY - 1)).resolves.toMatchObject({ next: 'running', waitSeconds: 1 });
    await expect(check(DAY)).resolves.toMatchObject({ next: 'abandoned' });
    process.env.GIVE_UP_AFTER_SECONDS = '3600';
    await expect(check(3600)).resolves.toMatchObject({ next: 'abandoned' });
  });

  test.each(['POLL_INTERVAL_SECONDS', 'OVERDUE_AFTER_SECONDS', 'GIVE_UP_AFTER_SECONDS', 'WATCHES_TABLE'])(
    'needs %s',
    async (name) => {
      answer('COMPLETED');
      delete process.env[name];
      await expect(check()).rejects.toThrow(`environment variable ${name} is not set`);
    },
  );

  test('of a malformed input calls nobody', async () => {
    const event = { watch: job, watchStartedAt: submittedAt.toISOString(), executionArn };
    const call = checkImportJob(new StillTime(0))({ ...event, executionInput: { ...job, jobId: 'A' } });
    await expect(call).rejects.toMatchObject({ name: 'InvalidWatchInput' });
    expect(healthImaging.calls()).toHaveLength(0);
  });
});

describe('what was published before', () => {
  test('is asked for, consistently, only when something is about to be published', async () => {
    answer('IN_PROGRESS');
    await check();
    expect(table.calls()).toHaveLength(0);
    answer('COMPLETED');
    await check();
    expect(table.commandCalls(GetItemCommand).map((call) => call.args[0].input)).toEqual([
      {
        TableName: 'watches',
        Key: { datastoreId: { S: datastoreId }, jobId: { S: jobId } },
        ConsistentRead: true,
      },
    ]);
  });

  test('is not published again', async () => {
    answer('COMPLETED');
    table.on(GetItemCommand).resolves({ Item: { outcome: { S: 'FAILED' } } });
    await expect(check()).resolves.toEqual({
      next: 'told',
      checks: 1,
      outcome: 'FAILED',
      jobStatus: 'COMPLETED',
      waitSeconds: 1,
      known: true,
    });
  });

  test('is nothing for an overdue job: the notice comes with the check', async () => {
    answer('IN_PROGRESS');
    const { notice, ...rest } = await check(6 * 3600);
    expect(rest).toEqual({
      next: 'overdue',
      jobStatus: 'IN_PROGRESS',
      waitSeconds: 1198,
      known: true,
      checks: 1,
    });
    expect(notice).toMatchObject({
      detail: {
        metadata: { id: `${datastoreId}-${jobId}-overdue` },
        data: { ...job, runningSeconds: 21_600, overdueAfterSeconds: 21_600 },
      },
      email: { subject: `OVERDUE: DICOM import ${jobId}` },
    });
  });
});

describe('what is logged and measured', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  });

  test('is each check, by its ids, and each job that is overdue', async () => {
    const checked = vi.spyOn(log, 'info').mockReturnValue();
    const samples = recordMetrics(() => 0);
    answer('IN_PROGRESS');
    await check();
    expect(samples).toEqual([]);
    await check(6 * 3600);
    expect(samples).toMatchObject([{ name: 'ImportsOverdue', value: 1, at: 0 }]);
    const seen = {
      executionArn,
      datastoreId,
      jobId,
      jobStatus: 'IN_PROGRESS',
      waitSeconds: 1198,
      known: true,
    };
    expect(checked.mock.calls).toEqual([
      ['checked', { ...seen, next: 'running', checks: 1 }],
      ['checked', { ...seen, next: 'overdue', checks: 1 }],
    ]);
  });
});

describe('errors', () => {
  test.each([
    [
      'HealthImagingUnavailable',
      'GetDICOMImportJob: ThrottlingException, HTTP 429, request request-1',
      new ThrottlingException(metadata(429)),
    ],
    [
      'HealthImagingUnavailable',
      'GetDICOMImportJob: InternalServerException, HTTP 500, request request-1',
      new InternalServerException(metadata(500)),
    ],
    [
      'HealthImagingUnavailable',
      'GetDICOMImportJob: ServiceUnavailable, HTTP 503, request request-1',
      new MedicalImagingServiceException({ ...metadata(503), name: 'ServiceUnavailable', $fault: 'server' }),
    ],
    ['HealthImagingUnavailable', 'GetDICOMImportJob: ECONNRESET', connectionReset()],
    ['HealthImagingUnavailable', 'GetDICOMImportJob: unknown error', new Error(SECRET)],
    [
      'HealthImagingRefused',
      'GetDICOMImportJob: AccessDeniedException, HTTP 403, request request-1',
      new AccessDeniedException(metadata(403)),
    ],
    [
      'HealthImagingRefused',
      'GetDICOMImportJob: ValidationException, HTTP 400, request request-1',
      new ValidationException(metadata(400)),
    ],
  ])('%s: %s', async (name, message, error) => {
    healthImaging.on(GetDICOMImportJobCommand).rejects(error);
    const thrown = await thrownBy(() => check());
    expect({ name: thrown.name, message: thrown.message }).toEqual({ name, message });
    // The cause would be logged with the error.
    expect(thrown.cause).toBeUndefined();
  });

  test('an unknown job is waited for a while, then nothing is said', async () => {
    healthImaging.on(GetDICOMImportJobCommand).rejects(new ResourceNotFoundException(metadata(404)));
    const first = await check(0);
    expect(first).toEqual({
      next: 'running',
      jobStatus: 'NOT_FOUND',
      waitSeconds: 30,
      checks: 1,
      known: false,
      notFoundSince: submittedAt.getTime(),
    });
    await expect(check(290, { check: first })).resolves.toMatchObject({
      next: 'running',
      waitSeconds: 10,
    });
    expect(table.commandCalls(UpdateItemCommand)).toEqual([]);
    await expect(check(300, { check: first })).resolves.toMatchObject({ next: 'unknown' });
    expect(table.commandCalls(GetItemCommand)).toEqual([]);
    // What the wait has left in the table goes by itself, 120 days later.
    const [expires] = table.commandCalls(UpdateItemCommand);
    expect(expires?.args[0].input).toEqual({
      TableName: 'watches',
      Key: { datastoreId: { S: datastoreId }, jobId: { S: jobId } },
      UpdateExpression: 'SET #e = :e',
      ExpressionAttributeNames: { '#e': 'expiresAt' },
      ExpressionAttributeValues: {
        ':e': { N: String(Math.floor(submittedAt.getTime() / 1000) + 300 + 120 * 86_400) },
      },
    });
    await expect(check(300, { check: { ...first, known: true } })).resolves.toMatchObject({
      next: 'abandoned',
    });
  });

  test('of the table are distinguished from those of HealthImaging', async () => {
    answer('COMPLETED');
    table.on(GetItemCommand).rejects(
      new ProvisionedThroughputExceededException({
        message: SECRET,
        $metadata: { httpStatusCode: 400, requestId: 'request-1' },
      }),
    );
    const { name, message } = await thrownBy(() => check());
    expect({ name, message }).toEqual({
      name: 'WatchesUnavailable',
      message: 'GetItem: ProvisionedThroughputExceededException, HTTP 400, request request-1',
    });
  });

  test('a status that nobody knows fails loudly, not as an outage to sit out', async () => {
    answer('PAUSED');
    const thrown = await thrownBy(() => check());
    expect(thrown.name).toBe('UnknownJobStatus');
    expect(thrown.message).toMatch(/^unknown jobStatus 'PAUSED', expected one of SUBMITTED, /);
  });

  test('an answer without a job fails loudly', async () => {
    healthImaging.on(GetDICOMImportJobCommand).resolves({});
    await expect(check()).rejects.toThrow("unknown jobStatus 'undefined'");
  });
});
