import { describe, expect, test } from 'vitest';
import type { Definition } from '../../local/definition.ts';
import { type Execution, LocalStateMachine, type TaskRunner } from '../../local/state-machine.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

const task = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const start = Date.UTC(2026, 0, 1);
const DAY = 24 * 3600_000;
const failure = (name: string) => Object.assign(new Error(`it was ${name}`), { name });

/** First adds to the input, then Second works with it; `Odd?` has no way on but for `{ "odd": true }`. */
const definition: Definition = {
  StartAt: 'First',
  TimeoutSeconds: 3600,
  States: {
    First: { Type: 'Task', Resource: task('First'), ResultPath: '$.first', Next: 'Odd?' },
    'Odd?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.odd', BooleanEquals: true, Next: 'Second' }],
    },
    Second: {
      Type: 'Task',
      Resource: task('Second'),
      Parameters: {
        'sum.$': '$.first',
        'name.$': '$$.Execution.Name',
        'at.$': '$$.Execution.StartTime',
        'input.$': '$$.Execution.Input',
      },
      Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 1 }],
      End: true,
    },
  },
};

function world(runTask: TaskRunner, what: Definition = definition) {
  const clock = new VirtualClock(start);
  const changes: unknown[] = [];
  const machine = new LocalStateMachine({
    arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:M',
    definition: what,
    runTask,
    clock,
    onStatusChange: ({ status, redriveCount, stoppedAt }) =>
      changes.push([status, redriveCount, stoppedAt === undefined ? undefined : (stoppedAt - start) / 1000]),
  });
  const pass = (ms: number) => clock.run(() => clock.sleep(ms));
  return { clock, machine, changes, pass };
}

/** First succeeds; Second gives what is next in the list, an Error to fail with. */
function twoTasks(results: unknown[]) {
  const calls: [string, unknown][] = [];
  const made = world(async (resource, parameters) => {
    const name = resource.split(':').at(-1) ?? '';
    calls.push([name, parameters]);
    const result = name === 'First' ? 7 : results.shift();
    if (result instanceof Error) throw result;
    return result;
  });
  return { ...made, calls };
}

const input = JSON.stringify({ odd: true, kept: 'yes' });

describe('a redrive', () => {
  test('goes on from the Task that failed, with its own input and the execution as it was', async () => {
    const { clock, machine, changes, pass, calls } = twoTasks([failure('Broken'), 'fixed']);
    const execution = machine.start('one', input);
    await clock.idle();
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: { name: 'Broken' },
      stoppedAt: start,
      redriveCount: 0,
      task: { state: 'Second', input: { odd: true, kept: 'yes', first: 7 } },
    });

    await pass(5000);
    expect(machine.redrive('one')).toBe(execution);
    expect(execution).toMatchObject({ status: 'RUNNING', redriveCount: 1, redriveDate: start + 5000 });
    expect(execution).not.toHaveProperty('stoppedAt');
    expect(execution).not.toHaveProperty('error');
    await clock.idle();

    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: 'fixed', startedAt: start });
    const second = [
      'Second',
      { sum: 7, name: 'one', at: '2026-01-01T00:00:00.000Z', input: JSON.parse(input) },
    ];
    expect(calls).toEqual([['First', JSON.parse(input)], second, second]);
    expect(changes).toEqual([
      ['RUNNING', 0, undefined],
      ['FAILED', 0, 0],
      ['RUNNING', 1, undefined],
      ['SUCCEEDED', 1, 5],
    ]);
  });

  test('has its retries again, and can fail and be redriven again', async () => {
    const busy = () => failure('Busy');
    const { clock, machine, calls } = twoTasks([busy(), busy(), busy(), busy(), busy(), 'fixed']);
    const execution = machine.start('one', input);
    const statuses: string[] = [];
    for (const count of [1, 2]) {
      await clock.idle();
      statuses.push(execution.status);
      machine.redrive('one');
      expect(execution.redriveCount).toBe(count);
    }
    await clock.idle();
    expect([...statuses, execution.status]).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
    // One retry each time, ten seconds after.
    expect(calls.map(([name]) => name)).toEqual(['First', ...Array(6).fill('Second')]);
    expect(clock.now() - start).toBe(30_000);
    expect(execution.steps.filter(({ state }) => state === 'Second').map(({ what }) => what)).toEqual([
      ...['entered', 'failed', 'retried', 'failed'],
      ...['entered', 'failed', 'retried', 'failed'],
      ...['entered', 'failed', 'retried', 'succeeded'],
    ]);
  });

  test('goes on through a Catch and the states after it', async () => {
    const caught: Definition = {
      StartAt: 'Work',
      States: {
        Work: {
          Type: 'Task',
          Resource: task('Work'),
          Catch: [{ ErrorEquals: ['Caught'], Next: 'After' }],
          Next: 'After',
        },
        After: { Type: 'Task', Resource: task('After'), End: true },
      },
    };
    const errors = [failure('Caught'), failure('Broken')];
    const { clock, machine } = world(async () => {
      const error = errors.shift();
      if (error) throw error;
      return 'done';
    }, caught);
    const execution = machine.start('one', '{}');
    await clock.idle();
    expect(execution).toMatchObject({ status: 'FAILED', task: { state: 'After' } });
    expect(execution.steps.map(({ state, caught }) => [state, caught])).toEqual([
      ['Work', undefined],
      ['Work', true],
      ['After', undefined],
      ['After', undefined],
    ]);
    machine.redrive('one');
    await clock.idle();
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: 'done' });
  });

  test('with the same client token is the same redrive, for 15 minutes', async () => {
    const { clock, machine, pass } = twoTasks([failure('Broken'), failure('Broken'), failure('Broken')]);
    const execution = machine.start('one', input);
    await clock.idle();
    const redrive = async (token: string) => {
      machine.redrive('one', token);
      await clock.idle();
      return execution.redriveCount;
    };
    expect([await redrive('a'), await redrive('a'), await redrive('b')]).toEqual([1, 1, 2]);
    await pass(15 * 60_000);
    expect(await redrive('b')).toBe(2);
    await pass(1);
    expect(await redrive('b')).toBe(3);
  });

  test('is refused for what runs or succeeded', async () => {
    const { clock, machine } = twoTasks(['fine']);
    const refused = (status: string) =>
      expect.objectContaining({
        name: 'ExecutionNotRedrivable',
        message: `Execution is ${status} and cannot be redriven`,
      });
    const execution = machine.start('one', input);
    expect(() => machine.redrive('one')).toThrow(refused('RUNNING'));
    await clock.idle();
    expect(() => machine.redrive('one')).toThrow(refused('SUCCEEDED'));
    expect(execution).toMatchObject({ status: 'SUCCEEDED', redriveCount: 0 });
  });

  test('is refused more than 14 days after the end', async () => {
    const { clock, machine, pass } = twoTasks([failure('Broken'), failure('Broken')]);
    machine.start('one', input);
    await clock.idle();
    await pass(14 * DAY);
    machine.redrive('one');
    await clock.idle();
    await pass(14 * DAY + 1);
    expect(() => machine.redrive('one')).toThrow(
      expect.objectContaining({ name: 'ExecutionNotRedrivable', message: expect.stringContaining('period') }),
    );
  });

  test('is refused for an execution that nobody started', () => {
    expect(() => twoTasks([]).machine.redrive('one')).toThrow(
      expect.objectContaining({ name: 'ExecutionDoesNotExist' }),
    );
  });

  test('is beyond the local runner where a state fails after one whose failure was caught', async () => {
    const caught: Definition = {
      StartAt: 'Work',
      States: {
        Work: {
          Type: 'Task',
          Resource: task('Work'),
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Stuck' }],
          End: true,
        },
        Stuck: { Type: 'Choice', Choices: [{ Variable: '$.Error', StringEquals: 'x', Next: 'Work' }] },
      },
    };
    const { clock, machine } = world(async () => Promise.reject(failure('Broken')), caught);
    const execution = machine.start('one', '{}');
    await clock.idle();
    expect(execution.status).toBe('FAILED');
    expect(() => machine.redrive('one')).toThrow("the local runner cannot redrive 'one'");
  });

  test('is beyond the local runner where no Task failed', async () => {
    const { clock, machine } = twoTasks([]);
    const execution = machine.start('one', '{"odd":false}');
    await clock.idle();
    expect(execution.status).toBe('FAILED');
    expect(() => machine.redrive('one')).toThrow("the local runner cannot redrive 'one'");
    expect(execution).toMatchObject({ status: 'FAILED', redriveCount: 0 });
  });
});

describe('an execution that waits for a task token', () => {
  const wait: Definition = {
    StartAt: 'Wait',
    TimeoutSeconds: 3600,
    States: {
      Wait: {
        Type: 'Task',
        Resource: 'arn:aws:states:::dynamodb:updateItem.waitForTaskToken',
        Parameters: { 'token.$': '$$.Task.Token' },
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 5 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
  };
  const waiting = () => {
    const tokens: string[] = [];
    const made = world(async (_, parameters) => {
      tokens.push((parameters as { token: string }).token);
    }, wait);
    const seconds = () => (made.clock.now() - start) / 1000;
    return { ...made, tokens, seconds };
  };
  const ended = async (execution: Execution) => {
    while (execution.status === 'RUNNING') await new Promise((resolve) => setImmediate(resolve));
  };

  test('times out, counted again from its redrive', async () => {
    const { clock, machine, pass, seconds, tokens } = waiting();
    const execution = machine.start('one', '{}');
    await clock.idle();
    expect(execution).toMatchObject({ status: 'TIMED_OUT', task: { state: 'Wait', input: {} } });
    expect(execution).not.toHaveProperty('error');
    expect(seconds()).toBe(3600);
    await pass(1_000_000);
    machine.redrive('one');
    await clock.idle();
    expect(execution).toMatchObject({ status: 'TIMED_OUT', redriveCount: 1 });
    expect(seconds()).toBe(3600 + 1000 + 3600);
    expect(new Set(tokens).size).toBe(2);
    expect(tokens).toHaveLength(2);
    // What the end of an execution does to its task is no failure of the task.
    expect(execution.steps.map(({ what }) => what)).toEqual(['entered', 'entered']);
  });

  test('is aborted at once, and its token is worth nothing from then on', async () => {
    const { clock, machine, changes, pass, tokens } = waiting();
    const execution = machine.start('one', '{}');
    await clock.run(async () => {
      await clock.sleep(60_000);
      expect(machine.abort('one', { name: 'Mine', message: 'because' })).toBe(execution);
      expect(() => machine.complete(tokens[0] ?? '', { output: 1 })).toThrow(
        expect.objectContaining({ name: 'TaskTimedOut' }),
      );
    });
    expect(execution).toMatchObject({
      status: 'ABORTED',
      stoppedAt: start + 60_000,
      error: { name: 'Mine', message: 'because' },
    });
    await clock.idle();
    await pass(1000);
    machine.abort('one');
    expect(execution).toMatchObject({ status: 'ABORTED', stoppedAt: start + 60_000 });
    expect(changes).toEqual([
      ['RUNNING', 0, undefined],
      ['ABORTED', 0, 60],
    ]);
    expect(clock.now() - start).toBe(61_000);
    expect(() => machine.abort('two')).toThrow(expect.objectContaining({ name: 'ExecutionDoesNotExist' }));
  });

  test('is aborted although its task was just completed, which then does not count', async () => {
    const { clock, machine, tokens } = waiting();
    const execution = machine.start('one', '{}');
    await clock.run(async () => {
      await clock.sleep(60_000);
      machine.complete(tokens[0] ?? '', { output: 'news' });
      machine.abort('one');
    });
    await clock.idle();
    expect(execution).toMatchObject({ status: 'ABORTED', task: { state: 'Wait' } });
    expect(execution.steps.map(({ what }) => what)).toEqual(['entered']);
  });

  test('can be redriven the moment it was aborted, and wakes by its new token only', async () => {
    const { clock, machine, tokens } = waiting();
    const execution = machine.start('one', '{}');
    await clock.run(async () => {
      await clock.sleep(60_000);
      machine.abort('one');
      machine.redrive('one');
      await clock.sleep(1000);
      machine.complete(tokens[1] ?? '', { output: 'news' });
    });
    await ended(execution);
    await clock.idle();
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: 'news', redriveCount: 1 });
    expect(tokens).toHaveLength(2);
    expect(clock.now() - start).toBe(61_000);
  });
});

test('input that is no JSON is refused and starts nothing', () => {
  const { machine } = twoTasks([]);
  expect(() => machine.start('one', 'no')).toThrow(
    expect.objectContaining({ name: 'InvalidExecutionInput' }),
  );
  expect(machine.executions.size).toBe(0);
});
