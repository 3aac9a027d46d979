import { describe, expect, test } from 'vitest';
import type { Definition, State } from '../../local/definition.ts';
import { LocalStateMachine, type TaskRunner } from '../../local/state-machine.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

const WORK = 'arn:aws:lambda:us-east-1:000000000000:function:Work';
const start = Date.UTC(2026, 0, 1);
const failure = (name: string) => Object.assign(new Error(`it was ${name}`), { name });

/** A machine of one task, `Work`, and what may follow it. */
function machine(work: Partial<State>, runTask: TaskRunner, rest: Partial<Definition> = {}) {
  const clock = new VirtualClock(start);
  const { States = {}, ...top } = rest;
  const local = new LocalStateMachine({
    arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:M',
    definition: {
      StartAt: 'Work',
      ...top,
      States: { Work: { Type: 'Task', Resource: WORK, End: true, ...work }, ...States },
    },
    runTask,
    clock,
    random: () => 1,
  });
  const play = async (input: unknown = {}) => {
    const execution = local.start('one', JSON.stringify(input));
    await clock.idle();
    return { ...execution, seconds: (clock.now() - start) / 1000 };
  };
  return { clock, local, play };
}

test('a task gets its parameters, and its result is the output', async () => {
  const seen: unknown[] = [];
  const { play } = machine(
    { Parameters: { 'x.$': '$.a', 'name.$': '$$.Execution.Name' } },
    async (...all) => {
      seen.push(all);
      return { done: true };
    },
  );
  expect(await play({ a: 7 })).toMatchObject({ status: 'SUCCEEDED', output: { done: true } });
  expect(seen).toEqual([[WORK, { x: 7, name: 'one' }]]);
});

describe('retries', () => {
  test('wait between the attempts on the clock, then go on', async () => {
    let attempts = 0;
    const { play } = machine(
      { Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 3 }] },
      async () => {
        if (++attempts < 4) throw failure('Busy');
        return 'ok';
      },
    );
    expect(await play()).toMatchObject({ status: 'SUCCEEDED', output: 'ok', seconds: 10 + 20 + 40 });
    expect(attempts).toBe(4);
  });

  test('end, and the execution fails by the name of the error', async () => {
    const { play } = machine({ Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }] }, async () => {
      throw failure('Busy');
    });
    expect(await play()).toMatchObject({
      status: 'FAILED',
      error: { name: 'Busy', message: 'it was Busy' },
      seconds: 1,
    });
  });

  test('begin again when the state is entered again', async () => {
    const results = ['Busy', 'again', 'Busy', 'end'];
    const { play } = machine(
      { Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }], End: undefined, Next: 'More?' },
      async () => {
        const result = results.shift() ?? '';
        if (result === 'Busy') throw failure(result);
        return result;
      },
      {
        States: {
          'More?': {
            Type: 'Choice',
            Choices: [{ Variable: '$', StringEquals: 'again', Next: 'Work' }],
            Default: 'Done',
          },
          Done: { Type: 'Succeed' },
        },
      },
    );
    expect(await play()).toMatchObject({ status: 'SUCCEEDED', output: 'end', seconds: 2 });
  });
});

describe('timeouts', () => {
  const never: TaskRunner = () => new Promise(() => {});

  test('of a task are an error like others, which States.ALL retries', async () => {
    let attempts = 0;
    const { clock, local } = machine(
      { TimeoutSeconds: 30, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 1 }] },
      () => {
        attempts++;
        // The call hangs: the clock has to know that nothing is going on in it.
        return clock.sleep(1_000_000_000).then(() => 'too late');
      },
    );
    const execution = local.start('one', '{}');
    while (execution.status === 'RUNNING') await new Promise((resolve) => setImmediate(resolve));
    expect(execution).toMatchObject({ status: 'FAILED', error: { name: 'States.Timeout' } });
    const failedAt = execution.steps
      .filter(({ what }) => what === 'failed')
      .map(({ at }) => (at - start) / 1000);
    expect(failedAt).toEqual([30, 30 + 5 + 30]);
    expect(attempts).toBe(2);
  });

  test('of the execution end it as TIMED_OUT', async () => {
    const { play } = machine(
      { Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken' },
      async () => {},
      {
        TimeoutSeconds: 3600,
      },
    );
    expect(await play()).toMatchObject({ status: 'TIMED_OUT', seconds: 3600 });
  });

  test('do not outlive stop', async () => {
    const { local } = machine({}, never);
    const execution = local.start('one', '{}');
    await new Promise((resolve) => setImmediate(resolve));
    local.stop();
    while (execution.status === 'RUNNING') await new Promise((resolve) => setImmediate(resolve));
    expect(execution.status).toBe('ABORTED');
  });
});

describe('a wait for a task token', () => {
  const wait = {
    Resource: 'arn:aws:states:::dynamodb:updateItem.waitForTaskToken',
    Parameters: { 'token.$': '$$.Task.Token' },
    TimeoutSecondsPath: '$.seconds',
    Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Slept' }],
  };
  const rest = { States: { Slept: { Type: 'Pass', Result: 'slept', End: true } } };
  const waiting = () => {
    const tokens: string[] = [];
    const world = machine(
      wait,
      async (_, parameters) => {
        tokens.push((parameters as { token: string }).token);
      },
      rest,
    );
    const after = async (seconds: number, tell: (token: string) => void) => {
      await world.clock.sleep(seconds * 1000);
      tell(tokens[0] ?? '');
    };
    return { ...world, tokens, after };
  };

  test('ends by its timeout, from its input', async () => {
    const { play } = waiting();
    expect(await play({ seconds: 90 })).toMatchObject({ status: 'SUCCEEDED', output: 'slept', seconds: 90 });
  });

  test('ends by news, at once and with what the news say', async () => {
    const { clock, local, after, play } = waiting();
    void clock.run(() => after(20, (token) => local.complete(token, { output: 'news' })));
    expect(await play({ seconds: 90 })).toMatchObject({ status: 'SUCCEEDED', output: 'news', seconds: 20 });
  });

  test('ends by a failure, with its name', async () => {
    const { clock, local, after, play } = waiting();
    void clock.run(() => after(20, (token) => local.complete(token, { error: failure('Refused') })));
    expect(await play({ seconds: 90 })).toMatchObject({ status: 'FAILED', error: { name: 'Refused' } });
  });

  test('a token that nobody waits with any more is refused as AWS refuses it', async () => {
    const { local, play, tokens } = waiting();
    await play({ seconds: 90 });
    for (const token of [tokens[0] ?? '', 'never given']) {
      expect(() => local.complete(token, { output: 1 })).toThrow(
        expect.objectContaining({ name: 'TaskTimedOut' }),
      );
    }
  });
});

test('starting again is the same execution while it runs with the same input, and an error else', async () => {
  const { clock, local } = machine({}, () => clock.sleep(1000).then(() => 1));
  const execution = local.start('one', '{"a":1}');
  expect(local.start('one', '{"a":1}')).toBe(execution);
  const already = expect.objectContaining({ name: 'ExecutionAlreadyExists' });
  expect(() => local.start('one', '{"a":2}')).toThrow(already);
  await clock.idle();
  expect(() => local.start('one', '{"a":1}')).toThrow(already);
  expect(local.executions.size).toBe(1);
});
