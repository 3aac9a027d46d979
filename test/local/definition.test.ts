import { describe, expect, test } from 'vitest';
import { adapt, covers, type Definition, refuseUnsupported, retryDelay } from '../../local/definition.ts';

const one = (state: object): Definition => ({
  StartAt: 'Only',
  States: { Only: { Type: 'Task', Resource: 'arn:x', End: true, ...state } },
});

describe('a definition that the interpreter runs otherwise than AWS is refused', () => {
  test.each([
    ['QueryLanguage JSONata (top level)', { ...one({}), QueryLanguage: 'JSONata' }],
    ["QueryLanguage JSONata (state 'Only')", one({ QueryLanguage: 'JSONata' })],
    ["a state of type Map (state 'Only')", one({ Type: 'Map' })],
    ["a state of type Parallel (state 'Only')", one({ Type: 'Parallel' })],
    ["the field Assign (state 'Only')", one({ Assign: {} })],
    ["the field HeartbeatSeconds (state 'Only')", one({ HeartbeatSeconds: 3 })],
    ["the field InputPath (state 'Only')", one({ InputPath: '$.a' })],
    [
      "the context path $$.State.RetryCount (state 'Only')",
      one({ Parameters: { 'n.$': '$$.State.RetryCount' } }),
    ],
  ])('%s', (what, definition) => {
    expect(() => refuseUnsupported(definition)).toThrow(`the local runner does not support ${what}`);
  });

  test('and none else', () => {
    for (const member of ['Id', 'Input', 'Name', 'StartTime']) {
      const Parameters = { 'it.$': `$$.Execution.${member}` };
      expect(() => refuseUnsupported(one({ Parameters }))).not.toThrow();
    }
  });
});

test('timeouts are handed to the runner, next to the parameters', () => {
  const adapted = (state: object) => adapt(one(state)).States.Only;
  expect(adapted({ TimeoutSeconds: 5, Parameters: { a: 1 } })).toMatchObject({
    Parameters: { parameters: { a: 1 }, timeoutSeconds: 5 },
  });
  expect(adapted({ TimeoutSecondsPath: '$.wait' })).toMatchObject({
    Parameters: { 'parameters.$': '$', 'timeoutSeconds.$': '$.wait' },
  });
  expect(adapted({})).toMatchObject({ Parameters: { 'parameters.$': '$' } });
  expect(adapted({ TimeoutSecondsPath: '$.wait' })).not.toHaveProperty('TimeoutSecondsPath');
  expect(adapt({ ...one({}), TimeoutSeconds: 5 })).not.toHaveProperty('TimeoutSeconds');
});

test('a task gets the raw input of its state too, for a redrive', () => {
  const { Only } = adapt(one({ Parameters: { a: 1 } })).States;
  expect(Only?.Parameters).toEqual({ parameters: { a: 1 }, 'state.$': '$' });
});

test.each(['StartTime', 'Input'])('%s of the execution comes from the runner', (member) => {
  const { Only } = adapt(one({ Parameters: { 'it.$': `$$.Execution.${member}` } })).States;
  expect(Only?.Parameters).toMatchObject({ parameters: { 'it.$': `$$.Clock.${member}` } });
});

test.each([
  [['A', 'B'], 'B', true],
  [['A'], 'B', false],
  [['States.ALL'], 'States.Timeout', true],
  [['States.TaskFailed'], 'B', true],
  [['States.TaskFailed'], 'States.Timeout', false],
])('%j names %s: %s', (errorEquals, errorName, expected) => {
  expect(covers(errorEquals, errorName)).toBe(expected);
});

describe('the time before a retry', () => {
  const delays = (retriers: Parameters<typeof retryDelay>[0], errors: string[], random = () => 1) => {
    const attempts: number[] = [];
    return errors.map((error) => retryDelay(retriers, error, attempts, random));
  };

  test('grows by the backoff rate up to the longest delay, as often as allowed', () => {
    const retrier = {
      ErrorEquals: ['A'],
      IntervalSeconds: 2,
      BackoffRate: 3,
      MaxAttempts: 4,
      MaxDelaySeconds: 20,
    };
    expect(delays([retrier], ['A', 'A', 'A', 'A', 'A'])).toEqual([2, 6, 18, 20, undefined]);
  });

  test('is 1, 2, 4 s and no more where nothing is said, as in the language', () => {
    expect(delays([{ ErrorEquals: ['A'] }], ['A', 'A', 'A', 'A'])).toEqual([1, 2, 4, undefined]);
  });

  test('is a part of it with full jitter', () => {
    const retrier = { ErrorEquals: ['A'], IntervalSeconds: 8, JitterStrategy: 'FULL' } as const;
    expect(delays([retrier], ['A', 'A'], () => 0.25)).toEqual([2, 4]);
  });

  test('is counted for each retrier on its own, and the first that fits is taken', () => {
    const retriers = [
      { ErrorEquals: ['A'], IntervalSeconds: 5, MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 7, MaxAttempts: 1 },
    ];
    expect(delays(retriers, ['B', 'A', 'B', 'A'])).toEqual([7, 5, undefined, undefined]);
  });

  test('is none for MaxAttempts 0, and for an error that nobody named', () => {
    const retriers = [{ ErrorEquals: ['A'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }];
    expect(delays(retriers, ['A'])).toEqual([undefined]);
    expect(delays([{ ErrorEquals: ['A'] }], ['B'])).toEqual([undefined]);
  });

  test('States.TaskFailed is every error but a timeout; States.ALL is every one', () => {
    expect(delays([{ ErrorEquals: ['States.TaskFailed'] }], ['A', 'States.Timeout'])).toEqual([1, undefined]);
    expect(delays([{ ErrorEquals: ['States.ALL'] }], ['States.Timeout'])).toEqual([1]);
  });
});
