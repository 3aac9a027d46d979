import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, InternalException, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  AccessDeniedException,
  GetDICOMImportJobCommand,
  type JobStatus,
  ListDatastoresCommand,
  ListDICOMImportJobsCommand,
  type ListDICOMImportJobsCommandInput,
  MedicalImagingClient,
  ValidationException,
} from '@aws-sdk/client-medical-imaging';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  InvalidName,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import {
  GetTopicAttributesCommand,
  InternalErrorException,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Time } from '../../../core/time.ts';
import { sweep } from '../../../lambda/handlers/sweep.ts';
import { log } from '../../../lambda/runtime/log.ts';
import type { Sample } from '../../../proof/fixtures/alarms.ts';
import { recordMetrics } from '../../support/alarms.ts';
import { mockClient } from '../../support/mock-client.ts';
import { FakeTable } from '../fake-table.ts';
import { MovingTime, SECRET, StillTime, submittedAt } from '../given.ts';

const healthImaging = mockClient(MedicalImagingClient);
const states = mockClient(SFNClient);
const dynamoDB = mockClient(DynamoDBClient);
const bus = mockClient(EventBridgeClient);
const topic = mockClient(SNSClient);

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const now = submittedAt.getTime();
const stateMachineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:watch';
const arnOf = (name: string) => `arn:aws:states:us-east-1:111122223333:execution:watch:${name}`;
const error = { message: SECRET, $metadata: { httpStatusCode: 400 } };
const NOTHING = {
  watchesStarted: 0,
  newsGiven: 0,
  recordsFixed: 0,
  failuresTold: 0,
  redriven: 0,
  replaced: 0,
  failed: 0,
  finished: true,
};

interface Job {
  readonly jobId: string;
  readonly submittedAt?: Date;
  readonly endedAt?: Date;
}
type Described = Partial<DescribeExecutionCommandOutput> & { readonly name: string };

let table: FakeTable;
/** Pages of the lists, by `<datastoreId>/<status>`. */
let lists: Map<string, Job[][]>;
/** Executions that have ended or run, by name. */
let executions: Map<string, Described>;

beforeEach(() => {
  log.setLogLevel('SILENT');
  for (const mock of [healthImaging, states, dynamoDB, bus, topic]) mock.reset();
  table = new FakeTable();
  table.answer(dynamoDB);
  lists = new Map();
  executions = new Map();
  bus.on(PutEventsCommand).resolves({});
  topic.on(PublishCommand).resolves({});
  healthImaging.on(ListDICOMImportJobsCommand).callsFake(listJobs);
  answerStates();
  Object.assign(process.env, {
    DATASTORE_IDS: A,
    STATE_MACHINE_ARN: stateMachineArn,
    WATCHES_TABLE: 'watches',
    BUS_NAME: 'bus',
    TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:topic',
  });
});

function listJobs({ datastoreId, jobStatus, nextToken }: ListDICOMImportJobsCommandInput) {
  const pages = lists.get(`${datastoreId}/${jobStatus}`) ?? [];
  const page = Number(nextToken ?? 0);
  return {
    jobSummaries: (pages[page] ?? []).map((job) => ({ jobName: SECRET, datastoreId, jobStatus, ...job })),
    ...(page + 1 < pages.length && { nextToken: String(page + 1) }),
  };
}

function answerStates() {
  states.on(StartExecutionCommand).callsFake(({ name }) => {
    const status = executions.get(name)?.status ?? 'RUNNING';
    if (status !== 'RUNNING') throw new ExecutionAlreadyExists(error);
    return { executionArn: arnOf(name), startDate: new Date(now) };
  });
  states.on(DescribeExecutionCommand).callsFake(({ executionArn }) => {
    const execution = executions.get(executionArn.split(':').at(-1));
    if (!execution) throw new ExecutionDoesNotExist(error);
    return { executionArn, ...execution };
  });
  states.on(ListExecutionsCommand).callsFake(({ statusFilter }) => ({
    executions: [...executions.values()]
      .filter(({ status }) => status === statusFilter)
      .map(({ name, redriveCount, stopDate }) => ({
        executionArn: arnOf(name),
        name,
        redriveCount,
        stopDate,
      })),
  }));
  states.on(GetExecutionHistoryCommand).resolves({ events: [] });
  states.on(RedriveExecutionCommand).resolves({});
  states.on(SendTaskSuccessCommand).resolves({});
}

const list = (datastoreId: string, jobStatus: JobStatus, ...pages: Job[][]) =>
  lists.set(`${datastoreId}/${jobStatus}`, pages);
const run = (time: Time = new MovingTime()) => sweep(time)({});
const started = () => states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input.name);
const news = () => states.commandCalls(SendTaskSuccessCommand).map((call) => call.args[0].input);
const redriven = () => states.commandCalls(RedriveExecutionCommand).map((call) => call.args[0].input);
const listed = () =>
  healthImaging.commandCalls(ListDICOMImportJobsCommand).map((call) => {
    const { datastoreId, jobStatus, nextToken } = call.args[0].input;
    return [datastoreId?.[0], jobStatus ?? 'all', ...(nextToken ? [nextToken] : [])].join(' ');
  });
const asked = () =>
  states.commandCalls(DescribeExecutionCommand).map((call) => call.args[0].input.executionArn);
const told = () =>
  bus
    .commandCalls(PutEventsCommand)
    .flatMap((call) => call.args[0].input.Entries ?? [])
    .map(({ Detail }) => JSON.parse(Detail ?? '').metadata.id);

test('a sweep that finds nothing does nothing', async () => {
  await expect(run()).resolves.toEqual(NOTHING);
  expect(listed()).toEqual(['a SUBMITTED', 'a IN_PROGRESS', 'a COMPLETED', 'a FAILED', 'a all']);
  expect([...states.calls()].map((call) => call.args[0].constructor.name)).toEqual(
    Array(3).fill('ListExecutionsCommand'),
  );
  expect([...dynamoDB.calls()].map((call) => call.args[0].constructor.name)).toEqual([
    'PutItemCommand',
    'GetItemCommand',
    'DescribeTableCommand',
    'QueryCommand',
    'PutItemCommand',
    'DeleteItemCommand',
  ]);
});

test('an event that asks for no sweep fails it, and nothing is swept', async () => {
  await expect(sweep(new StillTime(0))({ only: 'all' })).rejects.toMatchObject({ name: 'InvalidEvent' });
  expect([...states.calls(), ...healthImaging.calls(), ...dynamoDB.calls()]).toEqual([]);
});

describe('the lists', () => {
  test('are those of all four statuses of each data store, with all their pages, and that of all jobs', async () => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    list(A, 'COMPLETED', [{ jobId: '1' }], [], [{ jobId: '2' }]);
    list(B, 'SUBMITTED', [{ jobId: '3' }], [{ jobId: '4' }]);
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 4 });
    expect(listed()).toEqual([
      'a SUBMITTED',
      'a IN_PROGRESS',
      'a COMPLETED',
      'a COMPLETED 1',
      'a COMPLETED 2',
      'a FAILED',
      'a all',
      'b SUBMITTED',
      'b SUBMITTED 1',
      'b IN_PROGRESS',
      'b COMPLETED',
      'b FAILED',
      'b all',
    ]);
    expect(started()).toEqual([`${A}-1`, `${A}-2`, `${B}-3`, `${B}-4`]);
    const [first] = healthImaging.commandCalls(ListDICOMImportJobsCommand);
    expect(first?.args[0].input).toEqual({ datastoreId: A, jobStatus: 'SUBMITTED', maxResults: 50 });
  });

  test.each([{}, { only: 'running' }])(
    'are of the data stores that the event names, with %j',
    async (event) => {
      delete process.env.DATASTORE_IDS;
      await sweep(new MovingTime())({ ...event, datastoreIds: [B, A] });
      expect(new Set(listed().map((each) => each.slice(0, 1)))).toEqual(new Set(['a', 'b']));
      expect(healthImaging.commandCalls(ListDatastoresCommand)).toEqual([]);
    },
  );

  test('are of all data stores of the account where none is given', async () => {
    delete process.env.DATASTORE_IDS;
    healthImaging
      .on(ListDatastoresCommand)
      .resolvesOnce({
        datastoreSummaries: [{ datastoreId: A, datastoreName: 'a', datastoreStatus: 'ACTIVE' }],
        nextToken: '2',
      })
      .resolvesOnce({
        datastoreSummaries: [{ datastoreId: B, datastoreName: 'b', datastoreStatus: 'ACTIVE' }],
      });
    await run();
    expect(healthImaging.commandCalls(ListDatastoresCommand)).toHaveLength(2);
    expect(new Set(listed().map((each) => each[0]))).toEqual(new Set(['a', 'b']));
  });

  test('are of the active data stores only', async () => {
    delete process.env.DATASTORE_IDS;
    const others = ['CREATING', 'CREATE_FAILED', 'DELETING', 'DELETED'] as const;
    healthImaging.on(ListDatastoresCommand).resolves({
      datastoreSummaries: [
        ...others.map((datastoreStatus, index) => ({
          datastoreId: String(index).padStart(32, 'c'),
          datastoreName: 'c',
          datastoreStatus,
        })),
        { datastoreId: A, datastoreName: 'a', datastoreStatus: 'ACTIVE' },
      ],
    });
    await expect(run()).resolves.toEqual(NOTHING);
    expect(new Set(listed().map((each) => each[0]))).toEqual(new Set(['a']));
    const [asked] = healthImaging.commandCalls(ListDatastoresCommand);
    expect(asked?.args[0].input).toMatchObject({ datastoreStatus: 'ACTIVE' });
  });

  test('of the data stores are not asked for where they are given', async () => {
    await run();
    expect(healthImaging.commandCalls(ListDatastoresCommand)).toHaveLength(0);
  });

  test('are asked for less than ten times in any second', async () => {
    const pages = Array.from({ length: 100 }, (_, index) => [{ jobId: String(index) }]);
    list(A, 'COMPLETED', ...pages);
    const time = new MovingTime();
    const calls: number[] = [];
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      calls.push(time.now());
      return listJobs(input);
    });
    await run(time);
    expect(calls).toHaveLength(104);
    expect(most(calls)).toBeLessThan(10);
  });

  /** Most calls in one second. */
  const most = (calls: readonly number[]) =>
    Math.max(...calls.map((from) => calls.filter((at) => at >= from && at < from + 1000).length));

  test('are asked for less than ten times in any second, also where they are refused', async () => {
    process.env.DATASTORE_IDS = Array.from({ length: 20 }, (_, index) =>
      String(index).padStart(32, 'a'),
    ).join();
    const time = new MovingTime();
    const calls: number[] = [];
    healthImaging.on(ListDICOMImportJobsCommand).callsFake(() => {
      calls.push(time.now());
      throw new AccessDeniedException(error);
    });
    await run(time);
    expect(most(calls)).toBeLessThan(10);
  });
});

describe('a job that nobody watches', () => {
  const deployed = new Date('2026-01-02T00:00:00Z');
  const before = new Date(deployed.getTime() - 1);

  test.each<[JobStatus, Omit<Job, 'jobId'>, boolean]>([
    ['SUBMITTED', { submittedAt: before }, true],
    ['IN_PROGRESS', { submittedAt: before }, true],
    ['COMPLETED', { submittedAt: before, endedAt: deployed }, true],
    ['FAILED', { submittedAt: before, endedAt: deployed }, true],
    ['COMPLETED', { submittedAt: before, endedAt: before }, false],
    ['FAILED', { submittedAt: before, endedAt: before }, false],
    ['FAILED', { submittedAt: before }, false],
  ])('and is %s, %j, is watched: %s', async (jobStatus, more, ours) => {
    table.createdAt = deployed;
    list(A, jobStatus, [{ jobId: '1', ...more }]);
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: ours ? 1 : 0 });
    expect(started()).toEqual(ours ? [`${A}-1`] : []);
    expect(news()).toEqual([]);
  });

  test('is watched with nothing but its ids', async () => {
    list(A, 'SUBMITTED', [{ jobId: '1', submittedAt: before }]);
    await run();
    expect(states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { stateMachineArn, name: `${A}-1`, input: `{"datastoreId":"${A}","jobId":"1"}` },
    ]);
  });

  test('is left alone where its verdict is recorded', async () => {
    table.put(A, '1', { outcome: { S: 'SUCCEEDED' } });
    list(A, 'COMPLETED', [{ jobId: '1' }, { jobId: '2' }]);
    await run();
    expect(started()).toEqual([`${A}-2`]);
  });

  test('that cannot be watched does not stop the others', async () => {
    list(A, 'COMPLETED', [{ jobId: '1' }, { jobId: '2' }]);
    states.on(StartExecutionCommand, { name: `${A}-1` }).rejects(new InvalidName(error));
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1, failed: 1 });
  });
});

describe('a watch that waits', () => {
  beforeEach(() => {
    table.put(A, '1', { taskToken: { S: 'token-1' } });
  });

  test.each<[JobStatus, boolean]>([
    ['SUBMITTED', false],
    ['IN_PROGRESS', false],
    ['COMPLETED', true],
    ['FAILED', true],
  ])('for a job that is %s gets the news: %s', async (jobStatus, expected) => {
    list(A, jobStatus, [{ jobId: '1' }]);
    await expect(run()).resolves.toEqual({ ...NOTHING, newsGiven: expected ? 1 : 0 });
    expect(news()).toEqual(
      expected ? [{ taskToken: 'token-1', output: `{"jobStatus":"${jobStatus}"}` }] : [],
    );
  });

  test('no more has its news already', async () => {
    list(A, 'COMPLETED', [{ jobId: '1' }]);
    states.on(SendTaskSuccessCommand).rejects(new TaskTimedOut(error));
    await expect(run()).resolves.toEqual(NOTHING);
  });
});

test('a job that runs and whose watch has its token is left to the sweep of running jobs', async () => {
  table.put(A, '1', { taskToken: { S: 'token-1' } });
  list(A, 'IN_PROGRESS', [{ jobId: '1' }, { jobId: '2' }]);
  await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
  expect(started()).toEqual([`${A}-2`]);
});

describe('a watch that runs though its job has ended', () => {
  const minutesAgo = (minutes: number) => new Date(now - minutes * MINUTE);

  test.each([
    ['and has told no verdict for 11 minutes is a part that failed', 11, 60, 1, 1],
    ['as a replacement is none less', 11, 60, 2, 1],
    ['may still wait for the manifest', 9, 60, 1, 0],
    ['and was started a moment ago has its time', 60, 9, 1, 0],
  ] as const)('%s', async (_, ended, started, number, failed) => {
    list(A, 'COMPLETED', [{ jobId: '1', endedAt: minutesAgo(ended) }]);
    table.put(A, '1', { taskToken: { S: 'token-1' } });
    states.on(SendTaskSuccessCommand).rejects(new TaskTimedOut(error));
    const first = `${A}-1`;
    executions.set(first, { name: first, status: 'SUCCEEDED', output: '{}', stopDate: minutesAgo(80) });
    const name = number === 1 ? first : `${first}-${number}`;
    executions.set(name, { name, status: 'RUNNING', startDate: minutesAgo(started) });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failed });
  });
});

describe('the sweep of running jobs', () => {
  const C = 'c'.repeat(32);
  const watching = (datastoreId: string, jobId: string) => {
    const name = `${datastoreId}-${jobId}`;
    executions.set(name, { name, status: 'RUNNING' });
    table.put(datastoreId, jobId, { taskToken: { S: `token-${jobId}` } });
  };
  const answer = (jobStatus: JobStatus, endedAt?: Date) =>
    healthImaging.on(GetDICOMImportJobCommand).callsFake(({ datastoreId, jobId }) => ({
      jobProperties: { datastoreId, jobId, jobStatus, endedAt, submittedAt },
    }));
  const runRunning = (time: Time = new MovingTime()) => sweep(time)({ only: 'running' });
  const old = new Date(now - 11_000);

  test('reads the lists of jobs that run, and nothing else', async () => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    await expect(runRunning()).resolves.toEqual(NOTHING);
    expect(listed()).toEqual(['a SUBMITTED', 'a IN_PROGRESS', 'b SUBMITTED', 'b IN_PROGRESS']);
    expect(states.commandCalls(ListExecutionsCommand).map((call) => call.args[0].input)).toMatchObject([
      { statusFilter: 'RUNNING' },
    ]);
    expect(dynamoDB.commandCalls(BatchGetItemCommand)).toEqual([]);
  });

  test('gives a watch to a job that has none, once its event must have come', async () => {
    watching(A, '1');
    list(A, 'SUBMITTED', [
      { jobId: '1', submittedAt: old },
      { jobId: '2', submittedAt: old },
      { jobId: '3', submittedAt },
    ]);
    list(A, 'IN_PROGRESS', [{ jobId: '4', submittedAt: old }]);
    await expect(runRunning(new StillTime(0))).resolves.toEqual({ ...NOTHING, watchesStarted: 2 });
    expect(started()).toEqual([`${A}-2`, `${A}-4`]);
    expect(news()).toEqual([]);
  });

  test.each(['COMPLETED', 'FAILED'] as const)('tells a watch that its job is %s', async (jobStatus) => {
    watching(A, '1');
    watching(A, '2');
    list(A, 'IN_PROGRESS', [{ jobId: '1', submittedAt: old }]);
    answer(jobStatus, old);
    await expect(runRunning()).resolves.toEqual({ ...NOTHING, newsGiven: 1 });
    expect(news()).toEqual([{ taskToken: 'token-2', output: `{"jobStatus":"${jobStatus}"}` }]);
  });

  test('does not take an event for lost that is on its way', async () => {
    watching(A, '1');
    answer('COMPLETED', submittedAt);
    await expect(runRunning(new StillTime(9))).resolves.toEqual(NOTHING);
    expect(news()).toHaveLength(1);
    await expect(runRunning(new StillTime(10))).resolves.toEqual({ ...NOTHING, newsGiven: 1 });
  });

  test.each<[string, () => unknown]>([
    ['whose job runs, whatever the lists say', () => answer('IN_PROGRESS')],
    [
      'whose job cannot be found',
      () =>
        healthImaging
          .on(GetDICOMImportJobCommand)
          .rejects(Object.assign(new Error(SECRET), { $metadata: { httpStatusCode: 404 } })),
    ],
    ['that does not wait', () => table.put(A, '1', {})],
    ['that has its news', () => states.on(SendTaskSuccessCommand).rejects(new TaskTimedOut(error))],
  ])('counts no news to a watch %s', async (_, given) => {
    watching(A, '1');
    answer('COMPLETED', old);
    given();
    await expect(runRunning()).resolves.toEqual(NOTHING);
  });

  test.each(['SUBMITTED', 'IN_PROGRESS'] as const)(
    'does not wake a watch whose job is %s, although a list misses it',
    async (jobStatus) => {
      watching(A, '1');
      answer(jobStatus);
      await runRunning();
      expect(news()).toEqual([]);
    },
  );

  test('leaves watches alone of data stores that it could not read, or does not sweep', async () => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    for (const datastoreId of [A, B, C]) watching(datastoreId, '1');
    executions.set('by hand', { name: 'by hand', status: 'RUNNING' });
    answer('COMPLETED', old);
    healthImaging
      .on(ListDICOMImportJobsCommand, { datastoreId: B })
      .rejects(new AccessDeniedException(error));
    await expect(runRunning()).resolves.toEqual({ ...NOTHING, newsGiven: 1, failed: 1, finished: false });
    expect(news()).toMatchObject([{ taskToken: 'token-1' }]);
    expect(healthImaging.commandCalls(GetDICOMImportJobCommand).map((call) => call.args[0].input)).toEqual([
      { datastoreId: A, jobId: '1' },
    ]);
  });

  test('does what it can in 13 minutes and says that it was cut off; the next begins there', async () => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    for (let i = 0; i < 6000; i++) watching(B, String(i));
    answer('COMPLETED', old);
    // A watch that is woken ends.
    states.on(SendTaskSuccessCommand).callsFake(({ taskToken }) => {
      executions.delete(`${B}-${taskToken.slice('token-'.length)}`);
      return {};
    });
    const time = new MovingTime();
    const first = await runRunning(time);
    expect(first.finished).toBe(false);
    expect(first.newsGiven).toBeGreaterThan(5000);
    expect(time.now() - now).toBeLessThan(14 * MINUTE);
    expect(table.get('sweep', 'running')?.position).toEqual({ S: `{"datastoreId":"${B}"}` });

    healthImaging.resetHistory();
    await expect(runRunning()).resolves.toEqual({ ...NOTHING, newsGiven: 6000 - first.newsGiven });
    expect(listed()).toEqual(['b SUBMITTED', 'b IN_PROGRESS', 'a SUBMITTED', 'a IN_PROGRESS']);
    expect(table.get('sweep', 'running')).toBeUndefined();
  });

  test('takes no lists that were cut off for complete', async () => {
    watching(A, '1');
    answer('COMPLETED', old);
    list(A, 'SUBMITTED', ...Array.from({ length: 6000 }, () => []));
    await expect(runRunning()).resolves.toEqual({ ...NOTHING, finished: false });
    expect(news()).toEqual([]);
  });

  test('sits out that Step Functions throttles a list, and goes on at the same page', async () => {
    watching(A, '1');
    answer('COMPLETED', old);
    const pages = [['a'], ['1']];
    let throttled = 2;
    states.on(ListExecutionsCommand).callsFake(({ nextToken }) => {
      if (nextToken && throttled-- > 0) {
        throw new SFNServiceException({ name: 'ThrottlingException', $fault: 'client', ...error });
      }
      return {
        executions: pages[Number(nextToken ?? 0)]?.map((id) => ({ name: `${A}-${id}` })),
        ...(!nextToken && { nextToken: '1' }),
      };
    });
    await expect(runRunning()).resolves.toEqual({ ...NOTHING, newsGiven: 1 });
    const tokens = states.commandCalls(ListExecutionsCommand).map((call) => call.args[0].input.nextToken);
    expect(tokens).toEqual([undefined, '1', '1', '1']);
  });

  test('takes no lists that were cut off for complete, although its clock is put back then', async () => {
    watching(A, '1');
    answer('COMPLETED', old);
    list(A, 'SUBMITTED', [{ jobId: '2', submittedAt: old }]);
    const time = new MovingTime();
    let ahead = 0;
    const unsteady: Time = {
      now: () => {
        const now = time.now() + ahead;
        ahead = 0;
        return now;
      },
      sleep: (ms) => time.sleep(ms),
    };
    states.on(StartExecutionCommand).callsFake(({ name }) => {
      ahead = 14 * MINUTE;
      return { executionArn: arnOf(name), startDate: new Date(now) };
    });
    await runRunning(unsteady);
    expect(listed()).toEqual(['a SUBMITTED']);
    expect(healthImaging.commandCalls(GetDICOMImportJobCommand)).toEqual([]);
  });

  test('does not end in an error, which would run it again', async () => {
    states.on(ListExecutionsCommand).rejects(new InvalidName(error));
    await expect(runRunning()).resolves.toEqual({ ...NOTHING, failed: 1, finished: false });
  });
});

describe('a job that was given up', () => {
  const name = `${A}-1`;
  const ended = (number: number, minutesAgo: number, output: object) => {
    const each = number === 1 ? name : `${name}-${number}`;
    executions.set(each, {
      name: each,
      status: 'SUCCEEDED',
      output: JSON.stringify(output),
      stopDate: new Date(now - minutesAgo * MINUTE),
    });
  };
  const givenUp = { outcome: 'ABANDONED', eventId: `${name}-finished` };

  beforeEach(() => {
    table.put(A, '1', { outcome: { S: 'ABANDONED' } });
    ended(1, 1000, givenUp);
  });

  test.each(['COMPLETED', 'FAILED'] as const)('and is %s after all gets another watch', async (status) => {
    list(A, status, [{ jobId: '1' }]);
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(started()).toEqual([name, `${name}-2`]);
  });

  test('and still runs is left alone', async () => {
    list(A, 'IN_PROGRESS', [{ jobId: '1' }]);
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    expect(started()).toEqual([]);
  });

  test('is left alone once it has its later verdict', async () => {
    table.put(A, '1', { outcome: { S: 'ABANDONED' }, laterOutcome: { S: 'SUCCEEDED' } });
    list(A, 'COMPLETED', [{ jobId: '1' }]);
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    expect(started()).toEqual([]);
  });

  test('gets its watches less and less often where they do not find the end that is listed', async () => {
    list(A, 'COMPLETED', [{ jobId: '1' }]);
    ended(2, 29.9, { next: 'told', outcome: 'ABANDONED' });
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    ended(2, 30, { next: 'told', outcome: 'ABANDONED' });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(started().at(-1)).toBe(`${name}-3`);
  });

  test('is an error at every sweep once seven watches did not find its end', async () => {
    list(A, 'COMPLETED', [{ jobId: '1' }]);
    for (let number = 2; number <= 7; number++) ended(number, 10_000, { next: 'told', outcome: 'ABANDONED' });
    await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1 });
    expect(started()).toEqual([name]);
  });

  test('gets no later verdict of a watch that says none', async () => {
    list(A, 'COMPLETED', [{ jobId: '1' }]);
    ended(2, 1000, { next: 'unknown' });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(started()).toEqual([name, `${name}-3`]);
  });

  test('and still runs, which the table forgot: that it was given up is written down again', async () => {
    list(A, 'IN_PROGRESS', [{ jobId: '1' }]);
    table.items.clear();
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, recordsFixed: 1 });
    expect(table.get(A, '1')?.outcome).toEqual({ S: 'ABANDONED' });
    expect(started()).toEqual([name]);
  });

  test('and has a later verdict that the table forgot: both are written down again', async () => {
    list(A, 'COMPLETED', [{ jobId: '1' }]);
    table.items.clear();
    ended(2, 10, { outcome: 'FAILED', eventId: `${name}-finished-2` });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, recordsFixed: 2 });
    expect(table.get(A, '1')).toMatchObject({
      outcome: { S: 'ABANDONED' },
      eventId: { S: `${name}-finished` },
      laterOutcome: { S: 'FAILED' },
      laterEventId: { S: `${name}-finished-2` },
      verdict: { S: JSON.stringify({ outcome: 'FAILED', eventId: `${name}-finished-2` }) },
    });
    expect(started()).toEqual([name]);
  });
});

describe('a watch that ended without a recorded verdict', () => {
  const name = `${A}-1`;
  const silent = (number: number, minutesAgo: number) => {
    const each = number === 1 ? name : `${name}-${number}`;
    executions.set(each, {
      name: each,
      status: 'SUCCEEDED',
      output: '{"next":"unknown","jobStatus":"NOT_FOUND"}',
      stopDate: new Date(now - minutesAgo * MINUTE),
    });
  };

  beforeEach(() => {
    list(A, 'COMPLETED', [{ jobId: '1' }]);
  });

  const published = JSON.stringify({
    ...{ datastoreId: A, jobId: '1', outcome: 'FAILED', summary: 'Nothing was imported.' },
    eventId: `${name}-finished`,
    files: { found: 3, imported: 0, rejected: 3 },
  });
  test.each([
    ['a verdict that it published: the table has it again, with its counts', published, published],
    ['the verdict on another job: the table has the outcome', published.replace(name, 'x'), undefined],
    [
      'a verdict that was published before: it has no counts',
      '{"next":"told","outcome":"FAILED"}',
      undefined,
    ],
  ])('though its output has %s', async (_, output, verdict) => {
    executions.set(name, { name, status: 'SUCCEEDED', output, stopDate: new Date(now) });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, recordsFixed: 1 });
    expect(table.get(A, '1')).toEqual({
      datastoreId: { S: A },
      jobId: { S: '1' },
      outcome: { S: 'FAILED' },
      eventId: { S: `${name}-finished` },
      ...(verdict && { verdict: { S: verdict } }),
      expiresAt: { N: String(Math.floor(now / 1000) + 120 * 86_400) },
    });
    await expect(run()).resolves.toEqual(NOTHING);
  });

  test('is replaced a quarter of an hour later, and not before', async () => {
    silent(1, 14.9);
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    silent(1, 15);
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(started()).toEqual([name, name, `${name}-2`]);
  });

  test('is replaced later and later', async () => {
    silent(1, 1000);
    silent(2, 29.9);
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    silent(2, 30);
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(started().at(-1)).toBe(`${name}-3`);
  });

  test('has a replacement that runs', async () => {
    silent(1, 1000);
    executions.set(`${name}-2`, { name: `${name}-2`, status: 'RUNNING' });
    await expect(run()).resolves.toEqual(NOTHING);
    expect(started()).toEqual([name]);
    expect(asked()).toEqual([arnOf(name), arnOf(`${name}-2`)]);
  });

  test('has a replacement that published', async () => {
    silent(1, 1000);
    executions.set(`${name}-2`, {
      name: `${name}-2`,
      status: 'SUCCEEDED',
      output: '{"outcome":"SUCCEEDED"}',
    });
    await expect(run()).resolves.toEqual({ ...NOTHING, recordsFixed: 1 });
    expect(table.get(A, '1')?.outcome).toEqual({ S: 'SUCCEEDED' });
  });

  test('six times gets its seventh watch', async () => {
    for (let number = 1; number <= 6; number++) silent(number, 10_000);
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(started()).toEqual([name, `${name}-7`]);
  });

  test('six times, and failed the seventh: the report is that of a failed watch', async () => {
    for (let number = 1; number <= 6; number++) silent(number, 10_000);
    executions.set(`${name}-7`, { name: `${name}-7`, status: 'FAILED' });
    states.on(ListExecutionsCommand).resolves({ executions: [] });
    await expect(run()).resolves.toEqual(NOTHING);
    expect(started()).toEqual([name]);
  });

  test('seven times is an error at every sweep, and no eighth watch', async () => {
    for (let number = 1; number <= 7; number++) silent(number, 10_000);
    await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1 });
    await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1 });
    expect(started()).toEqual([name, name]);
  });

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'because it %s is not replaced here, however long ago',
    async (status) => {
      executions.set(name, { name, status, stopDate: new Date(now - 100 * DAY) });
      // Not listed: the part of the sweep that repairs failed watches does not see it.
      states.on(ListExecutionsCommand).resolves({ executions: [] });
      await expect(run()).resolves.toEqual(NOTHING);
      expect(started()).toEqual([name]);
    },
  );
});

describe('a watch that failed', () => {
  const name = `${A}-1`;
  const input = JSON.stringify({ datastoreId: A, jobId: '1' });
  const fail = (minutesAgo: number, more: Partial<Described> = {}) => {
    const each = more.name ?? name;
    executions.set(each, {
      status: 'FAILED',
      input,
      error: 'HealthImagingRefused',
      redriveCount: 0,
      redriveStatus: 'REDRIVABLE',
      startDate: new Date(now - 10 * DAY),
      stopDate: new Date(now - minutesAgo * MINUTE),
      ...more,
      name: each,
    });
  };
  const tell = (...ids: string[]) =>
    table.put(A, '1', { failureEventIds: { SS: ids.map((id) => `${name}${id}`) } });

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'is reported if its event was lost, once: %s',
    async (status) => {
      fail(0, { status });
      await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1 });
      await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
      expect(told()).toEqual([`${name}-watch-failed-0`]);
      expect(topic.commandCalls(PublishCommand)).toHaveLength(1);
    },
  );

  test('says that the sweep repairs it', async () => {
    fail(0);
    await run(new StillTime(0));
    expect(topic.commandCalls(PublishCommand)[0]?.args[0].input.Message).toMatch(/The sweep\s+redrives/);
  });

  test('is not told again where its event came', async () => {
    tell('-watch-failed-0');
    fail(0);
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    expect(told()).toEqual([]);
  });

  test('is reported again when it fails again', async () => {
    tell('-watch-failed-0');
    fail(0, { redriveCount: 1 });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1 });
    expect(told()).toEqual([`${name}-watch-failed-1`]);
  });

  test.each([
    [0, 14.9, false],
    [0, 15, true],
    [3, 119.9, false],
    [3, 120, true],
    [5, 480, true],
  ])('and was redriven %d times is redriven after %d min: %s', async (redriveCount, minutes, expected) => {
    tell(`-watch-failed-${redriveCount}`);
    fail(minutes, { redriveCount });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: expected ? 1 : 0 });
    expect(redriven()).toEqual(
      expected ? [{ executionArn: arnOf(name), clientToken: `redrive-${redriveCount + 1}` }] : [],
    );
  });

  test('is reported and repaired in one sweep if it is time for both', async () => {
    fail(60);
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1, redriven: 1 });
  });

  test('and was redriven by somebody else in the meantime is left alone', async () => {
    tell('-watch-failed-0');
    fail(60);
    states.on(RedriveExecutionCommand).rejects(new ExecutionNotRedrivable(error));
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
  });

  test('and runs again by the time that it is looked at is left alone', async () => {
    fail(60);
    states.on(DescribeExecutionCommand).resolves({ ...executions.get(name), status: 'RUNNING' });
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    expect(told()).toEqual([]);
  });

  test.each([
    [24 * 60 - 0.1, 0],
    [24 * 60, 1],
  ])('and was redriven six times is replaced after %d min: %d', async (minutes, replaced) => {
    tell('-watch-failed-6');
    fail(minutes, { redriveCount: 6 });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, replaced });
    expect(redriven()).toEqual([]);
    expect(states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual(
      replaced ? [{ stateMachineArn, name: `${name}-2`, input }] : [],
    );
  });

  test('as a replacement is replaced by the next number', async () => {
    tell('-3-watch-failed-6');
    fail(24 * 60, { name: `${name}-3`, redriveCount: 6 });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, replaced: 1 });
    expect(started()).toEqual([`${name}-4`]);
  });

  test('and was replaced by a watch that ended is not replaced again', async () => {
    tell('-watch-failed-6');
    fail(2 * 24 * 60, { redriveCount: 6 });
    executions.set(`${name}-2`, { name: `${name}-2`, status: 'SUCCEEDED', output: '{}' });
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
  });

  test('and was replaced by a watch that runs is not counted again', async () => {
    tell('-watch-failed-6');
    fail(2 * 24 * 60, { redriveCount: 6 });
    executions.set(`${name}-2`, { name: `${name}-2`, status: 'RUNNING' });
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
  });

  test('twice for one job is repaired: DynamoDB refuses a key that is asked for twice', async () => {
    tell('-watch-failed-6', '-2-watch-failed-0');
    fail(2 * 24 * 60, { redriveCount: 6 });
    fail(60, { name: `${name}-2` });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: 1 });
    expect(redriven()).toEqual([{ executionArn: arnOf(`${name}-2`), clientToken: 'redrive-1' }]);
  });

  test('the seventh time is reported and left to people', async () => {
    fail(100 * 24 * 60, { name: `${name}-7`, redriveCount: 6 });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1 });
    expect([started(), redriven()]).toEqual([[], []]);
  });

  test('because somebody stopped it is left to people', async () => {
    fail(100 * 24 * 60, { status: 'ABORTED' });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1 });
    expect([started(), redriven()]).toEqual([[], []]);
  });

  test('by its input is reported once, and left to people', async () => {
    fail(100 * 24 * 60, { name: 'by-hand', input: SECRET, error: 'InvalidWatchInput' });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1 });
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    expect([started(), redriven()]).toEqual([[], []]);
  });

  test('under a name that somebody else gave is reported once, and repaired', async () => {
    fail(60, { name: 'by-hand' });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 1, redriven: 1 });
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: 1 });
    expect(told()).toEqual(['by-hand-watch-failed-0']);
  });

  test('is left alone where a verdict was recorded all the same', async () => {
    table.put(A, '1', { outcome: { S: 'SUCCEEDED' } });
    fail(60);
    await expect(run(new StillTime(0))).resolves.toEqual(NOTHING);
    expect(asked()).toEqual([]);
  });

  describe('while people are out of reach', () => {
    const OUT = { ...error, $metadata: { httpStatusCode: 500 } };
    const failMany = (count: number, minutesAgo: number) => {
      for (let i = 1; i <= count; i++) {
        fail(minutesAgo, { name: `${A}-${i}`, input: JSON.stringify({ datastoreId: A, jobId: String(i) }) });
      }
    };
    /** SNS takes so long to fail. */
    const outOfOrder = (time: MovingTime, ms: number) =>
      topic.on(PublishCommand).callsFake(async () => {
        await time.sleep(ms);
        throw new InternalErrorException(OUT);
      });
    const emails = () => topic.commandCalls(PublishCommand).length;

    test('watches are redriven five a second: each may send an email that waits', async () => {
      failMany(30, 60);
      tell('-watch-failed-0');
      const time = new StillTime(0);
      await expect(run(time)).resolves.toMatchObject({ redriven: 30 });
      expect(time.slept.filter((ms) => ms === 200)).toHaveLength(30);
    });

    test('is repaired, and on the bus once, however often it is swept', async () => {
      fail(60);
      outOfOrder(new MovingTime(), 0);
      for (let sweeps = 0; sweeps < 3; sweeps++) {
        await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: 1, failed: 1 });
      }
      expect(told()).toEqual([`${name}-watch-failed-0`]);
      topic.on(PublishCommand).resolves({});
      await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: 1, failuresTold: 1 });
      expect([told().length, emails()]).toEqual([1, 4]);
    });

    test('does not take the whole sweep: all are on the bus and repaired, jobs are swept', async () => {
      failMany(100, 60);
      list(A, 'COMPLETED', [{ jobId: 'unwatched' }]);
      const time = new MovingTime();
      outOfOrder(time, 16_000);
      await expect(run(time)).resolves.toEqual({ ...NOTHING, watchesStarted: 1, redriven: 100, failed: 2 });
      expect([told().length, emails()]).toEqual([100, 2]);
      expect(time.now() - now).toBeLessThan(MINUTE);
    });

    test('at each sweep no time is spent on those that only people are missing of', async () => {
      failMany(100, 0);
      const time = new MovingTime();
      outOfOrder(time, 16_000);
      await run(time);
      states.resetHistory();
      await run(time);
      expect([told().length, emails()]).toEqual([100, 4]);
      expect(states.commandCalls(DescribeExecutionCommand)).toHaveLength(2);
    });

    test('one that SNS refuses at once does not stop the others', async () => {
      failMany(10, 0);
      topic.on(PublishCommand).rejectsOnce(new InternalErrorException(OUT)).resolves({});
      await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failuresTold: 9, failed: 1 });
    });
  });

  test('is reported however many there are, where that takes long but does not fail', async () => {
    for (const jobId of ['1', '2', '3']) {
      fail(0, { name: `${A}-${jobId}`, input: JSON.stringify({ datastoreId: A, jobId }) });
    }
    const time = new MovingTime();
    topic.on(PublishCommand).callsFake(() => time.sleep(31_000));
    await expect(run(time)).resolves.toEqual({ ...NOTHING, failuresTold: 3 });
  });

  test('is left to the next sweep after half of the time: jobs are looked at, too', async () => {
    fail(60);
    fail(60, { name: `${A}-2`, input: JSON.stringify({ datastoreId: A, jobId: '2' }) });
    list(A, 'COMPLETED', [{ jobId: 'unwatched' }]);
    const time = new MovingTime();
    topic.on(PublishCommand).callsFake(() => time.sleep(6.5 * MINUTE));
    await expect(run(time)).resolves.toEqual({ ...NOTHING, failuresTold: 1, redriven: 1, watchesStarted: 1 });
  });

  test('is repaired while the bus is out of order, and people are notified after systems', async () => {
    fail(60);
    bus.on(PutEventsCommand).rejects(new InternalException(error));
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: 1, failed: 1 });
    expect(topic.commandCalls(PublishCommand)).toEqual([]);
  });

  test('is repaired while the table takes no writes, and nothing is sent that could not be recorded', async () => {
    fail(60);
    dynamoDB.on(UpdateItemCommand).rejects(new InternalServerError(error));
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, redriven: 1, failed: 1 });
    expect([told(), topic.calls().length]).toEqual([[], 0]);
  });

  test('and cannot be read does not stop the others', async () => {
    fail(60);
    fail(60, { name: `${A}-2`, input: JSON.stringify({ datastoreId: A, jobId: '2' }) });
    states.on(DescribeExecutionCommand, { executionArn: arnOf(name) }).rejects(new InvalidName(error));
    await expect(run(new StillTime(0))).resolves.toEqual({
      ...NOTHING,
      failuresTold: 1,
      redriven: 1,
      failed: 1,
    });
  });
});

describe('a job with a status that nobody knows', () => {
  const odd = { jobId: '1', jobStatus: 'CANCELLED', submittedAt: new Date(now) };

  test('is in the list of all jobs only, and gets its watch; the other jobs of that page, too', async () => {
    lists.set(`${A}/undefined`, [[odd, { jobId: '2', jobStatus: 'IN_PROGRESS' } as Job]]);
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 2 });
    expect(started()).toEqual([`${A}-1`, `${A}-2`]);
  });

  test('gets no second watch where the first failed, and its failure is reported once', async () => {
    lists.set(`${A}/undefined`, [[odd]]);
    const failed = {
      name: `${A}-1`,
      status: 'FAILED',
      error: 'UnknownJobStatus',
      stopDate: new Date(0),
    } as const;
    executions.set(failed.name, {
      ...failed,
      input: JSON.stringify({ datastoreId: A, jobId: '1' }),
      redriveStatus: 'REDRIVABLE',
    });
    await expect(run()).resolves.toEqual({ ...NOTHING, failuresTold: 1 });
    await expect(run()).resolves.toEqual(NOTHING);
    expect(redriven()).toEqual([]);
    expect(executions.size).toBe(1);
  });

  test('that ended before the watcher was deployed is history', async () => {
    lists.set(`${A}/undefined`, [[{ ...odd, submittedAt: new Date(0) }]]);
    await expect(run()).resolves.toEqual(NOTHING);
  });
});

describe('a sweep that runs out of time', () => {
  /** The clock is past the deadline after so many lists. */
  function timeThatEnds(after: number, ms = 13 * MINUTE): Time {
    let lists = 0;
    let elapsed = 0;
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      if (++lists === after) elapsed = ms;
      return listJobs(input);
    });
    return { now: () => now + elapsed, sleep: async () => {} };
  }
  const rounds = () => JSON.parse(table.get('sweep', 'position')?.rounds?.S ?? '{}');

  beforeEach(() => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    list(A, 'COMPLETED', [{ jobId: '1' }], [{ jobId: '2' }], [{ jobId: '3' }]);
  });

  test('keeps its position, and the next goes on there and forgets it', async () => {
    await expect(run(timeThatEnds(4))).resolves.toEqual({ ...NOTHING, watchesStarted: 2, finished: false });
    expect(rounds().cut.at).toEqual({ datastoreId: A, jobStatus: 'COMPLETED', nextToken: '2' });
    for (const jobId of ['1', '2']) table.put(A, jobId, { outcome: { S: 'SUCCEEDED' } });
    healthImaging.resetHistory();
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
    expect(listed().slice(0, 8)).toEqual([
      'a COMPLETED 2',
      'a FAILED',
      'a all',
      'b SUBMITTED',
      'b IN_PROGRESS',
      'b COMPLETED',
      'b FAILED',
      'b all',
    ]);
    expect(rounds().cut).toBeUndefined();
    healthImaging.resetHistory();
    await run();
    expect(listed()[0]).toBe('a SUBMITTED');
  });

  test('goes on at the deadline, not before', async () => {
    await expect(run(timeThatEnds(4, 13 * MINUTE - 1))).resolves.toMatchObject({ finished: true });
    await expect(run(timeThatEnds(4, 13 * MINUTE))).resolves.toMatchObject({ finished: false });
  });

  test('moves its position on', async () => {
    await run(timeThatEnds(1));
    await run(timeThatEnds(1));
    expect(rounds().cut.at).toEqual({ datastoreId: A, jobStatus: 'COMPLETED' });
  });

  test('begins again if the data store of its position is gone', async () => {
    await run(timeThatEnds(4));
    healthImaging.resetHistory();
    process.env.DATASTORE_IDS = B;
    await expect(run()).resolves.toMatchObject({ finished: true });
    expect(listed()[0]).toBe('b SUBMITTED');
    expect(rounds()).toMatchObject({ recent: { [B]: expect.any(Number) }, fullAt: expect.any(Number) });
    expect(rounds().full).toBeUndefined();
  });

  test('and cannot keep its position is counted, and begins again next time', async () => {
    dynamoDB.on(PutItemCommand).callsFake(({ Item }) => {
      if (Item.jobId.S === 'position') throw new InternalServerError(error);
      return {};
    });
    await expect(run(timeThatEnds(4))).resolves.toEqual({
      ...NOTHING,
      watchesStarted: 2,
      failed: 1,
      finished: false,
    });
  });

  test('reads a list again whose saved page is refused, and all others', async () => {
    await run(timeThatEnds(4));
    for (const jobId of ['1', '2']) table.put(A, jobId, { outcome: { S: 'SUCCEEDED' } });
    refuseTokens(1);
    healthImaging.resetHistory();
    await expect(run()).resolves.toMatchObject({ watchesStarted: 1, failed: 0, finished: true });
    expect(listed().slice(0, 6)).toEqual([
      'a COMPLETED 2',
      'a FAILED',
      'a all',
      'a COMPLETED',
      'a COMPLETED 1',
      'a COMPLETED 2',
    ]);
    expect(listed()).toContain('b all');
  });

  test('gives up a data store of which each page is refused, and leaves it to the next', async () => {
    refuseTokens(100);
    await expect(run()).resolves.toMatchObject({ failed: 1, finished: false });
    expect(rounds().recent).toEqual({ [B]: expect.any(Number) });
  });

  function refuseTokens(times: number): void {
    let left = times;
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      if (!input.nextToken || left-- <= 0) return listJobs(input);
      throw new ValidationException({ message: SECRET, $metadata: { httpStatusCode: 400 } });
    });
  }
});

describe('a sweep while another of its kind runs', () => {
  test.each([{}, { only: 'running' }])('does nothing, with %j', async (event) => {
    const kind = 'only' in event ? 'running' : 'all';
    let during: Promise<unknown> | undefined;
    healthImaging.on(ListDICOMImportJobsCommand).callsFake(async (input) => {
      if (!during) {
        during = sweep(new StillTime(0))(event);
        await expect(during).resolves.toEqual({ ...NOTHING, finished: false });
        await expect(sweep(new StillTime(0))(other)).resolves.toMatchObject({ finished: true });
      }
      return listJobs(input);
    });
    const other = kind === 'all' ? { only: 'running' } : {};
    await expect(sweep(new StillTime(0))(event)).resolves.toEqual(NOTHING);
    expect(during).toBeDefined();
    expect(table.get('sweep', `lease-${kind}`)).toBeUndefined();
  });

  test.each([
    [{}, 14],
    [{ only: 'running' }, 14],
  ])('that was killed, with %j: the next goes on %d minutes later', async (event, minutes) => {
    const kind = 'only' in event ? 'running' : 'all';
    table.put('sweep', `lease-${kind}`, {
      owner: { S: 'killed' },
      expiresAt: { N: String(Math.ceil(now / 1000) + minutes * 60) },
    });
    await expect(sweep(new StillTime(minutes * 60 - 1))(event)).resolves.toMatchObject({ finished: false });
    await expect(sweep(new StillTime(minutes * 60 + 1))(event)).resolves.toMatchObject({ finished: true });
  });

  test.each([{}, { only: 'running' }])(
    'that was killed, with %j: Lambda repeats it, and it goes on at once',
    async (event) => {
      const kind = 'only' in event ? 'running' : 'all';
      const killed = { owner: { S: 'request-1' }, expiresAt: { N: String(Math.ceil(now / 1000) + 800) } };
      table.put('sweep', `lease-${kind}`, killed);
      const again = (awsRequestId: string) => sweep(new StillTime(60))(event, { awsRequestId });
      await expect(again('request-2')).resolves.toMatchObject({ finished: false });
      expect(table.get('sweep', `lease-${kind}`)).toMatchObject(killed);
      await expect(again('request-1')).resolves.toMatchObject({ finished: true });
      expect(table.get('sweep', `lease-${kind}`)).toBeUndefined();
    },
  );

  test('whose lease has ended leaves the lease of the next one alone', async () => {
    const next = { owner: { S: 'next' }, expiresAt: { N: String(Math.ceil(now / 1000) + 800) } };
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      table.put('sweep', 'lease-all', next);
      return listJobs(input);
    });
    await run();
    expect(table.get('sweep', 'lease-all')).toMatchObject(next);
  });

  test('is no other where the answer to its own first try was lost', async () => {
    dynamoDB.on(PutItemCommand).callsFakeOnce((input) => {
      table.put('sweep', 'lease-all', input.Item);
      throw new ConditionalCheckFailedException({ message: '', $metadata: {} });
    });
    const [taken] = [await run()];
    expect(taken.finished).toBe(false);
    const [first] = dynamoDB.commandCalls(PutItemCommand);
    expect(first?.args[0].input).toMatchObject({
      ConditionExpression: 'attribute_not_exists(#e) OR #e <= :e OR #o = :o',
      ExpressionAttributeValues: { ':o': first?.args[0].input.Item?.owner },
    });
  });
});

describe('the history of a data store', () => {
  /** Jobs each minute before now, the newest first, on pages of ten; all have their verdicts. */
  const history = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      jobId: String(index + 1),
      submittedAt: new Date(now - (index + 1) * MINUTE),
      endedAt: new Date(now - index * MINUTE),
    }));
  const pagesOf = (jobs: Job[]) =>
    Array.from({ length: Math.ceil(jobs.length / 10) }, (_, page) => jobs.slice(10 * page, 10 * page + 10));
  const settle = (jobs: readonly Job[], outcome = 'SUCCEEDED') => {
    for (const { jobId } of jobs) table.put(A, jobId, { outcome: { S: outcome } });
  };
  const completed = (jobs: Job[]) => list(A, 'COMPLETED', ...pagesOf(jobs));
  const pages = () => listed().filter((each) => each.startsWith('a COMPLETED')).length;
  const rounds = () => JSON.parse(table.get('sweep', 'position')?.rounds?.S ?? '{}');
  /** All was seen at this moment, in seconds from now. */
  const sawAll = async (seconds: number) => {
    await run(new StillTime(seconds));
    healthImaging.resetHistory();
  };
  const QUARTER = 15 * 60;

  beforeEach(() => {
    table.createdAt = new Date(now - 100 * DAY);
  });

  test('is read once, and then as far as it may have what is new', async () => {
    const jobs = history(1000);
    settle(jobs);
    completed(jobs);
    await run(new StillTime(0));
    expect(pages()).toBeGreaterThanOrEqual(100);
    healthImaging.resetHistory();
    await expect(run(new StillTime(QUARTER))).resolves.toEqual(NOTHING);
    // Two pages are of the last 15 minutes before the last round, in which a list may have lagged behind.
    expect(listed()).toEqual([
      'a SUBMITTED',
      'a IN_PROGRESS',
      'a COMPLETED',
      'a COMPLETED 1',
      'a COMPLETED 2',
      'a FAILED',
      'a all',
    ]);
  });

  test('is read on while a page has a job without its final verdict', async () => {
    const jobs = history(1000);
    settle(jobs);
    completed(jobs);
    await sawAll(0);
    table.items.delete(`${A}/25`);
    await expect(run(new StillTime(QUARTER))).resolves.toMatchObject({ watchesStarted: 1 });
    expect(pages()).toBe(4);
  });

  test('is read whole where a list does not begin with the newest', async () => {
    const jobs = history(1000);
    settle(jobs);
    completed(jobs.toReversed());
    await sawAll(0);
    jobs.push({ jobId: 'new', submittedAt: new Date(now + MINUTE), endedAt: new Date(now + 2 * MINUTE) });
    completed(jobs.toSorted((a, b) => a.submittedAt.getTime() - b.submittedAt.getTime()));
    await expect(run(new StillTime(QUARTER))).resolves.toMatchObject({ watchesStarted: 1 });
    expect(pages()).toBe(101);
  });

  test('is read whole where its first pages descend by chance, since they are small', async () => {
    const jobs = history(100).toReversed();
    // The first jobs took the longer, the earlier they began: their ends descend.
    const all = jobs.map((job, index) =>
      index < 5 ? { ...job, endedAt: new Date(now - (50 + index) * MINUTE) } : job,
    );
    const onePerPage = (some: Job[]) => list(A, 'COMPLETED', ...some.map((job) => [job]));
    settle(all);
    onePerPage(all);
    await sawAll(0);
    const last = { jobId: 'new', submittedAt: new Date(now + MINUTE), endedAt: new Date(now + 2 * MINUTE) };
    onePerPage([...all, last]);
    await expect(run(new StillTime(QUARTER))).resolves.toMatchObject({ watchesStarted: 1 });
    expect(pages()).toBe(101);
  });

  test('is read whole where its jobs have no times', async () => {
    const jobs = Array.from({ length: 100 }, (_, index) => ({ jobId: String(index) }));
    settle(jobs);
    completed(jobs);
    await sawAll(0);
    await run(new StillTime(QUARTER));
    expect(pages()).toBe(10);
  });

  test('may be ordered by when jobs ended', async () => {
    const jobs = history(1000).map((job, index) => ({
      ...job,
      submittedAt: new Date(now - (index + 1 + ((index * 7) % 5)) * MINUTE),
    }));
    settle(jobs);
    completed(jobs);
    await sawAll(0);
    await run(new StillTime(QUARTER));
    expect(pages()).toBeLessThan(5);
  });

  test('is read whole once a day, over as many sweeps as it takes, and its age is measured', async () => {
    const jobs = history(1000);
    settle(jobs);
    completed(jobs);
    await sawAll(0);
    const day = DAY / 1000;
    for (let seconds = QUARTER; seconds < day; seconds += QUARTER) await run(new StillTime(seconds));
    expect(pages()).toBeLessThan(4 * 96);
    healthImaging.resetHistory();

    // A page takes a minute from now on.
    let slow = 0;
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      slow += MINUTE;
      return listJobs(input);
    });
    const slowTime = (seconds: number): Time => {
      slow = 0;
      return { now: () => now + seconds * 1000 + slow, sleep: async () => {} };
    };
    await expect(run(slowTime(day))).resolves.toMatchObject({ finished: true });
    expect(rounds().full.lists[0]).toEqual({ datastoreId: A, jobStatus: 'COMPLETED', nextToken: '8' });
    expect(rounds().fullAt).toBe(now);
    let sweeps = 1;
    while (rounds().full) {
      await run(slowTime(day + QUARTER * sweeps++));
    }
    expect(rounds().fullAt).toBe(now + DAY);
    expect(sweeps).toBeGreaterThan(10);
    expect(new Set(listed().filter((each) => each.startsWith('a COMPLETED'))).size).toBe(100);
  });

  test('is read whole again where the data store is new', async () => {
    const jobs = history(1000);
    settle(jobs);
    completed(jobs);
    process.env.DATASTORE_IDS = B;
    await sawAll(0);
    process.env.DATASTORE_IDS = `${A},${B}`;
    await run(new StillTime(QUARTER));
    expect(new Set(listed().filter((each) => each.startsWith('a COMPLETED'))).size).toBe(100);
  });

  test('from before the watcher was deployed is not read on at the first sweep', async () => {
    table.createdAt = new Date(now - MINUTE);
    completed(history(1000));
    let reads = 0;
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      reads++;
      return listJobs(input);
    });
    const time: Time = { now: () => now + reads * MINUTE, sleep: async () => {} };
    await expect(run(time)).resolves.toMatchObject({ finished: true });
    expect(rounds().recent).toEqual({ [A]: now });
  });
});

describe('a job whose verdict is not final', () => {
  const noted = () => [...table.items.keys()].filter((key) => key.startsWith('unsettled/'));
  const reads = () =>
    healthImaging.commandCalls(GetDICOMImportJobCommand).map((call) => call.args[0].input.jobId);
  const note = (jobId: string, at = now) =>
    table.put('unsettled', `${A}-${jobId}`, {
      expiresAt: { N: String(Math.floor(at / 1000) + 120 * 86_400) },
    });
  const answer = (jobStatus: JobStatus) =>
    healthImaging.on(GetDICOMImportJobCommand).callsFake(({ datastoreId, jobId }) => ({
      jobProperties: { datastoreId, jobId, jobStatus, submittedAt, endedAt: new Date(now - MINUTE) },
    }));

  test('although it ended is read by its id until it is, whatever the lists show', async () => {
    list(A, 'COMPLETED', [{ jobId: '1', submittedAt }]);
    await run(new StillTime(0));
    expect(noted()).toEqual([`unsettled/${A}-1`]);
    expect(reads()).toEqual([]);
    list(A, 'COMPLETED', []);
    answer('COMPLETED');
    await expect(run(new StillTime(1))).resolves.toMatchObject({ watchesStarted: 1 });
    expect(reads()).toEqual(['1']);
    table.put(A, '1', { outcome: { S: 'SUCCEEDED' } });
    await run(new StillTime(2));
    expect(noted()).toEqual([]);
    expect(reads()).toEqual(['1']);
  });

  test('and that is in a list is not read by its id as well', async () => {
    note('1');
    list(A, 'COMPLETED', [{ jobId: '1', submittedAt }]);
    await expect(run(new StillTime(0))).resolves.toMatchObject({ watchesStarted: 1 });
    expect(reads()).toEqual([]);
  });

  test('and that is settled where a list shows it is forgotten', async () => {
    note('1');
    table.put(A, '1', { outcome: { S: 'SUCCEEDED' } });
    list(A, 'COMPLETED', [{ jobId: '1', submittedAt }]);
    await run(new StillTime(0));
    expect(noted()).toEqual([]);
  });

  test('since it was given up is read each hour, and gets another watch when it ended', async () => {
    note('1');
    table.put(A, '1', { outcome: { S: 'ABANDONED' } });
    executions.set(`${A}-1`, {
      name: `${A}-1`,
      status: 'SUCCEEDED',
      output: '{"outcome":"ABANDONED"}',
      stopDate: new Date(now - DAY),
    });
    answer('IN_PROGRESS');
    for (let minute = 0; minute <= 4 * 60; minute += 15) await run(new StillTime(minute * 60));
    expect(reads()).toHaveLength(5);
    answer('COMPLETED');
    await expect(run(new StillTime(5 * 3600))).resolves.toMatchObject({ watchesStarted: 1 });
    expect(started().at(-1)).toBe(`${A}-1-2`);
    expect(noted()).toHaveLength(1);
  });

  test('since it was given up is noted where a list shows that it runs', async () => {
    table.put(A, '1', { outcome: { S: 'ABANDONED' } });
    list(A, 'IN_PROGRESS', [{ jobId: '1', submittedAt }]);
    await run(new StillTime(0));
    expect(noted()).toEqual([`unsettled/${A}-1`]);
  });

  test.each([
    [23, 1],
    [25, 0],
  ])('and that HealthImaging does not know after %d hours: still noted: %d', async (hours, left) => {
    note('1', now - hours * 3600_000);
    table.put(A, '1', { outcome: { S: 'ABANDONED' } });
    healthImaging
      .on(GetDICOMImportJobCommand)
      .rejects(Object.assign(new Error(SECRET), { $metadata: { httpStatusCode: 404 } }));
    await run(new StillTime(0));
    expect(reads()).toEqual(['1']);
    expect(noted()).toHaveLength(left);
  });

  test('and whose watch is stuck is noted by the sweep of running jobs, and a failure of the other', async () => {
    const name = `${A}-1`;
    executions.set(name, { name, status: 'RUNNING', startDate: new Date(now - 60 * MINUTE) });
    table.put(A, '1', { taskToken: { S: 'token-1' } });
    states.on(SendTaskSuccessCommand).rejects(new TaskTimedOut(error));
    healthImaging.on(GetDICOMImportJobCommand).callsFake(({ datastoreId, jobId }) => ({
      jobProperties: { datastoreId, jobId, jobStatus: 'COMPLETED', endedAt: new Date(now - 11 * MINUTE) },
    }));
    await sweep(new StillTime(0))({ only: 'running' });
    expect(noted()).toEqual([`unsettled/${name}`]);
    await expect(run(new StillTime(0))).resolves.toEqual({ ...NOTHING, failed: 1 });
  });

  test('is left to the next sweep where there are many', async () => {
    answer('IN_PROGRESS');
    for (let i = 0; i < 1500; i++) note(String(i));
    await run();
    const first = reads().length;
    expect(first).toBeGreaterThan(400);
    expect(first).toBeLessThan(1000);
    await run();
    await run();
    expect(new Set(reads()).size).toBe(1500);
  });
});

describe('errors', () => {
  test('of one data store do not stop the others, and are counted once', async () => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    list(B, 'COMPLETED', [{ jobId: '1' }]);
    healthImaging
      .on(ListDICOMImportJobsCommand, { datastoreId: A })
      .rejects(new AccessDeniedException({ ...error, $metadata: { httpStatusCode: 403 } }));
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1, failed: 1, finished: false });
    expect(listed()).toEqual([
      'a SUBMITTED',
      'b SUBMITTED',
      'b IN_PROGRESS',
      'b COMPLETED',
      'b FAILED',
      'b all',
    ]);
  });

  test('of the table on one page leave the rest of that data store to the next sweep', async () => {
    list(A, 'SUBMITTED', [{ jobId: '1' }]);
    dynamoDB.on(BatchGetItemCommand).rejectsOnce(new InternalServerError(error));
    await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1, finished: false });
    table.answer(dynamoDB);
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1 });
  });

  test('of a table that did not answer for all jobs are not taken for jobs without a record', async () => {
    list(A, 'SUBMITTED', [{ jobId: '1' }]);
    dynamoDB.on(BatchGetItemCommand).resolves({
      Responses: { watches: [] },
      UnprocessedKeys: { watches: { Keys: [{ datastoreId: { S: A }, jobId: { S: '1' } }] } },
    });
    await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1, finished: false });
    expect(started()).toEqual([]);
  });

  test('of Step Functions do not stop the search for jobs', async () => {
    list(A, 'SUBMITTED', [{ jobId: '1' }]);
    states.on(ListExecutionsCommand).rejects(new InvalidName(error));
    await expect(run()).resolves.toEqual({ ...NOTHING, watchesStarted: 1, failed: 1 });
  });

  test('of HealthImaging do not stop the repair of watches', async () => {
    delete process.env.DATASTORE_IDS;
    healthImaging.on(ListDatastoresCommand).rejects(new AccessDeniedException(error));
    await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1, finished: false });
  });

  test.each([DescribeTableCommand, GetItemCommand])(
    'of the table (%p) leave the jobs to the next sweep',
    async (command) => {
      list(A, 'COMPLETED', [{ jobId: '1' }]);
      dynamoDB.on(command as typeof GetItemCommand).rejects(new InternalServerError(error));
      await expect(run()).resolves.toEqual({ ...NOTHING, failed: 1, finished: false });
      expect(started()).toEqual([]);
    },
  );

  test('of everything are thrown, for Lambda to try again', async () => {
    states.on(ListExecutionsCommand).rejects(new InvalidName(error));
    dynamoDB.on(GetItemCommand).rejects(new InternalServerError(error));
    await expect(run()).rejects.toThrow(new Error('no part of the sweep could be done'));
  });

  test('of everything but the table are thrown as well', async () => {
    states.on(ListExecutionsCommand).rejects(new InvalidName(error));
    healthImaging.on(ListDICOMImportJobsCommand).rejects(new AccessDeniedException(error));
    await expect(run()).rejects.toThrow(new Error('no part of the sweep could be done'));
  });

  test.each(['STATE_MACHINE_ARN', 'WATCHES_TABLE', 'BUS_NAME', 'TOPIC_ARN'])(
    'of a missing %s come before anything is done',
    async (variable) => {
      delete process.env[variable];
      await expect(run()).rejects.toThrow(`environment variable ${variable} is not set`);
      expect(states.calls()).toHaveLength(0);
      expect(healthImaging.calls()).toHaveLength(0);
    },
  );
});

describe('what is measured and logged', () => {
  const denied = () => new AccessDeniedException(error);
  let samples: Sample[];
  beforeEach(() => {
    process.env.DATASTORE_IDS = `${A},${B}`;
    samples = recordMetrics(() => 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  });

  /** What a sweep measured, by name: whether it counts itself, and on how many parts it failed. */
  async function measured(event: object = {}, time: Time = new MovingTime()) {
    await sweep(time)(event).catch(() => {});
    const { Sweeps, RunningSweeps, SweepFailures } = Object.fromEntries(
      samples.splice(0).map(({ name, value }) => [name, value]),
    );
    return { Sweeps, RunningSweeps, SweepFailures };
  }
  /** The clock is past the time of a sweep from its first list on. */
  function timeIsOver(): Time {
    let elapsed = 0;
    healthImaging.on(ListDICOMImportJobsCommand).callsFake((input) => {
      elapsed = 13 * MINUTE;
      return listJobs(input);
    });
    return { now: () => now + elapsed, sleep: async () => {} };
  }
  const denyList = (datastoreId?: string) =>
    healthImaging.on(ListDICOMImportJobsCommand, datastoreId ? { datastoreId } : {}).rejects(denied());
  const denyDatastores = () => {
    delete process.env.DATASTORE_IDS;
    healthImaging.on(ListDatastoresCommand).rejects(denied());
  };
  const noDatastores = () => {
    delete process.env.DATASTORE_IDS;
    healthImaging.on(ListDatastoresCommand).resolves({ datastoreSummaries: [] });
  };
  const denyExecutions = () => states.on(ListExecutionsCommand).rejects(new InvalidName(error));

  test.each<[string, boolean, number, () => unknown]>([
    ['that finds nothing', true, 0, () => {}],
    ['of no data store at all', true, 0, noDatastores],
    ['that cannot list jobs', false, 2, denyList],
    ['that cannot list the jobs of one of two data stores', false, 1, () => denyList(B)],
    ['that cannot list data stores', false, 1, denyDatastores],
    ['that cannot list executions', false, 1, denyExecutions],
    [
      'that cannot read the table',
      false,
      1,
      () => dynamoDB.on(DescribeTableCommand).rejects(new InternalServerError(error)),
    ],
    [
      'that cannot start one watch',
      true,
      1,
      () => {
        list(A, 'SUBMITTED', [{ jobId: '1' }]);
        states.on(StartExecutionCommand).rejects(new InvalidName(error));
      },
    ],
  ])('a sweep of all jobs %s counts: %s, with %d failures', async (_, counts, failures, given) => {
    given();
    expect(await measured()).toEqual({ ...(counts && { Sweeps: 1 }), SweepFailures: failures });
  });

  test.each<[string, boolean, () => unknown]>([
    ['that finds nothing', true, () => {}],
    ['of no data store at all', true, noDatastores],
    ['that cannot list jobs', false, denyList],
    ['that cannot list the jobs of one of two data stores', false, () => denyList(B)],
    ['that cannot list data stores', false, denyDatastores],
    ['that cannot list executions', false, denyExecutions],
  ])('a sweep of running jobs %s counts: %s, and measures no failures', async (_, counts, given) => {
    given();
    expect(await measured({ only: 'running' })).toEqual(counts ? { RunningSweeps: 1 } : {});
  });

  test('what a sweep found is added up, what of it are lost events, and addresses without a confirmation', async () => {
    list(A, 'COMPLETED', [{ jobId: 'unwatched' }, { jobId: 'waits' }]);
    table.put(A, 'waits', { taskToken: { S: 'token' } });
    executions.set(`${A}-failed`, {
      name: `${A}-failed`,
      status: 'FAILED',
      input: JSON.stringify({ datastoreId: A, jobId: 'failed' }),
      redriveCount: 0,
      stopDate: new Date(now),
    });
    process.env.EMAILS_EXPECTED = JSON.stringify([['arn:aws:sns:us-east-1:111122223333:topic', 2]]);
    topic.on(GetTopicAttributesCommand).resolves({ Attributes: { SubscriptionsConfirmed: '1' } });
    await sweep(new MovingTime())({});
    delete process.env.EMAILS_EXPECTED;
    const values = Object.fromEntries(samples.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({ SweepFindings: 3, EventsLost: 2, EmailsUnconfirmed: 1 });
  });

  test.each([{}, { only: 'running' }])('a sweep %j whose time is over does not count', async (event) => {
    const name = 'only' in event ? 'RunningSweeps' : 'Sweeps';
    expect((await measured(event))[name]).toBe(1);
    expect((await measured(event, timeIsOver()))[name]).toBeUndefined();
  });

  test('a sweep that cannot keep its position does not count', async () => {
    dynamoDB.on(PutItemCommand).callsFake(({ Item }) => {
      if (Item.jobId.S === 'position') throw new InternalServerError(error);
      return {};
    });
    expect(await measured()).toEqual({ SweepFailures: 1 });
  });

  test('the log names the job, the watch and the channel of what failed', async () => {
    const failed = vi.spyOn(log, 'error').mockReturnValue();
    for (const jobId of ['1', '2', '3']) {
      const execution = { name: `${A}-${jobId}`, input: JSON.stringify({ datastoreId: A, jobId }) };
      executions.set(execution.name, {
        ...execution,
        status: 'FAILED',
        redriveCount: 0,
        stopDate: submittedAt,
      });
    }
    states.on(DescribeExecutionCommand, { executionArn: arnOf(`${A}-1`) }).rejects(new InvalidName(error));
    bus.on(PutEventsCommand).rejectsOnce(new InternalException(error)).resolves({});
    topic.on(PublishCommand).rejects(new InternalErrorException(error));
    list(A, 'SUBMITTED', [{ jobId: 'unwatched' }]);
    states.on(StartExecutionCommand).rejects(new InvalidName(error));
    await run(new StillTime(0));
    expect(failed.mock.calls.map(([, what]) => what)).toEqual([
      { sweep: 'all', watch: `${A}-1`, error: 'InvalidName' },
      { sweep: 'all', watch: `${A}-2`, channel: 'bus', error: 'InternalException' },
      { sweep: 'all', watch: `${A}-3`, channel: 'topic', error: 'InternalErrorException' },
      { sweep: 'all', datastoreId: A, jobId: 'unwatched', error: 'InvalidName' },
    ]);
  });

  test('the log names the job whose end could not be read', async () => {
    const failed = vi.spyOn(log, 'error').mockReturnValue();
    executions.set(`${A}-1`, { name: `${A}-1`, status: 'RUNNING' });
    healthImaging.on(GetDICOMImportJobCommand).rejects(denied());
    await sweep(new StillTime(0))({ only: 'running' });
    expect(failed.mock.calls.map(([, what]) => what)).toEqual([
      { sweep: 'running', datastoreId: A, jobId: '1', error: 'HealthImagingRefused' },
    ]);
  });

  test.each([{}, { only: 'running' }])(
    'the log of a sweep %j names each data store that failed',
    async (event) => {
      const failed = vi.spyOn(log, 'error').mockReturnValue();
      const swept = vi.spyOn(log, 'info').mockReturnValue();
      denyList(B);
      await sweep(new MovingTime())(event);
      const kind = 'only' in event ? 'running' : 'all';
      expect(failed.mock.calls).toEqual([
        ['a part of the sweep failed', { sweep: kind, datastoreId: B, error: 'AccessDeniedException' }],
      ]);
      expect(swept.mock.calls).toEqual([
        ['swept', expect.objectContaining({ sweep: kind, failed: 1, datastores: 2, datastoresFailed: 1 })],
      ]);
    },
  );
});
