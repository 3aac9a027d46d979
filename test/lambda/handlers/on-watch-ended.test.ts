import {
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  InvalidArn,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { InternalErrorException, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { onWatchEnded } from '../../../lambda/handlers/on-watch-ended.ts';
import { log } from '../../../lambda/runtime/log.ts';
import { mockClient } from '../../support/mock-client.ts';
import { FakeTable } from '../fake-table.ts';
import { datastoreId, job, jobId, SECRET, StillTime, submittedAt } from '../given.ts';

const states = mockClient(SFNClient);
const dynamoDB = mockClient(DynamoDBClient);
const bus = mockClient(EventBridgeClient);
const topic = mockClient(SNSClient);
const stateMachineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:watch';
const name = `${datastoreId}-${jobId}`;
const executionArn = `arn:aws:states:us-east-1:111122223333:execution:watch:${name}`;
const error = { message: SECRET, $metadata: { httpStatusCode: 500 } };
let table: FakeTable;

const ENVIRONMENT = {
  STATE_MACHINE_ARN: stateMachineArn,
  WATCHES_TABLE: 'watches',
  BUS_NAME: 'bus',
  TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:topic',
};

beforeEach(() => {
  log.setLogLevel('SILENT');
  for (const mock of [states, dynamoDB, bus, topic]) mock.reset();
  table = new FakeTable();
  table.answer(dynamoDB);
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  topic.on(PublishCommand).resolves({ MessageId: '1' });
  states.on(GetExecutionHistoryCommand).resolves({
    events: [
      {
        timestamp: new Date(0),
        type: 'TaskStateEntered',
        id: 2,
        stateEnteredEventDetails: { name: 'Publish outcome' },
      },
    ],
  });
  execution();
  Object.assign(process.env, ENVIRONMENT);
  for (const variable of ['REPAIRS', 'CHAT', 'STEP_FUNCTIONS']) delete process.env[variable];
});

function execution(more: Partial<DescribeExecutionCommandOutput> = {}) {
  states.on(DescribeExecutionCommand).resolves({
    executionArn,
    stateMachineArn,
    name,
    status: 'FAILED',
    startDate: submittedAt,
    stopDate: new Date(submittedAt.getTime() + 60_000),
    input: JSON.stringify(job),
    error: 'States.TaskFailed',
    cause: SECRET,
    redriveCount: 0,
    redriveStatus: 'REDRIVABLE',
    ...more,
  });
}

/** As Step Functions sends it. */
const event = {
  version: '0',
  id: '315c1398-40ff-a850-213b-158f73e60175',
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  account: '111122223333',
  time: '2026-01-02T03:05:05Z',
  region: 'us-east-1',
  resources: [executionArn],
  detail: {
    executionArn,
    stateMachineArn,
    name,
    status: 'FAILED',
    startDate: 1767323045678,
    stopDate: 1767323105678,
    input: JSON.stringify({ DOE: SECRET }),
    output: null,
    cause: SECRET,
  },
};

const handle = (received: unknown = event) => onWatchEnded(new StillTime(62))(received);
const events = () => bus.commandCalls(PutEventsCommand).flatMap((call) => call.args[0].input.Entries ?? []);
const details = () => events().map(({ Detail }) => JSON.parse(Detail ?? ''));
const emails = () => topic.commandCalls(PublishCommand).map((call) => call.args[0].input);

describe('a watch that failed', () => {
  test('is reported to systems and people', async () => {
    await handle();
    expect(events()).toEqual([
      {
        Source: 'dicom-import-watcher',
        DetailType: 'DICOM Import Watch Failed',
        Detail: expect.any(String),
        EventBusName: 'bus',
      },
    ]);
    expect(details()).toEqual([
      {
        metadata: {
          id: `${name}-watch-failed-0`,
          schemaVersion: '1',
          publishedAt: '2026-01-02T03:05:07.678Z',
          watcher: 'watch',
        },
        data: {
          ...job,
          executionArn,
          executionName: name,
          executionStatus: 'FAILED',
          failedStep: 'Publish outcome',
          error: 'States.TaskFailed',
          verdictPublished: 'unknown',
          redriveCount: 0,
          startedAt: '2026-01-02T03:04:05.678Z',
          stoppedAt: '2026-01-02T03:05:05.678Z',
          outcome: 'WATCH_FAILED',
          summary: `The watch of import job ${jobId} failed in 'Publish outcome': States.TaskFailed. The verdict may have been published.`,
          remedy:
            'The sweep is off, so nothing repairs this watch: fix the cause and run dicom-import-watcher redrive.',
        },
      },
    ]);
    expect(emails()).toEqual([
      {
        TopicArn: ENVIRONMENT.TOPIC_ARN,
        Subject: `WATCH FAILED: DICOM import ${jobId}`,
        Message: expect.stringContaining("failed in\n'Publish outcome'"),
        MessageAttributes: {
          outcome: { DataType: 'String', StringValue: 'WATCH_FAILED' },
          format: { DataType: 'String', StringValue: 'email' },
          datastoreId: { DataType: 'String', StringValue: datastoreId },
          watcher: { DataType: 'String', StringValue: 'watch' },
        },
      },
    ]);
  });

  test('is repaired by the sweep where there is one', async () => {
    process.env.REPAIRS = 'by the sweep';
    await handle();
    expect(details()[0].data.remedy).toBe(
      'The sweep redrives this watch after 2026-01-02T03:20:05.678Z. If you cannot wait, fix the cause and run dicom-import-watcher redrive.',
    );
  });

  test('is sent to chat, too, where the owner asks for that', async () => {
    process.env.CHAT = 'true';
    await handle();
    expect(emails().map(({ MessageAttributes }) => MessageAttributes?.format?.StringValue)).toEqual([
      'email',
      'chat',
    ]);
  });

  test('is reported with the name that its function has in the account', async () => {
    process.env.STEP_FUNCTIONS = JSON.stringify({ 'Publish outcome': 'Imaging-CheckImportJob' });
    execution({ error: 'HealthImagingRefused' });
    await handle();
    expect(details()[0].data.remedy).toContain('Imaging-CheckImportJob');
  });

  test('is logged by its ids, its step and the id of the notice', async () => {
    const logged = vi.spyOn(log, 'warn').mockReturnValue();
    await handle();
    expect(logged.mock.calls).toEqual([
      ['watch failed', { ...job, eventId: `${name}-watch-failed-0`, step: 'Publish outcome' }],
    ]);
    logged.mockRestore();
  });

  test('is reported once, though its event comes twice', async () => {
    await handle();
    await handle();
    expect([events().length, emails().length]).toEqual([1, 1]);
  });

  test('is reported again, under the same id, if that could not be recorded', async () => {
    // The table takes the first write, then none.
    dynamoDB.on(UpdateItemCommand).resolvesOnce({}).rejects(new InternalServerError(error));
    await expect(handle()).rejects.toMatchObject({ name: 'InternalServerError' });
    expect(dynamoDB.commandCalls(UpdateItemCommand)).toHaveLength(1 + 3);
    table.answer(dynamoDB);
    await handle();
    expect(details().map(({ metadata }) => metadata.id)).toEqual([
      `${name}-watch-failed-0`,
      `${name}-watch-failed-0`,
    ]);
    expect(emails()).toHaveLength(1);
  });

  test('is not reported while the table takes no writes: it would be reported forever', async () => {
    dynamoDB.on(UpdateItemCommand).rejects(new InternalServerError(error));
    for (let tries = 0; tries < 3; tries++) {
      await expect(handle()).rejects.toMatchObject({ name: 'InternalServerError' });
    }
    expect([events(), emails()]).toEqual([[], []]);
  });

  test('is recorded although the table refuses that twice', async () => {
    dynamoDB
      .on(UpdateItemCommand)
      .resolvesOnce({})
      .rejectsOnce(new InternalServerError(error))
      .rejectsOnce(new InternalServerError(error))
      .resolves({});
    await handle();
    expect([events().length, emails().length]).toEqual([1, 1]);
  });

  test('is not put on the bus again where people were not reached: they are tried again', async () => {
    const unreached = new InternalErrorException(error);
    topic.on(PublishCommand).rejectsOnce(unreached).rejectsOnce(unreached).resolves({});
    for (let tries = 0; tries < 2; tries++) {
      await expect(handle()).rejects.toMatchObject({ name: 'InternalErrorException' });
    }
    const id = `${name}-watch-failed-0`;
    expect(table.get(datastoreId, jobId)).toMatchObject({ failureEventIdsOnBus: { SS: [id] } });
    expect(table.get(datastoreId, jobId)).not.toHaveProperty('failureEventIds');
    await handle();
    await handle();
    expect([events().length, emails().length]).toEqual([1, 3]);
    expect(table.get(datastoreId, jobId)?.failureEventIds).toEqual({ SS: [id] });
  });

  test('is an error, and not recorded, where PutEvents took no entry', async () => {
    bus
      .on(PutEventsCommand)
      .resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: SECRET }] });
    await expect(handle()).rejects.toThrow(new Error('PutEvents refused the notice: InternalFailure'));
    expect(emails()).toEqual([]);
    expect(Object.keys(table.get(datastoreId, jobId) ?? {})).toEqual(['datastoreId', 'jobId', 'expiresAt']);
  });

  test('is read again: the event may be old', async () => {
    execution({ redriveCount: 2, status: 'TIMED_OUT' });
    await handle();
    expect(details()[0]).toMatchObject({
      metadata: { id: `${name}-watch-failed-2` },
      data: { executionStatus: 'TIMED_OUT', redriveCount: 2 },
    });
    expect(states.commandCalls(DescribeExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { executionArn },
    ]);
  });
});

describe('nothing is reported', () => {
  afterEach(() => {
    expect([bus.calls().length, topic.calls().length]).toEqual([0, 0]);
  });

  test.each(['RUNNING', 'SUCCEEDED'] as const)('of a watch that was redriven and is %s', async (status) => {
    execution({ status });
    await handle();
    expect(dynamoDB.calls()).toHaveLength(0);
  });

  test('of a watch whose verdict was recorded', async () => {
    table.put(datastoreId, jobId, { outcome: { S: 'FAILED' } });
    await handle();
  });

  test('of an execution that is gone', async () => {
    states.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist(error));
    await handle();
  });

  test('while the table does not answer', async () => {
    dynamoDB.on(GetItemCommand).rejects(new InternalServerError(error));
    await expect(handle()).rejects.toMatchObject({ name: 'WatchesUnavailable' });
  });

  test('while Step Functions does not answer', async () => {
    states.on(GetExecutionHistoryCommand).rejects(new InvalidArn(error));
    await expect(handle()).rejects.toMatchObject({ name: 'InvalidArn' });
  });

  test.each(Object.keys(ENVIRONMENT))('without %s', async (variable) => {
    delete process.env[variable];
    await expect(handle()).rejects.toThrow(`environment variable ${variable} is not set`);
  });

  test('of another event, which is refused before anybody is called', async () => {
    await expect(handle({ ...event, 'detail-type': 'DOE' })).rejects.toMatchObject({ name: 'InvalidEvent' });
    expect(states.calls()).toHaveLength(0);
  });
});
