import { describe, expect, test } from 'vitest';
import { ERRORS, STATES, WATCH_ITEM } from '../../core/contract/names.ts';
import { MANIFEST_GRACE_SECONDS } from '../../core/domain/verdict/manifest-readiness.ts';
import { progressOf } from '../../core/domain/watch/progress.ts';
import {
  type Definition,
  type Retrier,
  refuseUnsupported,
  retryDelay,
  type State,
} from '../../local/definition.ts';
import { aslProblems } from '../../proof/verify/validators/asl.ts';
import { definitionOf, statesOf, synthesize } from './synthesize.ts';

const definition = definitionOf(synthesize());
const tasks = statesOf(definition, 'Task');
const state = (name: string) => definition.States[name] as State;
const caught = (one: State) =>
  (one.Catch ?? []) as readonly (Retrier & { Next: string; ResultPath: string })[];

test('the states say in plain English what they do', () => {
  expect(Object.entries(definition.States).map(([name, { Type }]) => [name, Type])).toEqual([
    ['Check import job', 'Task'],
    ['Wait for news', 'Task'],
    ['Record overdue notice', 'Task'],
    ['Notify people of overdue job', 'Task'],
    ['Is the overdue email for a digest?', 'Choice'],
    ['Publish overdue notice', 'Task'],
    ['What did we learn?', 'Choice'],
    ['Summarize import', 'Task'],
    ['Publish outcome', 'Task'],
    ['Is the email for a digest?', 'Choice'],
    ['Notify people', 'Task'],
    ['Record outcome', 'Task'],
    ['Verdict was published before', 'Succeed'],
    ['There is no such job', 'Succeed'],
  ]);
  expect(definition.StartAt).toBe('Check import job');
});

test('the states follow each other', () => {
  expect(tasks.map(([name, { Next, End }]) => [name, Next ?? End])).toEqual([
    ['Check import job', 'What did we learn?'],
    ['Wait for news', 'Check import job'],
    ['Record overdue notice', 'Wait for news'],
    ['Notify people of overdue job', 'Record overdue notice'],
    ['Publish overdue notice', 'Is the overdue email for a digest?'],
    ['Summarize import', 'Publish outcome'],
    ['Publish outcome', 'Is the email for a digest?'],
    ['Notify people', 'Record outcome'],
    ['Record outcome', true],
  ]);
  for (const [choice, held, send, after] of [
    [
      'Is the overdue email for a digest?',
      '$.check.notice.held.email',
      'Notify people of overdue job',
      'Record overdue notice',
    ],
    ['Is the email for a digest?', '$.report.held.email', 'Notify people', 'Record outcome'],
  ] as const) {
    // Present only where it is held: functions of an earlier version do not say so.
    expect(state(choice)).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: held, IsPresent: true, Next: after }],
      Default: send,
    });
  }
  const next = (StringEquals: string) => ({ Variable: '$.check.next', StringEquals });
  // No Default: an unknown next step fails the execution.
  expect(state('What did we learn?')).toEqual({
    Type: 'Choice',
    Choices: [
      { ...next('running'), Next: 'Wait for news' },
      { ...next('overdue'), Next: 'Publish overdue notice' },
      { Or: [next('finished'), next('abandoned')], Next: 'Summarize import' },
      { ...next('told'), Next: 'Verdict was published before' },
      { ...next('unknown'), Next: 'There is no such job' },
    ],
  });
});

test('every task has a Retry and a timeout', () => {
  expect(
    tasks.map(([name, { Retry, TimeoutSeconds, TimeoutSecondsPath }]) => [
      name,
      Retry?.map(({ ErrorEquals }) => ErrorEquals.at(-1)),
      TimeoutSeconds ?? TimeoutSecondsPath,
    ]),
  ).toEqual([
    ['Check import job', ['UnreadablePayload', 'StaleRead', 'States.Timeout', 'States.TaskFailed'], 60],
    ['Wait for news', ['States.TaskFailed'], '$.check.waitSeconds'],
    ['Record overdue notice', ['States.ALL'], 60],
    ['Notify people of overdue job', ['States.ALL'], 60],
    ['Publish overdue notice', ['States.ALL'], 60],
    ['Summarize import', ['UnreadablePayload', 'StaleRead', 'States.Timeout', 'States.TaskFailed'], 360],
    ['Publish outcome', ['States.ALL'], 60],
    ['Notify people', ['States.ALL'], 60],
    ['Record outcome', ['States.ALL'], 60],
  ]);
});

test('a task outlives the function that it invokes', () => {
  const functions = Object.values(synthesize().findResources('AWS::Lambda::Function'));
  const seconds = (word: string) =>
    functions.find(({ Properties }) => Properties.Description.includes(word))?.Properties.Timeout;
  expect(state('Check import job').TimeoutSeconds).toBeGreaterThan(seconds('Looks at'));
  expect(state('Summarize import').TimeoutSeconds).toBeGreaterThan(seconds('Reads the manifests'));
});

test('the only Catch is the timeout of the wait', () => {
  const catches = Object.entries(definition.States).flatMap(([name, one]) =>
    caught(one).map(({ ErrorEquals, Next, ResultPath }) => [name, ErrorEquals, Next, ResultPath]),
  );
  expect(catches).toEqual([['Wait for news', ['States.Timeout'], 'Check import job', '$.news']]);
});

test('the timeout of the wait is caught at once, not retried', () => {
  expect(retryDelay(state('Wait for news').Retry ?? [], 'States.Timeout', [], Math.random)).toBeUndefined();
});

test('there is no Fail state: what was caught into one cannot be redriven', () => {
  expect(statesOf(definition, 'Fail')).toEqual([]);
});

test('it is JSONPath throughout, and runs locally', () => {
  expect(definition.QueryLanguage).toBe('JSONPath');
  for (const one of Object.values(definition.States)) {
    expect(one.QueryLanguage ?? 'JSONPath').toBe('JSONPath');
  }
  expect(JSON.stringify(definition)).not.toContain('{%');
  expect(() => refuseUnsupported(definition)).not.toThrow();
});

describe('errors', () => {
  const named = [
    ...new Set(
      tasks.flatMap(([, one]) => [...(one.Retry ?? []), ...caught(one)].flatMap((each) => each.ErrorEquals)),
    ),
  ];

  test('are those of the contract or of Step Functions and Lambda', () => {
    const own = named.filter((name) => !/^(States|Lambda|Runtime|Sandbox)\.\w+$/.test(name));
    expect(own.filter((name) => !Object.values<string>(ERRORS).includes(name))).toEqual([]);
  });

  test('of the contract are all named, but for the refusal: it is what States.TaskFailed is for', () => {
    const unnamed = Object.values(ERRORS).filter((name) => !named.includes(name));
    expect(unnamed).toEqual([ERRORS.healthImagingRefused]);
  });

  /** Seconds of each delay, without jitter, until the error fails the execution. */
  function delays(error: string): number[] {
    const retriers = state('Summarize import').Retry ?? [];
    const attempts: number[] = [];
    const all: number[] = [];
    for (;;) {
      const delay = retryDelay(retriers, error, attempts, () => 1);
      if (delay === undefined) return all;
      all.push(delay);
    }
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

  test.each([ERRORS.manifestNotReady, ERRORS.staleRead])(
    '%s is retried past the grace of a manifest',
    (error) => {
      expect(sum(delays(error))).toBeGreaterThan(MANIFEST_GRACE_SECONDS);
      expect(Math.round(sum(delays(error)))).toBe(516);
      const retrier = state('Summarize import').Retry?.find((each) => each.ErrorEquals.includes(error));
      expect(retrier?.JitterStrategy ?? 'NONE').toBe('NONE');
    },
  );

  test.each([
    ERRORS.healthImagingUnavailable,
    ERRORS.manifestStoreUnavailable,
    ERRORS.watchesUnavailable,
    'Lambda.TooManyRequestsException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ResourceNotReadyException',
    'Lambda.EC2ThrottledException',
    'Lambda.EC2UnexpectedException',
    'Lambda.ENILimitReachedException',
    'Lambda.SubnetIPAddressLimitReachedException',
    'Runtime.ExitError',
    'Lambda.Unknown',
    'Sandbox.Timedout',
    'States.Timeout',
  ])('%s is retried for more than an hour, with jitter', (error) => {
    expect(delays(error)).toHaveLength(45);
    expect(Math.max(...delays(error))).toBe(300);
    // Full jitter makes each delay a number between nothing and all of it: hardly ever do they add up to an hour only.
    const mean = sum(delays(error)) / 2;
    const deviation = Math.sqrt(sum(delays(error).map((delay) => delay ** 2 / 12)));
    expect(mean - 4 * deviation).toBeGreaterThan(3600);
    const retrier = state('Summarize import').Retry?.find((each) => each.ErrorEquals.includes(error));
    expect(retrier?.JitterStrategy).toBe('FULL');
  });

  test.each([
    [ERRORS.healthImagingRefused, [2, 4, 8]],
    ['TypeError', [2, 4, 8]],
    [ERRORS.invalidWatchInput, []],
    [ERRORS.unreadablePayload, []],
  ])('%s is retried after %j seconds', (error, expected) => {
    expect(delays(error)).toEqual(expected);
  });

  test('are treated alike by both functions', () => {
    expect(state('Check import job').Retry).toEqual(state('Summarize import').Retry);
  });
});

test('what is stored and published comes from the report', () => {
  expect(state('Wait for news').Parameters).toMatchObject({
    Key: { datastoreId: { 'S.$': '$.datastoreId' }, jobId: { 'S.$': '$.jobId' } },
    UpdateExpression: 'SET #token = :token',
    ExpressionAttributeNames: { '#token': WATCH_ITEM.taskToken },
    ExpressionAttributeValues: { ':token': { 'S.$': '$$.Task.Token' } },
  });
  expect(state('Publish outcome').Parameters).toMatchObject({
    Entries: [
      { Source: 'dicom-import-watcher', DetailType: 'DICOM Import Finished', 'Detail.$': '$.report.detail' },
    ],
  });
  expect(state('Notify people').Parameters).toMatchObject({
    'Subject.$': '$.report.email.subject',
    'Message.$': '$.report.email.body',
    MessageAttributes: {
      outcome: { DataType: 'String', 'StringValue.$': '$.report.detail.data.outcome' },
      datastoreId: { DataType: 'String', 'StringValue.$': '$.datastoreId' },
      format: { DataType: 'String', StringValue: 'email' },
      watcher: { DataType: 'String', StringValue: 'WatchWatcherD9C57E54' },
    },
  });
  expect(state('Record outcome').OutputPath).toBe('$.report.receipt');
});

test('the notice of an overdue job comes with the check, and is recorded under its own name', () => {
  expect(state('Publish overdue notice').Parameters).toMatchObject({
    Entries: [
      {
        Source: 'dicom-import-watcher',
        DetailType: 'DICOM Import Overdue',
        'Detail.$': '$.check.notice.detail',
      },
    ],
  });
  expect(state('Notify people of overdue job').Parameters).toMatchObject({
    'Subject.$': '$.check.notice.email.subject',
    'Message.$': '$.check.notice.email.body',
    MessageAttributes: {
      outcome: { DataType: 'String', 'StringValue.$': '$.check.notice.detail.data.outcome' },
      datastoreId: { DataType: 'String', 'StringValue.$': '$.datastoreId' },
      format: { DataType: 'String', StringValue: 'email' },
      watcher: { DataType: 'String', StringValue: 'WatchWatcherD9C57E54' },
    },
  });
  expect(state('Record overdue notice').Parameters).toMatchObject({
    Key: { datastoreId: { 'S.$': '$.datastoreId' }, jobId: { 'S.$': '$.jobId' } },
    UpdateExpression: 'SET #id = :id',
    ExpressionAttributeNames: { '#id': WATCH_ITEM.overdueEventId },
    ExpressionAttributeValues: { ':id': { 'S.$': '$.check.notice.detail.metadata.id' } },
  });
});

test('what ends in silence puts out its last check', () => {
  for (const name of ['Verdict was published before', 'There is no such job']) {
    expect(state(name)).toEqual({ Type: 'Succeed', OutputPath: '$.check' });
  }
});

describe('the validators', () => {
  const copy = (change: (states: Record<string, Record<string, unknown>>) => void = () => {}): Definition => {
    const result = structuredClone(definition);
    change(result.States as never);
    return result;
  };

  test('accept it', async () => {
    expect(await aslProblems(copy())).toEqual([]);
  });

  test('reject a bad path', async () => {
    const broken = copy((states) => {
      Object.assign(states['Record outcome'] ?? {}, { OutputPath: '$.report[' });
    });
    expect(await aslProblems(broken)).toContain(
      'asl-validator: /States/Record outcome/OutputPath is invalid. must match format "asl_path"',
    );
  });

  test.each([
    ['MaxDelaySeconds', 'soon', 'Incorrect type. Expected "integer".'],
    ['JitterStrategy', 'SOME', 'Value is not accepted. Valid values: "FULL", "NONE".'],
  ])('reject a bad %s', async (field, value, message) => {
    const broken = copy((states) => {
      Object.assign((states['Notify people']?.Retry as object[] | undefined)?.[0] ?? {}, { [field]: value });
    });
    expect(await aslProblems(broken)).toContain(`amazon-states-language-service: ${message}`);
  });
});

describe('chat', () => {
  const { States } = definitionOf(synthesize({ chat: true }));

  test.each([
    ['Notify chat', 'Is the message for a digest?', 'Notify people', 'Record outcome', '$.report'],
    [
      'Notify chat of overdue job',
      'Is the overdue message for a digest?',
      'Notify people of overdue job',
      'Record overdue notice',
      '$.check.notice',
    ],
  ])("'%s' comes after people were notified", (name, choice, before, after, notice) => {
    expect(States[before]?.Next).toBe(choice);
    expect(States[choice]).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: `${notice}.held.chat`, IsPresent: true, Next: after }],
      Default: name,
    });
    expect(States[name]).toMatchObject({
      Next: after,
      Retry: States[before]?.Retry,
      Parameters: {
        'Message.$': `${notice}.chat`,
        MessageAttributes: {
          outcome: { DataType: 'String', 'StringValue.$': `${notice}.detail.data.outcome` },
          format: { DataType: 'String', StringValue: 'chat' },
        },
      },
    });
  });

  test('what is said of a failed watch knows each state, and what each follows on', () => {
    const failing = Object.keys(States).filter((name) => States[name]?.Type !== 'Succeed');
    expect(new Set(failing)).toEqual(new Set(Object.values(STATES)));
    const afterwards = new Set<string>();
    const defaultOf = (one: State | undefined) => (one as { Default?: string } | undefined)?.Default;
    for (let name = States['Publish outcome']?.Next as string | undefined; name; ) {
      afterwards.add(name);
      name = (States[name]?.Next as string | undefined) ?? defaultOf(States[name]);
    }
    expect(afterwards.size).toBe(5);
    for (const name of failing) {
      const expected = afterwards.has(name) ? 'yes' : name === 'Publish outcome' ? 'unknown' : 'no';
      expect([name, progressOf(name).verdictPublished]).toEqual([name, expected]);
    }
  });

  test('gets nothing by default', () => {
    expect(Object.keys(definitionOf(synthesize()).States).filter((name) => name.includes('chat'))).toEqual(
      [],
    );
  });
});
