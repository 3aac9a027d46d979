import { describe, expect, test } from 'vitest';
import {
  InvalidEventError,
  InvalidWatchInputError,
  parseExecutionInput,
  parseImportEvent,
  parseStatusEvent,
  parseSweepEvent,
  parseWatchRequest,
  UnreadablePayloadError,
} from '../../../core/domain/incoming.ts';
import { requireEnv } from '../../../lambda/runtime/env.ts';
import { datastoreId, executionArn, job, jobId, thrownBy } from '../../lambda/given.ts';

const watchStartedAt = '2026-01-02T03:04:05.678Z';

const request = { watch: job, watchStartedAt, executionArn, executionInput: job };
const taken = { watch: job, watchStartedAt, executionArn };
/** A request with more in the state. */
const having = (more: object) => ({ ...request, watch: { ...job, ...more } });

describe('a watch request', () => {
  test.each<[string, object, object]>([
    ['at its first check', request, taken],
    ['of a definition that passes no input', taken, taken],
    [
      'with what Step Functions adds for a nested execution',
      {
        ...request,
        watch: { ...job, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: executionArn },
        executionInput: { ...job, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: executionArn },
      },
      taken,
    ],
    [
      'with a short job id',
      { ...taken, watch: { datastoreId, jobId: 'a' } },
      { ...taken, watch: { datastoreId, jobId: 'a' } },
    ],
    [
      'with the time of another zone',
      { ...request, watchStartedAt: '2026-01-02T03:04:05+01:00' },
      { ...taken, watchStartedAt: '2026-01-02T03:04:05+01:00' },
    ],
    [
      'after a check, with news',
      having({
        check: { next: 'running', jobStatus: 'IN_PROGRESS', known: true, checks: 3 },
        news: { jobStatus: 'COMPLETED' },
      }),
      {
        ...taken,
        watch: {
          ...job,
          check: { next: 'running', jobStatus: 'IN_PROGRESS', known: true, checks: 3 },
          news: { jobStatus: 'COMPLETED' },
        },
      },
    ],
    [
      'after a wait that ran out',
      having({
        check: { next: 'finished', jobStatus: 'NOT_FOUND', notFoundSince: 1 },
        news: { Error: 'States.Timeout', Cause: '' },
      }),
      {
        ...taken,
        watch: {
          ...job,
          check: { next: 'finished', jobStatus: 'NOT_FOUND', notFoundSince: 1 },
          news: { Error: 'States.Timeout' },
        },
      },
    ],
  ])('%s is taken', (_, event, expected) => {
    expect(parseWatchRequest(event)).toEqual(expected);
  });

  const MORE = { of: 'a newer version' };
  test.each<[string, object, object]>([
    ['beside the state', { ...request, more: MORE }, {}],
    ['in the state, before the first check', having({ more: MORE }), {}],
    [
      'in the last check and in news',
      having({ check: { next: 'running', more: MORE }, news: { jobStatus: 'FAILED', more: MORE } }),
      { check: { next: 'running' }, news: { jobStatus: 'FAILED' } },
    ],
    [
      'a last check of other values',
      having({ check: { next: 'paused', jobStatus: 'PAUSED', known: true } }),
      { check: { known: true } },
    ],
    [
      'a last check of other types',
      having({ check: { next: 1, jobStatus: null, notFoundSince: '1', known: 'yes', checks: [2] } }),
      { check: {} },
    ],
    ['a last check without anything', having({ check: {}, news: {} }), { check: {}, news: {} }],
    ['news of other types', having({ news: { jobStatus: [1], Error: {} } }), { news: {} }],
    ['a last check and news that are something else', having({ check: 'running', news: null }), {}],
    [
      'an input that had its first check',
      { ...having({ check: { next: 'running' } }), executionInput: { ...job, more: MORE } },
      { check: { next: 'running' } },
    ],
  ])('of a newer definition does not fail the watch: %s', (_, event, left) => {
    expect(parseWatchRequest(event)).toEqual({ ...taken, watch: { ...job, ...left } });
  });

  test.each<[string, unknown, string]>([
    ['no job id', { datastoreId }, 'jobId: Invalid input: expected string, received undefined'],
    [
      'a malformed job id',
      { datastoreId, jobId: 'DOE^JANE' },
      'jobId: expected 1 to 32 characters of 0-9 and a-z',
    ],
    [
      'a job id that is too long',
      { datastoreId, jobId: 'a'.repeat(33) },
      'jobId: expected 1 to 32 characters of 0-9 and a-z',
    ],
    ['an empty job id', { datastoreId, jobId: '' }, 'jobId: expected 1 to 32 characters of 0-9 and a-z'],
    [
      'a data store id in capitals',
      { datastoreId: 'DOE'.padEnd(32, 'A'), jobId },
      'datastoreId: expected 32 characters of 0-9 and a-z',
    ],
    [
      'a data store id with a line after it',
      { datastoreId: `${datastoreId}\nDOE`, jobId },
      'datastoreId: expected 32 characters of 0-9 and a-z',
    ],
    ['an extra member', { ...job, jobName: 'DOE' }, 'Unrecognized key: "jobName"'],
    ['a check of its own', { ...job, check: 'DOE' }, 'Unrecognized key: "check"'],
    ['no object', 'DOE', 'Invalid input: expected object, received string'],
    ['a list', [], 'Invalid input: expected object, received array'],
    ['nothing in it', null, 'Invalid input: expected object, received null'],
    [
      'several problems',
      { datastoreId: 1, jobId: 2 },
      'datastoreId: Invalid input: expected string, received number; jobId: Invalid input: expected string, received number',
    ],
  ])('whose input has %s is refused: the member is named, its value is not', async (_, input, problem) => {
    const error = await thrownBy(async () =>
      parseWatchRequest({ watch: input, watchStartedAt, executionArn, executionInput: input }),
    );
    expect(error).toBeInstanceOf(InvalidWatchInputError);
    expect(error.name).toBe('InvalidWatchInput');
    expect(error.message).toBe(`the execution input must be exactly { "datastoreId", "jobId" }: ${problem}`);
    expect(error.message).not.toContain('DOE');
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'Invalid input: expected object, received undefined'],
    ['no state', { ...request, watch: 'DOE' }, 'watch: Invalid input: expected object, received string'],
    [
      'no job id in the state',
      { ...request, watch: { datastoreId } },
      'watch.jobId: Invalid input: expected string, received undefined',
    ],
    [
      'no execution',
      { ...request, executionArn: undefined },
      'executionArn: Invalid input: expected string, received undefined',
    ],
    [
      'another execution',
      { ...request, executionArn: 'DOE' },
      'executionArn: expected the ARN of an execution',
    ],
    [
      'an execution after something else',
      { ...request, executionArn: `DOE ${executionArn}` },
      'executionArn: expected the ARN of an execution',
    ],
    [
      'no start',
      { ...request, watchStartedAt: undefined },
      'watchStartedAt: Invalid input: expected string, received undefined',
    ],
    [
      'a start that is no time',
      { ...request, watchStartedAt: 'DOE' },
      'watchStartedAt: Invalid ISO datetime',
    ],
  ])('with %s is not called a wrong input: its value is not repeated', async (_, event, problem) => {
    const error = await thrownBy(async () => parseWatchRequest(event));
    expect(error).toBeInstanceOf(UnreadablePayloadError);
    expect(error.name).toBe('UnreadablePayload');
    expect(error.message).toBe(`this version cannot read what the definition passes: ${problem}`);
    expect(error.message).not.toContain('DOE');
  });
});

test.each<[string, string | undefined]>([
  ['nothing', undefined],
  ['no text of JSON', 'DOE'],
  ['another member', JSON.stringify({ ...job, more: 'DOE' })],
  ['no job', JSON.stringify({ datastoreId })],
])('an execution input of %s names no job', (_, input) => {
  expect(parseExecutionInput(input)).toBeUndefined();
});

test('an execution input of exactly two ids names its job', () => {
  expect(parseExecutionInput(JSON.stringify(job))).toEqual(job);
});

/** What parsing an event throws: which member is wrong, and never its value. */
async function refused(parse: () => unknown, member: string): Promise<void> {
  const error = await thrownBy(async () => parse());
  expect(error).toBeInstanceOf(InvalidEventError);
  expect(error.message).toMatch(
    new RegExp(`^not an event that this function takes: ${member && `${member}: `}(Invalid|expected) [^;]+$`),
  );
  expect(error.message).not.toContain('DOE');
}

test('of members that do not belong the names are repeated that AWS and the watcher use, and no other', async () => {
  const known = [
    ...['jobName', 'jobStatus', 'dataAccessRoleArn', 'inputS3Uri', 'outputS3Uri', 'clientToken'],
    ...['importConfiguration', 'inputOwnerAccountId', 'check', 'news', 'watch', 'datastoreId', 'jobId'],
    ...['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail'],
  ];
  const event = Object.fromEntries([...known, 'DOE^JANE'].map((name) => [name, 'DOE']));
  const names = [...known, '#'].map((name) => `"${name}"`).join(', ');
  const error = await thrownBy(async () => parseSweepEvent(event));
  expect(error.message).toBe(`not an event that this function takes: Unrecognized keys: ${names}`);
});

test('the names of events that are taken are in the message about another', async () => {
  const error = await thrownBy(async () => parseImportEvent({ 'detail-type': 'DOE', detail: { ...job } }));
  expect(error.message).toMatch(
    /: detail-type: Invalid option: expected "Import Job Submitted"\|"Import Job In Progress"\|/,
  );
});

describe('an event of HealthImaging', () => {
  const detail = { ...job, jobStatus: 'COMPLETED', jobName: 'DOE' };
  const event = { 'detail-type': 'Import Job Completed', source: 'aws.medical-imaging', detail };

  test('tells which job has which status', () => {
    expect(parseImportEvent(event)).toEqual({ ...job, jobStatus: 'COMPLETED' });
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['an event without detail', { ...event, detail: undefined }, 'detail'],
    ['another detail-type', { ...event, 'detail-type': 'Image Set Created' }, 'detail-type'],
    [
      'a call that CloudTrail saw',
      { 'detail-type': 'AWS API Call via CloudTrail', detail: { ...detail, responseElements: job } },
      'detail-type',
    ],
    ['without a status', { ...event, detail: { ...detail, jobStatus: undefined } }, 'detail.jobStatus'],
    [
      'a malformed data store id',
      { ...event, detail: { ...detail, datastoreId: 'DOE' } },
      'detail.datastoreId',
    ],
    ['a malformed job id', { ...event, detail: { ...detail, jobId: 'DOE' } }, 'detail.jobId'],
    ['no job id', { ...event, detail: { ...detail, jobId: undefined } }, 'detail.jobId'],
  ])('is not %s', async (_, other, member) => {
    await refused(() => parseImportEvent(other), member);
  });
});

describe('an event of Step Functions', () => {
  const detail = { executionArn, status: 'FAILED', cause: 'DOE' };
  const event = { 'detail-type': 'Step Functions Execution Status Change', source: 'aws.states', detail };

  test('tells which execution ended', () => {
    expect(parseStatusEvent(event)).toBe(executionArn);
  });

  test.each<[string, unknown, string]>([
    ['nothing', null, ''],
    ['another detail-type', { ...event, 'detail-type': 'DOE' }, 'detail-type'],
    ['one without detail', { ...event, detail: undefined }, 'detail'],
    ['one without an execution', { ...event, detail: { name: 'DOE' } }, 'detail.executionArn'],
    ['one whose execution is no text', { ...event, detail: { executionArn: 1 } }, 'detail.executionArn'],
  ])('is not %s', async (_, other, member) => {
    await refused(() => parseStatusEvent(other), member);
  });
});

describe('what the sweep is asked for', () => {
  const EXPECTED =
    'expected a scheduled event of EventBridge, { "only": "running" } or {}, both with "datastoreIds" or without';

  test.each([
    [
      'a scheduled event of EventBridge: all there is',
      {
        version: '0',
        id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '111122223333',
        time: '2026-01-02T03:04:05Z',
        region: 'us-east-1',
        resources: ['arn:aws:events:us-east-1:111122223333:rule/Sweep'],
        detail: {},
      },
      {},
    ],
    ['the input of the other schedule: running jobs', { only: 'running' }, { only: 'running' }],
    [
      'data stores that are too many for the environment',
      { datastoreIds: [datastoreId] },
      { datastoreIds: [datastoreId] },
    ],
    [
      'the same of running jobs',
      { only: 'running', datastoreIds: [datastoreId] },
      { only: 'running', datastoreIds: [datastoreId] },
    ],
    ['nothing, by hand: all there is', {}, {}],
  ])('%s', (_, event, request) => {
    expect(parseSweepEvent(event)).toEqual(request);
  });

  test.each([
    ['undefined', undefined, EXPECTED],
    ['null', null, EXPECTED],
    ['text', 'DOE', EXPECTED],
    ['a list', [], EXPECTED],
    ['anything but running jobs', { only: 'DOE' }, EXPECTED],
    ['something else besides', { only: 'running', jobId: 'DOE' }, 'Unrecognized key: "jobId"'],
    ['something else', { jobId: 'DOE' }, 'Unrecognized key: "jobId"'],
    [
      'an event of another source',
      { 'detail-type': 'Scheduled Event', source: 'DOE' },
      'Unrecognized keys: "detail-type", "source"',
    ],
    [
      'another event',
      { 'detail-type': 'DOE', source: 'aws.events' },
      'Unrecognized keys: "detail-type", "source"',
    ],
  ])('%s is refused: the member is named, its value is not', async (_, event, problem) => {
    const error = await thrownBy(async () => parseSweepEvent(event));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error.name).toBe('InvalidEvent');
    expect(error.message).toBe(`not an event that this function takes: ${problem}`);
  });
});

describe('an environment variable', () => {
  test('is read', () => {
    process.env.REQUIRE_ENV_TEST = 'value';
    expect(requireEnv('REQUIRE_ENV_TEST')).toBe('value');
  });

  test.each([undefined, ''])('that is %j is named', (value) => {
    if (value === undefined) delete process.env.REQUIRE_ENV_TEST;
    else process.env.REQUIRE_ENV_TEST = value;
    expect(() => requireEnv('REQUIRE_ENV_TEST')).toThrow('environment variable REQUIRE_ENV_TEST is not set');
  });
});
