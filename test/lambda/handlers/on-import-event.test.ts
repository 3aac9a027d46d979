import { DynamoDBClient, GetItemCommand, InternalServerError } from '@aws-sdk/client-dynamodb';
import {
  ExecutionAlreadyExists,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { onImportEvent } from '../../../lambda/handlers/on-import-event.ts';
import { log } from '../../../lambda/runtime/log.ts';
import { mockClient } from '../../support/mock-client.ts';
import { datastoreId, job, jobId, SECRET, StillTime } from '../given.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:watch';
const executionArn = 'arn:aws:states:us-east-1:111122223333:execution:watch:one';
const states = mockClient(SFNClient);
const table = mockClient(DynamoDBClient);
const error = { message: SECRET, $metadata: { httpStatusCode: 400 } };

beforeEach(() => {
  log.setLogLevel('SILENT');
  states.reset();
  table.reset();
  states.on(StartExecutionCommand).resolves({ executionArn, startDate: new Date(0) });
  states.on(SendTaskSuccessCommand).resolves({});
  table.on(GetItemCommand).resolves({ Item: watchItem('token-1') });
  process.env.STATE_MACHINE_ARN = stateMachineArn;
  process.env.WATCHES_TABLE = 'watches';
});

function watchItem(taskToken?: string, outcome?: string) {
  return {
    datastoreId: { S: datastoreId },
    jobId: { S: jobId },
    ...(taskToken && { taskToken: { S: taskToken } }),
    ...(outcome && { outcome: { S: outcome } }),
  };
}

function importEvent(detailType: string, jobStatus: string, detail: object = {}) {
  return {
    version: '0',
    id: '7cf0fb1c-8720-4d48-baa3-6eb97b35a10e',
    'detail-type': detailType,
    source: 'aws.medical-imaging',
    account: '111122223333',
    time: '2026-01-02T03:04:06Z',
    region: 'us-east-1',
    resources: [`arn:aws:medical-imaging:us-east-1:111122223333:datastore/${datastoreId}`],
    detail: {
      imagingVersion: '1.0',
      ...job,
      jobName: 'DOE',
      jobStatus,
      inputS3Uri: 's3://in-bucket/DOE/',
      outputS3Uri: 's3://out-bucket/out/',
      ...detail,
    },
  };
}

const completed = importEvent('Import Job Completed', 'COMPLETED');

/** Handles an event; the waits it took. */
async function handle(event: unknown): Promise<number[]> {
  const time = new StillTime(0);
  await onImportEvent(time)(event);
  return time.slept;
}

const started = () => states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input);
const news = () => states.commandCalls(SendTaskSuccessCommand).map((call) => call.args[0].input);
const reads = () => table.commandCalls(GetItemCommand).map((call) => call.args[0].input);

describe('every event', () => {
  test.each([
    ['Import Job Submitted', 'SUBMITTED'],
    ['Import Job In Progress', 'IN_PROGRESS'],
    ['Import Job Completed', 'COMPLETED'],
    ['Import Job Failed', 'FAILED'],
  ])('%s makes sure of one watch, by its name and its canonical input', async (detailType, jobStatus) => {
    await handle(importEvent(detailType, jobStatus));
    expect(started()).toEqual([
      {
        stateMachineArn,
        name: `${datastoreId}-${jobId}`,
        input: `{"datastoreId":"${datastoreId}","jobId":"${jobId}"}`,
      },
    ]);
  });

  test('has the same input whatever the order of its members', async () => {
    const { datastoreId: first, jobId: second, ...rest } = completed.detail;
    await handle({ ...completed, detail: { jobId: second, ...rest, datastoreId: first } });
    expect(started()[0]?.input).toBe(`{"datastoreId":"${datastoreId}","jobId":"${jobId}"}`);
  });

  test.each([
    ['Import Job Submitted', 'SUBMITTED'],
    ['Import Job In Progress', 'IN_PROGRESS'],
  ])('%s is no news', async (detailType, jobStatus) => {
    await expect(handle(importEvent(detailType, jobStatus))).resolves.toEqual([]);
    expect(reads()).toEqual([]);
    expect(news()).toEqual([]);
  });
});

test('an event of a status that nobody knows is a hint: the job is watched, and looked at', async () => {
  await handle(importEvent('Import Job Completed', 'CANCELLED\u001b[2J'));
  expect(started()).toHaveLength(1);
  expect(news()).toEqual([{ taskToken: 'token-1', output: '{"jobStatus":"UNKNOWN"}' }]);
});

describe('an event of an end', () => {
  test.each([
    ['Import Job Completed', 'COMPLETED'],
    ['Import Job Failed', 'FAILED'],
  ])('%s wakes the watch that waits', async (detailType, jobStatus) => {
    await expect(handle(importEvent(detailType, jobStatus))).resolves.toEqual([0]);
    expect(reads()).toEqual([
      {
        TableName: 'watches',
        Key: { datastoreId: { S: datastoreId }, jobId: { S: jobId } },
        ConsistentRead: true,
      },
    ]);
    expect(news()).toEqual([{ taskToken: 'token-1', output: `{"jobStatus":"${jobStatus}"}` }]);
  });

  test.each([
    ['failed before a verdict', {}],
    ['had its verdict', { outcome: { S: 'SUCCEEDED' } }],
    ['had its later verdict', { outcome: { S: 'ABANDONED' }, laterOutcome: { S: 'FAILED' } }],
  ])('wakes nobody where the watch has ended and %s', async (_, item) => {
    states.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists(error));
    table.on(GetItemCommand).resolves({ Item: { ...watchItem('token-1'), ...item } });
    await expect(handle(completed)).resolves.toEqual([]);
    expect(started()).toHaveLength(1);
    expect(news()).toEqual([]);
  });

  test('starts a second watch of a job that was given up, once', async () => {
    states.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists(error));
    table.on(GetItemCommand).resolves({ Item: watchItem(undefined, 'ABANDONED') });
    await expect(handle(completed)).resolves.toEqual([]);
    expect(started()).toMatchObject([
      { name: `${datastoreId}-${jobId}` },
      { name: `${datastoreId}-${jobId}-2`, input: JSON.stringify(job) },
    ]);
  });

  test('of a job that was given up is read from the table only if the event reports an end', async () => {
    states.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists(error));
    table.on(GetItemCommand).resolves({ Item: watchItem(undefined, 'ABANDONED') });
    await handle(importEvent('Import Job In Progress', 'IN_PROGRESS'));
    expect(started()).toHaveLength(1);
    expect(reads()).toEqual([]);
  });

  test('wakes nobody where the outcome is recorded, though the token is still there', async () => {
    table.on(GetItemCommand).resolves({ Item: watchItem('token-1', 'SUCCEEDED') });
    await expect(handle(completed)).resolves.toEqual([0]);
    expect(news()).toEqual([]);
  });

  test('waits for the token of a watch that has just begun', async () => {
    table
      .on(GetItemCommand)
      .resolvesOnce({})
      .resolvesOnce({ Item: watchItem() })
      .resolves({ Item: watchItem('token-2') });
    await expect(handle(completed)).resolves.toEqual([0, 500, 1500]);
    expect(news()).toEqual([{ taskToken: 'token-2', output: '{"jobStatus":"COMPLETED"}' }]);
  });

  test('leaves a watch without a token to the next check', async () => {
    table.on(GetItemCommand).resolves({});
    await expect(handle(completed)).resolves.toEqual([0, 500, 1500, 5000]);
    expect(reads()).toHaveLength(4);
    expect(news()).toEqual([]);
  });

  test.each([new TaskTimedOut(error), new TaskDoesNotExist(error), new InvalidToken(error)])(
    'looks for a newer token after %s, and at last leaves it to the next check',
    async (stale) => {
      states.on(SendTaskSuccessCommand).rejects(stale);
      await expect(handle(completed)).resolves.toEqual([0, 500, 1500, 5000]);
      expect(news()).toHaveLength(4);
    },
  );

  test('wakes the watch with its newer token', async () => {
    table
      .on(GetItemCommand)
      .resolvesOnce({ Item: watchItem('token-1') })
      .resolves({ Item: watchItem('token-2') });
    states.on(SendTaskSuccessCommand).rejectsOnce(new TaskTimedOut(error)).resolves({});
    await expect(handle(completed)).resolves.toEqual([0, 500]);
    expect(news().map(({ taskToken }) => taskToken)).toEqual(['token-1', 'token-2']);
  });

  test('stops looking once the outcome is recorded', async () => {
    table
      .on(GetItemCommand)
      .resolvesOnce({})
      .resolves({ Item: watchItem(undefined, 'FAILED') });
    await expect(handle(completed)).resolves.toEqual([0, 500]);
    expect(news()).toEqual([]);
  });
});

test.each<[string, object, boolean, object]>([
  ['of a job that runs', importEvent('Import Job In Progress', 'IN_PROGRESS'), false, { news: 'not needed' }],
  ['of an end', completed, false, { news: 'delivered', item: watchItem('token-1') }],
  ['of an end that is known', completed, false, { news: 'not needed', item: watchItem('t', 'FAILED') }],
  ['of an end, without a token', completed, false, { news: 'left to the next check', item: watchItem() }],
  ['after the watch', completed, true, { news: 'not needed', item: watchItem() }],
  ['after ABANDONED', completed, true, { news: 'watched again', item: watchItem(undefined, 'ABANDONED') }],
])(
  'the log says what came of an event %s',
  async (_, event, isOver, { news, item }: { news?: string; item?: object }) => {
    const logged = vi.spyOn(log, 'info').mockReturnValue();
    if (isOver) states.on(StartExecutionCommand).rejectsOnce(new ExecutionAlreadyExists(error)).resolves({});
    table.on(GetItemCommand).resolves({ Item: item as ReturnType<typeof watchItem> });
    await handle(event);
    const { jobStatus } = (event as typeof completed).detail;
    expect(logged.mock.calls).toEqual([
      ['import event', { datastoreId, jobId, jobStatus, watch: isOver ? 'ended' : 'running', news }],
    ]);
    logged.mockRestore();
  },
);

describe('errors for Lambda to retry', () => {
  test('of StartExecution', async () => {
    states.on(StartExecutionCommand).rejects(new InvalidName(error));
    await expect(handle(completed)).rejects.toMatchObject({ name: 'InvalidName' });
    expect(reads()).toEqual([]);
  });

  test('of SendTaskSuccess', async () => {
    states.on(SendTaskSuccessCommand).rejects(new InvalidOutput(error));
    await expect(handle(completed)).rejects.toMatchObject({ name: 'InvalidOutput' });
    expect(news()).toHaveLength(1);
  });

  test('of the table', async () => {
    table
      .on(GetItemCommand)
      .rejects(new InternalServerError({ message: SECRET, $metadata: { httpStatusCode: 500 } }));
    await expect(handle(completed)).rejects.toMatchObject({ name: 'WatchesUnavailable' });
    expect(reads()).toHaveLength(1);
  });

  test.each(['STATE_MACHINE_ARN', 'WATCHES_TABLE'])('of a missing %s', async (name) => {
    delete process.env[name];
    await expect(handle(completed)).rejects.toThrow(`environment variable ${name} is not set`);
    expect(news()).toEqual([]);
  });
});

test('what is no import event is refused before anybody is called', async () => {
  await expect(handle(importEvent('Image Set Created', 'COMPLETED'))).rejects.toMatchObject({
    name: 'InvalidEvent',
  });
  expect([states.calls().length, table.calls().length]).toEqual([0, 0]);
});
