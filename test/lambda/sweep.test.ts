import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AccessDeniedException,
  ListDatastoresCommand,
  ListDICOMImportJobsCommand,
  MedicalImagingClient,
} from '@aws-sdk/client-medical-imaging';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { log } from '../../lambda/log.ts';
import { sweep } from '../../lambda/sweep.ts';
import type { Time } from '../../lambda/time.ts';
import { SECRET } from './given.ts';

const healthImaging = mockClient(MedicalImagingClient);
const states = mockClient(SFNClient);
const table = mockClient(DynamoDBClient);

const STORES = ['1'.repeat(32), '2'.repeat(32)];
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:watch';
const DEPLOYED = Date.parse('2026-01-01T00:00:00Z');
const NOW = DEPLOYED + 24 * 3600_000;
const metadata = { message: SECRET, $metadata: { httpStatusCode: 400, requestId: 'request-1' } };

/** A clock on which only sleep takes time. */
class SleepingTime implements Time {
  passed = 0;
  now = () => NOW + this.passed;
  sleep = async (ms: number) => {
    this.passed += ms;
  };
}

/** What the simulated lists hold, by data store and status. */
let jobs: Record<string, object[]>;
const listed = (jobId: string, more: object = {}) => ({ jobId, submittedAt: new Date(NOW - 1000), ...more });

beforeEach(() => {
  log.setLogLevel('SILENT');
  Object.assign(process.env, {
    STATE_MACHINE_ARN: MACHINE,
    WATCHES_TABLE: 'watches',
    BUS_NAME: 'bus',
    TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:topic',
    DATASTORE_IDS: STORES.join(),
  });
  for (const mock of [healthImaging, states, table]) mock.reset();
  jobs = {};
  healthImaging.on(ListDICOMImportJobsCommand).callsFake(({ datastoreId, jobStatus }) => ({
    jobSummaries: (jobs[`${datastoreId}/${jobStatus}`] ?? []).map((job) => ({ ...job, jobStatus })),
  }));
  states.on(ListExecutionsCommand).resolves({ executions: [] });
  states.on(StartExecutionCommand).resolves({});
  states.on(SendTaskSuccessCommand).resolves({});
  table.on(DescribeTableCommand).resolves({ Table: { CreationDateTime: new Date(DEPLOYED) } });
  table.on(GetItemCommand).resolves({});
  table.on(BatchGetItemCommand).resolves({ Responses: {} });
  table.on(PutItemCommand).resolves({});
  table.on(DeleteItemCommand).resolves({});
  table.on(UpdateItemCommand).resolves({});
});

const records = (...items: object[]) =>
  table.on(BatchGetItemCommand).resolves({ Responses: { watches: items as never } });
const record = (jobId: string, more: object) => ({
  datastoreId: { S: STORES[0] },
  jobId: { S: jobId },
  ...more,
});
const started = () => states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input.name);
const lists = () => healthImaging.commandCalls(ListDICOMImportJobsCommand).map((call) => call.args[0].input);

describe('the lists', () => {
  test('of every data store are read, in the order in which a job moves, to their ends', async () => {
    healthImaging
      .on(ListDICOMImportJobsCommand, { datastoreId: STORES[0], jobStatus: 'IN_PROGRESS' })
      .resolvesOnce({ jobSummaries: [], nextToken: 'more' })
      .resolves({ jobSummaries: [] });
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ failed: 0, finished: true });
    const seen = lists().map((input) => [input.datastoreId?.[0], input.jobStatus, input.nextToken ?? '']);
    expect(seen).toEqual([
      ['1', 'SUBMITTED', ''],
      ['1', 'IN_PROGRESS', ''],
      ['1', 'IN_PROGRESS', 'more'],
      ['1', 'COMPLETED', ''],
      ['1', 'FAILED', ''],
      ...['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED'].map((status) => ['2', status, '']),
    ]);
    expect(healthImaging.commandCalls(ListDatastoresCommand)).toHaveLength(0);
  });

  test('are read at less than 10 calls a second', async () => {
    const time = new SleepingTime();
    await sweep(time)();
    expect((lists().length / time.passed) * 1000).toBeLessThan(10);
  });

  test('are those of all data stores where none is given', async () => {
    delete process.env.DATASTORE_IDS;
    healthImaging.on(ListDatastoresCommand).resolves({
      datastoreSummaries: [
        { datastoreId: STORES[1] as string, datastoreName: 'n', datastoreStatus: 'ACTIVE' },
      ],
    });
    await sweep(new SleepingTime())();
    expect(new Set(lists().map(({ datastoreId }) => datastoreId))).toEqual(new Set([STORES[1]]));
  });

  test('that take too long are left to the next sweep, which goes on there', async () => {
    healthImaging
      .on(ListDICOMImportJobsCommand, { datastoreId: STORES[0], jobStatus: 'COMPLETED' })
      .resolves({ jobSummaries: [], nextToken: 'endless' });
    const time = new SleepingTime();
    await expect(sweep(time)()).resolves.toMatchObject({ failed: 0, finished: false });
    expect(time.passed).toBe(13 * 60_000);
    const [put] = table.commandCalls(PutItemCommand).map((call) => call.args[0].input.Item);
    expect(put).toEqual({
      datastoreId: { S: 'sweep' },
      jobId: { S: 'position' },
      position: {
        S: JSON.stringify({ datastoreId: STORES[0], jobStatus: 'COMPLETED', nextToken: 'endless' }),
      },
    });

    healthImaging.resetHistory();
    healthImaging.on(ListDICOMImportJobsCommand, { nextToken: 'endless' }).resolves({ jobSummaries: [] });
    table.on(GetItemCommand).resolves({ Item: put ?? {} });
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ finished: true });
    expect(lists()[0]).toMatchObject({ jobStatus: 'COMPLETED', nextToken: 'endless' });
    expect(lists()).toHaveLength(1 + 1 + 4);
    expect(table.commandCalls(DeleteItemCommand)).toHaveLength(1);
  });

  test('of a data store that fails do not stop the others, and are counted', async () => {
    healthImaging
      .on(ListDICOMImportJobsCommand, { datastoreId: STORES[0] })
      .rejects(new AccessDeniedException(metadata));
    jobs[`${STORES[1]}/SUBMITTED`] = [listed('b')];
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ failed: 1, watchesStarted: 1 });
    expect(started()).toEqual([`${STORES[1]}-b`]);
  });

  test('none of which can be read fail the sweep', async () => {
    delete process.env.DATASTORE_IDS;
    healthImaging.on(ListDatastoresCommand).rejects(new AccessDeniedException(metadata));
    states.on(ListExecutionsCommand).rejects(new Error(SECRET));
    await expect(sweep(new SleepingTime())()).rejects.toThrow('no part of the sweep could be done');
  });
});

describe('a job', () => {
  test('that runs or ended since the watcher was deployed gets a watch, one that ended before does not', async () => {
    jobs[`${STORES[0]}/IN_PROGRESS`] = [listed('old', { submittedAt: new Date(1) })];
    jobs[`${STORES[0]}/COMPLETED`] = [
      listed('since', { submittedAt: new Date(1), endedAt: new Date(DEPLOYED) }),
      listed('before', { submittedAt: new Date(1), endedAt: new Date(DEPLOYED - 1) }),
    ];
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ watchesStarted: 2 });
    expect(started()).toEqual([`${STORES[0]}-old`, `${STORES[0]}-since`]);
  });

  test('that has its verdict is left alone', async () => {
    jobs[`${STORES[0]}/COMPLETED`] = [listed('a', { endedAt: new Date(NOW) })];
    records(record('a', { outcome: { S: 'FAILED' } }));
    await sweep(new SleepingTime())();
    expect(started()).toEqual([]);
  });

  test('that fails to be looked at does not stop the next', async () => {
    jobs[`${STORES[0]}/SUBMITTED`] = [listed('a'), listed('b')];
    states.on(StartExecutionCommand, { name: `${STORES[0]}-a` }).rejects(new Error(SECRET));
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ failed: 1, watchesStarted: 1 });
  });
});

describe('news', () => {
  const token = { taskToken: { S: 'token-1' } };

  test('are given to the watch of a job that ended', async () => {
    jobs[`${STORES[0]}/FAILED`] = [listed('a', { endedAt: new Date(NOW) })];
    records(record('a', token));
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ newsGiven: 1, watchesStarted: 0 });
    expect(states.commandCalls(SendTaskSuccessCommand).map((call) => call.args[0].input)).toEqual([
      { taskToken: 'token-1', output: '{"jobStatus":"FAILED"}' },
    ]);
  });

  test('are not given to the watch of a job that runs', async () => {
    jobs[`${STORES[0]}/IN_PROGRESS`] = [listed('a')];
    records(record('a', token));
    await sweep(new SleepingTime())();
    expect(states.commandCalls(SendTaskSuccessCommand)).toHaveLength(0);
  });

  test('with a token that nobody waits with any more are no failure', async () => {
    jobs[`${STORES[0]}/COMPLETED`] = [listed('a', { endedAt: new Date(NOW) })];
    records(record('a', token));
    states.on(SendTaskSuccessCommand).rejects(new TaskTimedOut(metadata));
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ newsGiven: 0, failed: 0 });
  });
});

describe('a job without a verdict whose watch has ended', () => {
  const name = `${STORES[0]}-a`;
  const arn = (number: number) =>
    `${MACHINE.replace('stateMachine', 'execution')}:${name}${number > 1 ? `-${number}` : ''}`;
  const ended = (number: number, status: 'SUCCEEDED' | 'FAILED', output?: object, stoppedAt = 0) =>
    states.on(DescribeExecutionCommand, { executionArn: arn(number) }).resolves({
      status,
      stopDate: new Date(stoppedAt),
      ...(output && { output: JSON.stringify(output) }),
    });

  beforeEach(() => {
    jobs[`${STORES[0]}/COMPLETED`] = [listed('a', { endedAt: new Date(NOW) })];
    states.on(StartExecutionCommand, { name }).rejects(new ExecutionAlreadyExists(metadata));
    states.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist(metadata));
  });

  test('had one: the table is told again', async () => {
    ended(1, 'SUCCEEDED', { outcome: 'FAILED' });
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ recordsMended: 1 });
    const [input] = table.commandCalls(UpdateItemCommand).map((call) => call.args[0].input);
    expect(input).toMatchObject({
      Key: { datastoreId: { S: STORES[0] }, jobId: { S: 'a' } },
      ExpressionAttributeValues: { ':a': { S: 'FAILED' } },
    });
    expect(started()).toEqual([name]);
  });

  test('ended in silence: another watch is started, after a while', async () => {
    ended(1, 'SUCCEEDED', { verdict: 'unknown' }, NOW - 14 * 60_000);
    await sweep(new SleepingTime())();
    expect(started()).toEqual([name]);
    ended(1, 'SUCCEEDED', { verdict: 'unknown' }, NOW - 15 * 60_000);
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ watchesStarted: 1 });
    expect(started()).toEqual([name, name, `${name}-2`]);
  });

  test('failed: its repair is not done here, but that of a later one counts', async () => {
    ended(1, 'FAILED');
    await sweep(new SleepingTime())();
    ended(2, 'SUCCEEDED', { outcome: 'SUCCEEDED' });
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ recordsMended: 1 });
    expect(started()).toEqual([name, name]);
  });

  test('has had all of its watches: that is counted as a failure', async () => {
    for (let number = 1; number <= 7; number++) ended(number, 'SUCCEEDED', { verdict: 'unknown' });
    await expect(sweep(new SleepingTime())()).resolves.toMatchObject({ failed: 1 });
  });
});
