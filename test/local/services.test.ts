import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, test } from 'vitest';
import { EventBuses } from '../../local/event-bus.ts';
import { startServices } from '../../local/services.ts';
import { LocalStateMachine, type TaskRunner } from '../../local/state-machine.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

const start = Date.UTC(2026, 0, 1);
const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:M';
const arnOf = (name: string) => `arn:aws:states:us-east-1:000000000000:execution:M:${name}`;
const failure = (name: string) => Object.assign(new Error(`it was ${name}`), { name });

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Look (a function, one retry after 5 s), then Wait (for a token, an hour), then Tell. */
async function world(runTask: TaskRunner = async () => 'ok') {
  const clock = new VirtualClock(start);
  const tokens: string[] = [];
  const machine = new LocalStateMachine({
    arn: stateMachineArn,
    definition: {
      StartAt: 'Look',
      TimeoutSeconds: 86_400,
      States: {
        Look: {
          Type: 'Task',
          Resource: 'arn:aws:lambda:us-east-1:000000000000:function:Look',
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 5, MaxAttempts: 1 }],
          ResultPath: '$.look',
          Next: 'Wait',
        },
        Wait: {
          Type: 'Task',
          Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken',
          Parameters: { 'token.$': '$$.Task.Token' },
          TimeoutSeconds: 3600,
          ResultPath: '$.news',
          Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.news', Next: 'Tell' }],
          Next: 'Tell',
        },
        Tell: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', OutputPath: '$', End: true },
      },
    },
    clock,
    runTask: async (resource, parameters) => {
      const { token } = parameters as { token?: string };
      if (token) tokens.push(token);
      return runTask(resource, parameters);
    },
  });
  const { endpoint, stop } = await startServices(() => machine, new EventBuses(clock));
  const client = new SFNClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  stops.push(
    () => machine.stop(),
    () => client.destroy(),
    stop,
  );
  const history = async (name: string, reverseOrder = false) =>
    (await client.send(new GetExecutionHistoryCommand({ executionArn: arnOf(name), reverseOrder }))).events ??
    [];
  const begin = (name: string, input = '{"a":1}') =>
    client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  return { clock, machine, client, tokens, history, begin };
}

/** Gives the results of Look in turn, an Error to fail with; the other tasks succeed. */
const looks = (results: unknown[]): TaskRunner => {
  return async (resource) => {
    const result = resource.endsWith(':Look') ? results.shift() : 'ok';
    if (result instanceof Error) throw result;
    return result;
  };
};

describe('DescribeExecution', () => {
  test('of one that runs, and then succeeded', async () => {
    const { clock, client, begin, machine, tokens } = await world();
    // The clock stands still while this runs.
    await clock.run(async () => {
      expect(await begin('one')).toMatchObject({ executionArn: arnOf('one'), startDate: new Date(start) });
      const running = await client.send(new DescribeExecutionCommand({ executionArn: arnOf('one') }));
      expect(running).toMatchObject({
        executionArn: arnOf('one'),
        stateMachineArn,
        name: 'one',
        status: 'RUNNING',
        startDate: new Date(start),
        input: '{"a":1}',
        redriveCount: 0,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
      });
      for (const key of ['stopDate', 'output', 'error', 'cause', 'redriveDate']) {
        expect(running).not.toHaveProperty(key);
      }
      await clock.sleep(1500);
      await client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '{"n":1}' }));
    });
    await clock.idle();
    expect(machine.executions.get('one')?.status).toBe('SUCCEEDED');
    const succeeded = await client.send(new DescribeExecutionCommand({ executionArn: arnOf('one') }));
    expect(succeeded).toMatchObject({
      status: 'SUCCEEDED',
      stopDate: new Date(start + 1500),
      output: '"ok"',
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  test('of one that failed', async () => {
    const { clock, client, begin } = await world(looks([failure('Broken')]));
    await begin('one');
    await clock.idle();
    const failed = await client.send(new DescribeExecutionCommand({ executionArn: arnOf('one') }));
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: 'it was Broken',
      redriveStatus: 'REDRIVABLE',
    });
    expect(failed).not.toHaveProperty('redriveStatusReason');
    expect(failed).not.toHaveProperty('output');
  });
});

test('RedriveExecution goes on, and tells when', async () => {
  const { clock, client, begin, machine } = await world(looks([failure('Broken'), 'seen']));
  await begin('one');
  await clock.idle();
  await clock.run(() => clock.sleep(90_500));
  const redrive = () =>
    client.send(new RedriveExecutionCommand({ executionArn: arnOf('one'), clientToken: 'once' }));
  // A second request of the same token is the same redrive. The clock stands still while this runs.
  const [{ redriveDate }, again] = await clock.run(async () => [await redrive(), await redrive()] as const);
  expect(again.redriveDate).toEqual(redriveDate);
  expect(redriveDate).toEqual(new Date(start + 90_500));
  await clock.idle();
  expect(machine.executions.get('one')?.status).toBe('SUCCEEDED');
  const after = await client.send(new DescribeExecutionCommand({ executionArn: arnOf('one') }));
  expect(after).toMatchObject({ redriveCount: 1, redriveDate, startDate: new Date(start) });
});

test('StopExecution ends it as ABORTED', async () => {
  const { clock, client, begin } = await world();
  const { stopDate } = await clock.run(async () => {
    await begin('one');
    await clock.sleep(2000);
    return client.send(
      new StopExecutionCommand({ executionArn: arnOf('one'), error: 'Mine', cause: 'because' }),
    );
  });
  expect(stopDate).toEqual(new Date(start + 2000));
  const after = await client.send(new DescribeExecutionCommand({ executionArn: arnOf('one') }));
  expect(after).toMatchObject({ status: 'ABORTED', stopDate, error: 'Mine', cause: 'because' });
});

describe('ListExecutions', () => {
  /** One a minute: a, b and c, of which b fails. */
  const three = async () => {
    const made = await world(looks(['seen', failure('Broken'), 'seen']));
    await made.clock.run(async () => {
      for (const name of ['a', 'b', 'c']) {
        await made.begin(name);
        await made.clock.sleep(60_000);
      }
    });
    await made.clock.idle();
    return made;
  };

  test('newest start first', async () => {
    const { client } = await three();
    const { executions = [], nextToken } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(nextToken).toBeUndefined();
    expect(executions.map(({ name, status }) => [name, status])).toEqual([
      ['c', 'SUCCEEDED'],
      ['b', 'FAILED'],
      ['a', 'SUCCEEDED'],
    ]);
    expect(executions[1]).toEqual({
      executionArn: arnOf('b'),
      stateMachineArn,
      name: 'b',
      status: 'FAILED',
      startDate: new Date(start + 60_000),
      stopDate: new Date(start + 60_000),
      redriveCount: 0,
    });
  });

  test('of one status', async () => {
    const { client } = await three();
    const names = async (statusFilter: 'FAILED' | 'SUCCEEDED' | 'RUNNING') => {
      const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter }));
      return executions?.map(({ name }) => name);
    };
    expect(await names('FAILED')).toEqual(['b']);
    expect(await names('SUCCEEDED')).toEqual(['c', 'a']);
    expect(await names('RUNNING')).toEqual([]);
  });

  test('page by page, whatever is started or changes in between', async () => {
    const made = await world(looks([failure('Broken'), failure('Broken'), failure('Broken'), 'seen']));
    const { client, clock, begin } = made;
    const next = async (nextToken?: string) => {
      const command = { stateMachineArn, statusFilter: 'FAILED', maxResults: 1, nextToken } as const;
      const { executions = [], nextToken: token } = await client.send(new ListExecutionsCommand(command));
      return { names: executions.map(({ name }) => name), token };
    };
    await begin('a');
    await begin('b');
    await clock.idle();
    const first = await next();
    await begin('c');
    await client.send(new RedriveExecutionCommand({ executionArn: arnOf('b') }));
    await clock.idle();
    expect([first.names, await next(first.token)]).toEqual([['b'], { names: ['a'], token: undefined }]);
    expect((await next()).names).toEqual(['c']);
    await expect(next('nonsense')).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  test('a hundred at most where nothing is said', async () => {
    const { client, clock, machine } = await world();
    for (let n = 0; n < 101; n++) machine.start(`n${n}`, '{}');
    await clock.idle();
    const { executions, nextToken } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toHaveLength(100);
    // Of those that started at the same time the last is the newest.
    expect(executions?.[0]?.name).toBe('n100');
    expect(nextToken).toBeDefined();
  });
});

describe('GetExecutionHistory', () => {
  test('reports states, retries, failure and redrive', async () => {
    const { clock, client, begin, history } = await world(
      looks([failure('Busy'), failure('Broken'), 'seen']),
    );
    await begin('one');
    await clock.idle();
    await client.send(new RedriveExecutionCommand({ executionArn: arnOf('one') }));
    await clock.idle();
    const events = await history('one');
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionFailed'],
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionFailed'],
      'ExecutionFailed',
      'ExecutionRedriven',
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded'],
      'TaskStateExited',
      'TaskStateEntered',
      ...['TaskScheduled', 'TaskStarted', 'TaskTimedOut'],
      'TaskStateExited',
      'TaskStateEntered',
      ...['TaskScheduled', 'TaskStarted', 'TaskSucceeded'],
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ previousEventId }) => previousEventId)).toEqual(events.map((_, index) => index));
    const at = (index: number) => (Number(events[index]?.timestamp) - start) / 1000;
    expect([at(0), at(4), at(5), at(17)]).toEqual([0, 0, 5, 5 + 3600]);

    expect(events[0]).toMatchObject({ executionStartedEventDetails: { input: '{"a":1}' } });
    expect(events[1]).toMatchObject({ stateEnteredEventDetails: { name: 'Look', input: '{"a":1}' } });
    expect(events[2]).toMatchObject({
      lambdaFunctionScheduledEventDetails: {
        resource: 'arn:aws:lambda:us-east-1:000000000000:function:Look',
        input: '{"a":1}',
      },
    });
    expect(events[4]).toMatchObject({
      lambdaFunctionFailedEventDetails: { error: 'Busy', cause: 'it was Busy' },
    });
    expect(events[8]).toMatchObject({
      executionFailedEventDetails: { error: 'Broken', cause: 'it was Broken' },
    });
    expect(events[9]).toMatchObject({ executionRedrivenEventDetails: { redriveCount: 1 } });
    expect(events[13]).toMatchObject({ stateExitedEventDetails: { name: 'Look' } });
    expect(events[15]).toMatchObject({
      taskScheduledEventDetails: {
        resourceType: 'aws-sdk:dynamodb',
        resource: 'updateItem.waitForTaskToken',
        region: 'us-east-1',
        timeoutInSeconds: 3600,
      },
    });
    expect(events[17]).toMatchObject({ taskTimedOutEventDetails: { error: 'States.Timeout' } });
    expect(events.at(-1)).toMatchObject({ executionSucceededEventDetails: { output: '"ok"' } });

    expect((await history('one', true)).map(({ id }) => id)).toEqual(events.map(({ id }) => id).reverse());
    const { events: some, nextToken } = await client.send(
      new GetExecutionHistoryCommand({ executionArn: arnOf('one'), maxResults: 2 }),
    );
    expect(some?.map(({ id }) => id)).toEqual([1, 2]);
    expect(nextToken).toBeDefined();
  });

  test('leaves inputs and outputs out where that is asked for', async () => {
    const { clock, client, begin } = await world(looks(['seen']));
    await begin('one', '{"patient":"DOE"}');
    await clock.idle();
    const { events = [] } = await client.send(
      new GetExecutionHistoryCommand({ executionArn: arnOf('one'), includeExecutionData: false }),
    );
    expect(events[1]).toMatchObject({ stateEnteredEventDetails: { name: 'Look' } });
    expect(JSON.stringify(events)).not.toMatch(/DOE|seen|"parameters"|"output"/);
  });

  test('reports a task that AWS runs and that failed', async () => {
    const { clock, begin, history } = await world(async (resource) => {
      if (resource.endsWith('sns:publish')) throw failure('SNS.NotFound');
      return 'ok';
    });
    await begin('one');
    await clock.idle();
    const [last, before] = await history('one', true);
    expect(last?.type).toBe('ExecutionFailed');
    expect(before).toMatchObject({
      type: 'TaskFailed',
      taskFailedEventDetails: { resourceType: 'sns', resource: 'publish', error: 'SNS.NotFound' },
    });
  });

  test('reports an abort and a timeout of the execution', async () => {
    const made = await world((resource) =>
      // The call hangs: the clock has to know that nothing is going on in it.
      resource.endsWith(':Look') ? made.clock.sleep(1_000_000_000) : Promise.resolve('ok'),
    );
    const { clock, client, begin, history, machine } = made;
    await clock.run(async () => {
      await begin('stopped');
      await client.send(new StopExecutionCommand({ executionArn: arnOf('stopped'), error: 'Mine' }));
    });
    const aborted = await history('stopped');
    expect(aborted.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'ExecutionAborted',
    ]);
    expect(aborted.at(-1)).toMatchObject({ executionAbortedEventDetails: { error: 'Mine' } });
    const execution = machine.start('late', '{}');
    while (execution.status === 'RUNNING') await new Promise((resolve) => setImmediate(resolve));
    expect((await history('late')).at(-1)?.type).toBe('ExecutionTimedOut');
  });
});

describe('errors have the names that the SDK knows', () => {
  test('of what takes an execution', async () => {
    const { client } = await world();
    const calls = (executionArn: string): Promise<unknown>[] => [
      client.send(new DescribeExecutionCommand({ executionArn })),
      client.send(new RedriveExecutionCommand({ executionArn })),
      client.send(new StopExecutionCommand({ executionArn })),
      client.send(new GetExecutionHistoryCommand({ executionArn })),
    ];
    const fail = async (executionArn: string, name: string) => {
      await Promise.all(calls(executionArn).map((call) => expect(call).rejects.toMatchObject({ name })));
    };
    await fail(arnOf('nobody'), 'ExecutionDoesNotExist');
    await fail(arnOf('nobody').replace(':M:', ':Other:'), 'ExecutionDoesNotExist');
    await fail('nonsense', 'InvalidArn');
    await fail(stateMachineArn, 'InvalidArn');
  });

  test('of the others', async () => {
    const { clock, client, begin } = await world();
    await clock.run(async () => {
      await begin('one');
      expect((await begin('one')).executionArn).toBe(arnOf('one'));
      await expect(begin('one', '{}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
      await expect(
        client.send(new RedriveExecutionCommand({ executionArn: arnOf('one') })),
      ).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
      await expect(
        client.send(new SendTaskSuccessCommand({ taskToken: 'none', output: '{}' })),
      ).rejects.toMatchObject({ name: 'TaskTimedOut' });
      const list = (arn: string) => client.send(new ListExecutionsCommand({ stateMachineArn: arn }));
      await expect(list(`${stateMachineArn}2`)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
      await expect(list('nonsense')).rejects.toMatchObject({ name: 'InvalidArn' });
    });
  });
});
