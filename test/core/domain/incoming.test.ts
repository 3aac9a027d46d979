import { describe, expect, test } from 'vitest';
import {
  InvalidEventError,
  InvalidWatchInputError,
  parseSweepEvent,
  parseWatchRequest,
} from '../../../core/domain/incoming.ts';
import { requireEnv } from '../../../lambda/runtime/env.ts';
import { datastoreId, executionArn, job, jobId, thrownBy } from '../../lambda/given.ts';

const watchStartedAt = '2026-01-02T03:04:05.678Z';

describe('a watch request', () => {
  test.each([
    ['at its first check', { watch: job, watchStartedAt, executionArn }],
    ['with a short job id', { watch: { datastoreId, jobId: 'a' }, watchStartedAt, executionArn }],
    [
      'with the time of another zone',
      { watch: job, watchStartedAt: '2026-01-02T03:04:05+01:00', executionArn },
    ],
    [
      'after a check, with news',
      {
        watch: {
          ...job,
          check: { next: 'running', jobStatus: 'IN_PROGRESS', waitSeconds: 30 },
          news: { jobStatus: 'COMPLETED' },
        },
        watchStartedAt,
        executionArn,
      },
    ],
    [
      'after a wait that ran out',
      {
        watch: {
          ...job,
          check: { next: 'finished', jobStatus: 'NOT_FOUND', waitSeconds: 1 },
          news: { Error: 'States.Timeout' },
        },
        watchStartedAt,
        executionArn,
      },
    ],
  ])('%s is taken as it is', (_, request) => {
    expect(parseWatchRequest(request)).toEqual(request);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'Invalid input: expected object, received undefined'],
    [
      'no watch',
      { watchStartedAt, executionArn },
      'watch: Invalid input: expected object, received undefined',
    ],
    [
      'no job id',
      { watch: { datastoreId }, watchStartedAt, executionArn },
      'watch.jobId: Invalid input: expected string, received undefined',
    ],
    [
      'a malformed job id',
      { watch: { datastoreId, jobId: 'DOE^JANE' }, watchStartedAt, executionArn },
      'watch.jobId: expected 1 to 32 characters of 0-9 and a-z',
    ],
    [
      'a job id that is too long',
      { watch: { datastoreId, jobId: 'a'.repeat(33) }, watchStartedAt, executionArn },
      'watch.jobId: expected 1 to 32 characters of 0-9 and a-z',
    ],
    [
      'an empty job id',
      { watch: { datastoreId, jobId: '' }, watchStartedAt, executionArn },
      'watch.jobId: expected 1 to 32 characters of 0-9 and a-z',
    ],
    [
      'a data store id in capitals',
      { watch: { datastoreId: 'DOE'.padEnd(32, 'A'), jobId }, watchStartedAt, executionArn },
      'watch.datastoreId: expected 32 characters of 0-9 and a-z',
    ],
    [
      'a data store id with a line after it',
      { watch: { datastoreId: `${datastoreId}\nDOE`, jobId }, watchStartedAt, executionArn },
      'watch.datastoreId: expected 32 characters of 0-9 and a-z',
    ],
    [
      'an extra member',
      { watch: { ...job, jobName: 'DOE' }, watchStartedAt, executionArn },
      'watch: Unrecognized key: "jobName"',
    ],
    [
      'an extra member above',
      { watch: job, watchStartedAt, executionArn, more: 'DOE' },
      'Unrecognized key: "more"',
    ],
    [
      'no execution',
      { watch: job, watchStartedAt },
      'executionArn: Invalid input: expected string, received undefined',
    ],
    [
      'another execution',
      { watch: job, watchStartedAt, executionArn: 'DOE' },
      'executionArn: expected the ARN of an execution',
    ],
    [
      'no start',
      { watch: job, executionArn },
      'watchStartedAt: Invalid input: expected string, received undefined',
    ],
    [
      'a start that is no time',
      { watch: job, watchStartedAt: 'DOE', executionArn },
      'watchStartedAt: Invalid ISO datetime',
    ],
    [
      'a next step nobody knows',
      {
        watch: { ...job, check: { next: 'DOE', jobStatus: 'FAILED', waitSeconds: 1 } },
        watchStartedAt,
        executionArn,
      },
      'watch.check.next: Invalid option: expected one of "running"|"overdue"|"finished"|"abandoned"|"told"|"unknown"',
    ],
  ])('with %s is refused: the member is named, its value is not', async (_, request, problem) => {
    const error = await thrownBy(async () => parseWatchRequest(request));
    expect(error).toBeInstanceOf(InvalidWatchInputError);
    expect(error.name).toBe('InvalidWatchInput');
    expect(error.message).toBe(`the execution input must be exactly { "datastoreId", "jobId" }: ${problem}`);
    expect(error.message).not.toContain('DOE');
  });

  test('with several problems names them all', () => {
    expect(() =>
      parseWatchRequest({ watch: { datastoreId: 1, jobId: 2 }, watchStartedAt, executionArn }),
    ).toThrow(
      'watch.datastoreId: Invalid input: expected string, received number; watch.jobId: Invalid input: expected string, received number',
    );
  });
});

describe('what the sweep is asked for', () => {
  const EXPECTED = 'expected a scheduled event of EventBridge, { "only": "running" } or {}';

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
