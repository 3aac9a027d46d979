import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionLimitExceeded,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  InvalidArn,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  describeExecution,
  executionArn,
  giveNews,
  type ListedExecution,
  lastState,
  listExecutions,
  redrive,
  startWatch,
} from '../../../core/aws/executions.ts';
import { datastoreId, job, jobId, SECRET } from '../../lambda/given.ts';
import { mockClient } from '../../support/mock-client.ts';

const states = mockClient(SFNClient);
const arn = 'arn:aws:states:us-east-1:111122223333:stateMachine:watch';
const machine = { client: new SFNClient({}), arn };
const name = `${datastoreId}-${jobId}`;
const watchArn = `arn:aws:states:us-east-1:111122223333:execution:watch:${name}`;
const error = { message: SECRET, $metadata: { httpStatusCode: 400 } };

beforeEach(() => {
  states.reset();
});

test('the ARN of an execution is made of that of the machine and the name', () => {
  expect(executionArn(machine, name)).toBe(watchArn);
});

describe('startWatch', () => {
  test.each([
    [undefined, name],
    [1, name],
    [2, `${name}-2`],
  ])('number %p starts %s, with nothing but the ids as input', async (number, expected) => {
    states.on(StartExecutionCommand).resolves({});
    const listed = { ...job, jobStatus: 'IN_PROGRESS', submittedAt: 1 };
    await expect(startWatch(machine, listed, number)).resolves.toBe('running');
    expect(states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      {
        stateMachineArn: arn,
        name: expected,
        input: `{"datastoreId":"${datastoreId}","jobId":"${jobId}"}`,
      },
    ]);
  });

  test('tells that the watch has ended', async () => {
    states.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists(error));
    await expect(startWatch(machine, job)).resolves.toBe('ended');
  });

  test.each([new InvalidName(error), new ExecutionLimitExceeded(error)])('throws %s', async (thrown) => {
    states.on(StartExecutionCommand).rejects(thrown);
    await expect(startWatch(machine, job)).rejects.toBe(thrown);
  });
});

describe('giveNews', () => {
  test('wakes the watch', async () => {
    states.on(SendTaskSuccessCommand).resolves({});
    await expect(giveNews(machine, 'token-1', { jobStatus: 'FAILED' })).resolves.toBe('delivered');
    expect(states.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({
      taskToken: 'token-1',
      output: '{"jobStatus":"FAILED"}',
    });
  });

  test.each([new TaskTimedOut(error), new TaskDoesNotExist(error), new InvalidToken(error)])(
    'is stale after %s',
    async (thrown) => {
      states.on(SendTaskSuccessCommand).rejects(thrown);
      await expect(giveNews(machine, 'token-1', {})).resolves.toBe('stale');
    },
  );

  test('throws anything else', async () => {
    states.on(SendTaskSuccessCommand).rejects(new InvalidOutput(error));
    await expect(giveNews(machine, 'token-1', {})).rejects.toMatchObject({ name: 'InvalidOutput' });
  });
});

describe('listExecutions', () => {
  async function list(): Promise<ListedExecution[][]> {
    const pages = [];
    for await (const page of listExecutions(machine, 'TIMED_OUT')) pages.push(page);
    return pages;
  }
  const execution = {
    executionArn: watchArn,
    stateMachineArn: arn,
    name,
    status: 'TIMED_OUT',
    startDate: new Date(1000),
    stopDate: new Date(2000),
    redriveCount: 3,
  } as const;

  test('goes through all pages', async () => {
    const pages = [
      { executions: [execution], nextToken: 'page-2' },
      { executions: [], nextToken: 'page-3' },
      {
        executions: [
          {
            executionArn: 'arn',
            stateMachineArn: arn,
            name: 'x',
            status: 'TIMED_OUT' as const,
            startDate: new Date(0),
          },
        ],
      },
    ];
    // The paginator sends one object again and again: what it held is to be noted as it passes.
    const inputs: object[] = [];
    states.on(ListExecutionsCommand).callsFake((input: object) => {
      inputs.push({ ...input });
      return pages[inputs.length - 1];
    });
    await expect(list()).resolves.toEqual([
      [{ executionArn: watchArn, name, redriveCount: 3, startedAt: 1000, stoppedAt: 2000 }],
      [],
      [{ executionArn: 'arn', name: 'x', redriveCount: 0, startedAt: 0, stoppedAt: 0 }],
    ]);
    const asked = { stateMachineArn: arn, statusFilter: 'TIMED_OUT', maxResults: 100 };
    expect(inputs).toEqual([asked, { ...asked, nextToken: 'page-2' }, { ...asked, nextToken: 'page-3' }]);
  });

  test('lists as many that run with one call as Step Functions allows', async () => {
    states.on(ListExecutionsCommand).resolves({ executions: [] });
    for await (const _ of listExecutions(machine, 'RUNNING'));
    expect(states.commandCalls(ListExecutionsCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: arn,
      statusFilter: 'RUNNING',
      maxResults: 1000,
      nextToken: undefined,
    });
  });

  test('throws what Step Functions throws', async () => {
    states.on(ListExecutionsCommand).rejects(new InvalidArn(error));
    await expect(list()).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});

describe('describeExecution', () => {
  test('reports one', async () => {
    const answer = {
      executionArn: watchArn,
      stateMachineArn: arn,
      status: 'FAILED',
      startDate: new Date(0),
    } as const;
    states.on(DescribeExecutionCommand, { executionArn: watchArn }).resolves(answer);
    await expect(describeExecution(machine, watchArn)).resolves.toEqual(answer);
  });

  test('reports none', async () => {
    states.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist(error));
    await expect(describeExecution(machine, watchArn)).resolves.toBeUndefined();
  });

  test('throws anything else', async () => {
    states.on(DescribeExecutionCommand).rejects(new InvalidArn(error));
    await expect(describeExecution(machine, watchArn)).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});

describe('lastState', () => {
  const event = (type: HistoryEvent['type'], entered?: string): HistoryEvent => ({
    timestamp: new Date(0),
    type,
    id: 1,
    ...(entered && { stateEnteredEventDetails: { name: entered } }),
  });

  test('is the state that was entered last, behind its retries, read from the end and without data', async () => {
    states.on(GetExecutionHistoryCommand).resolves({
      events: [
        event('ExecutionFailed'),
        event('TaskFailed'),
        event('TaskScheduled'),
        event('TaskStateEntered', 'Publish outcome'),
        event('TaskStateExited'),
        event('TaskStateEntered', 'Summarize import'),
      ],
    });
    await expect(lastState(machine, watchArn)).resolves.toBe('Publish outcome');
    expect(states.commandCalls(GetExecutionHistoryCommand).map((call) => call.args[0].input)).toEqual([
      { executionArn: watchArn, reverseOrder: true, maxResults: 500, includeExecutionData: false },
    ]);
  });

  test.each([[undefined], [[]], [[event('ExecutionTimedOut'), event('ExecutionStarted')]]])(
    'of an execution that entered none is unknown: %j',
    async (events) => {
      states.on(GetExecutionHistoryCommand).resolves({ events });
      await expect(lastState(machine, watchArn)).resolves.toBeUndefined();
    },
  );
});

describe('redrive', () => {
  const listed = { executionArn: watchArn, name, redriveCount: 2, stoppedAt: 0 };

  test('is the same request however often it is sent', async () => {
    states.on(RedriveExecutionCommand).resolves({});
    await expect(redrive(machine, listed)).resolves.toBe('redriven');
    expect(states.commandCalls(RedriveExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { executionArn: watchArn, clientToken: 'redrive-3' },
    ]);
  });

  test('of one that runs again, or cannot, does nothing', async () => {
    states.on(RedriveExecutionCommand).rejects(new ExecutionNotRedrivable(error));
    await expect(redrive(machine, listed)).resolves.toBe('not redrivable');
  });

  test('throws anything else', async () => {
    states.on(RedriveExecutionCommand).rejects(new ExecutionLimitExceeded(error));
    await expect(redrive(machine, listed)).rejects.toMatchObject({ name: 'ExecutionLimitExceeded' });
  });
});
