import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, test } from 'vitest';
import { readFailure } from '../../../core/aws/failed-watches.ts';
import { recordKey } from '../../../core/domain/watch/repair.ts';
import { log } from '../../../lambda/runtime/log.ts';
import { tellFailure } from '../../../lambda/runtime/tell-failure.ts';
import { mockClient } from '../../support/mock-client.ts';
import { FakeTable } from '../fake-table.ts';
import { datastoreId, job, jobId, SECRET } from '../given.ts';

const states = mockClient(SFNClient);
const dynamoDB = mockClient(DynamoDBClient);
const bus = mockClient(EventBridgeClient);
const topic = mockClient(SNSClient);
const machine = {
  client: new SFNClient({}),
  arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:watch',
};
const name = `${datastoreId}-${jobId}`;
const executionArn = `arn:aws:states:us-east-1:111122223333:execution:watch:${name}`;
let table: FakeTable;

beforeEach(() => {
  log.setLogLevel('SILENT');
  for (const mock of [states, dynamoDB, bus, topic]) mock.reset();
  bus.onAnyCommand().resolves({});
  topic.onAnyCommand().resolves({});
  table = new FakeTable();
  table.answer(dynamoDB);
  states.on(GetExecutionHistoryCommand).resolves({
    events: [
      {
        timestamp: new Date(0),
        type: 'TaskStateEntered',
        id: 2,
        stateEnteredEventDetails: { name: 'Check import job' },
      },
    ],
  });
});

function answer(execution: Partial<DescribeExecutionCommandOutput>) {
  states.on(DescribeExecutionCommand).resolves({
    executionArn,
    stateMachineArn: machine.arn,
    name,
    status: 'FAILED',
    startDate: new Date(1000),
    stopDate: new Date(2000),
    input: JSON.stringify(job),
    error: 'HealthImagingRefused',
    cause: SECRET,
    redriveCount: 0,
    redriveStatus: 'REDRIVABLE',
    ...execution,
  });
}

const read = () => readFailure(machine, executionArn);

describe('readFailure', () => {
  const failed = {
    executionArn,
    name,
    status: 'FAILED',
    job,
    failedStep: 'Check import job',
    error: 'HealthImagingRefused',
    redriveCount: 0,
    redrivable: true,
    startedAt: 1000,
    stoppedAt: 2000,
  };

  test.each<[string, Partial<DescribeExecutionCommandOutput>, object]>([
    ['a failure', {}, {}],
    ['a timeout', { status: 'TIMED_OUT' }, { status: 'TIMED_OUT' }],
    ['an abort', { status: 'ABORTED' }, { status: 'ABORTED' }],
    ['one that was redriven', { redriveCount: 4 }, { redriveCount: 4 }],
    ['one that cannot be redriven', { redriveStatus: 'NOT_REDRIVABLE' }, { redrivable: false }],
  ])('reports %s, and nothing of its cause', async (_, execution, expected) => {
    answer(execution);
    await expect(read()).resolves.toStrictEqual({ ...failed, ...expected });
  });

  test('leaves out what Step Functions does not tell', async () => {
    states.on(GetExecutionHistoryCommand).resolves({ events: [] });
    const unset = { name: undefined, error: undefined, stopDate: undefined, redriveCount: undefined };
    answer({ ...unset, status: 'TIMED_OUT', startDate: undefined, input: undefined });
    await expect(read()).resolves.toStrictEqual({
      executionArn,
      name: '',
      status: 'TIMED_OUT',
      redriveCount: 0,
      redrivable: true,
      stoppedAt: 0,
    });
  });

  test.each([
    ['no JSON', 'DOE'],
    ['nothing', ''],
    ['no object', '"DOE"'],
    ['one id only', JSON.stringify({ jobId })],
    ['a malformed id', JSON.stringify({ datastoreId, jobId: 'DOE^JANE' })],
    ['more than the ids', JSON.stringify({ ...job, jobName: 'DOE' })],
  ])('names no job where the input is %s', async (_, input) => {
    answer({ input });
    const failure = await read();
    expect(failure).toBeDefined();
    expect(failure).not.toHaveProperty('job');
    expect(JSON.stringify(failure)).not.toContain('DOE');
  });

  test.each(['RUNNING', 'SUCCEEDED', 'PENDING_REDRIVE'] as const)(
    'reports none that is %s',
    async (status) => {
      answer({ status });
      await expect(read()).resolves.toBeUndefined();
      expect(states.commandCalls(GetExecutionHistoryCommand)).toHaveLength(0);
    },
  );

  test('reports none that is gone', async () => {
    states
      .on(DescribeExecutionCommand)
      .rejects(new ExecutionDoesNotExist({ message: SECRET, $metadata: { httpStatusCode: 400 } }));
    await expect(read()).resolves.toBeUndefined();
  });
});

test('notices are kept with the job, or under a key that no job has', () => {
  expect(recordKey({ job, name })).toBe(job);
  expect(recordKey({ name: 'by-hand' })).toEqual({ datastoreId: 'unknown', jobId: 'by-hand' });
});

describe('tellFailure', () => {
  const now = Date.parse('2026-01-02T03:04:05.678Z');
  const tools = {
    machine,
    table: { client: new DynamoDBClient({}), name: 'watches' },
    channels: {
      eventBridge: new EventBridgeClient({}),
      sns: new SNSClient({}),
      busName: 'bus',
      topicArn: 'arn:aws:sns:us-east-1:111122223333:topic',
      chat: false,
    },
    watcher: { repairs: false },
  };

  async function tell(execution: Partial<DescribeExecutionCommandOutput> = {}) {
    answer(execution);
    const failure = await read();
    if (!failure) throw new Error('no failure');
    return tellFailure(tools, failure, now);
  }

  test('tells, records that under the id of the failure, and not again', async () => {
    await expect(tell()).resolves.toBe('told');
    expect(table.get(datastoreId, jobId)).toEqual({
      datastoreId: { S: datastoreId },
      jobId: { S: jobId },
      failureEventIds: { SS: [`${name}-watch-failed-0`] },
      failureEventIdsOnBus: { SS: [`${name}-watch-failed-0`] },
      expiresAt: { N: String(Math.floor(now / 1000) + 120 * 86_400) },
    });
    await expect(tell()).resolves.toBe('told before');
    expect([bus.calls().length, topic.calls().length]).toEqual([1, 1]);
  });

  test('tells nobody of what a version before recorded, which told people and systems at once', async () => {
    table.put(datastoreId, jobId, { failureEventIds: { SS: [`${name}-watch-failed-0`] } });
    await expect(tell()).resolves.toBe('told before');
    expect([bus.calls().length, topic.calls().length]).toEqual([0, 0]);
  });

  test('notifies people only of what is on the bus', async () => {
    table.put(datastoreId, jobId, { failureEventIdsOnBus: { SS: [`${name}-watch-failed-0`] } });
    await expect(tell()).resolves.toBe('told');
    expect([bus.calls().length, topic.calls().length]).toEqual([0, 1]);
  });

  test('reports each redrive that failed', async () => {
    await tell();
    await expect(tell({ redriveCount: 1 })).resolves.toBe('told');
    expect(table.get(datastoreId, jobId)?.failureEventIds).toEqual({
      SS: [`${name}-watch-failed-0`, `${name}-watch-failed-1`],
    });
  });

  test('reports a second watch of the same job', async () => {
    await tell();
    await expect(tell({ name: `${name}-2` })).resolves.toBe('told');
  });

  test('keeps what else the table knows', async () => {
    table.put(datastoreId, jobId, { taskToken: { S: 'token-1' }, overdueEventId: { S: 'x' } });
    await tell();
    expect(table.get(datastoreId, jobId)).toMatchObject({
      taskToken: { S: 'token-1' },
      overdueEventId: { S: 'x' },
    });
  });

  test('does not tell where a verdict was published', async () => {
    table.put(datastoreId, jobId, { outcome: { S: 'SUCCEEDED' } });
    await expect(tell()).resolves.toBe('not needed');
    expect([bus.calls().length, topic.calls().length]).toEqual([0, 0]);
  });

  test('of an execution that names no job is recorded under its name', async () => {
    await tell({ name: 'by-hand', input: 'DOE' });
    expect(table.get('unknown', 'by-hand')?.failureEventIds).toEqual({ SS: ['by-hand-watch-failed-0'] });
    await expect(tell({ name: 'by-hand', input: 'DOE' })).resolves.toBe('told before');
  });
});
