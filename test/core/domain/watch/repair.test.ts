import { describe, expect, test } from 'vitest';
import {
  errorName,
  type FailedWatch,
  failureId,
  planRepair,
  recordKey,
  repairNotBefore,
  stepName,
} from '../../../../core/domain/watch/repair.ts';
import { MAX_WATCHES } from '../../../../core/domain/watch/watch-name.ts';
import { datastoreId, failed, jobId, name, stoppedAt, withoutJob } from '../given.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const { error: _error, ...withoutError } = failed;

describe('the repair', () => {
  test.each([
    [0, 15],
    [1, 30],
    [2, 60],
    [3, 120],
    [4, 240],
    [5, 480],
  ])('of a watch that was redriven %d times is a redrive %d min after its end', (redriveCount, minutes) => {
    expect(planRepair({ ...failed, redriveCount })).toEqual({
      kind: 'redrive',
      at: stoppedAt + minutes * MINUTE,
    });
  });

  test.each([6, 7, 1000])(
    'of a watch that was redriven %d times is a new watch a day later',
    (redriveCount) => {
      expect(planRepair({ ...failed, redriveCount })).toEqual({ kind: 'replace', at: stoppedAt + DAY });
    },
  );

  test('of one that Step Functions does not redrive is a new watch', () => {
    expect(planRepair({ ...failed, redrivable: false })).toEqual({ kind: 'replace', at: stoppedAt + DAY });
  });

  test.each([
    'States.Runtime',
    'States.NoChoiceMatched',
    'States.ParameterPathFailure',
    'States.ResultPathMatchFailure',
    'States.IntrinsicFailure',
    'States.DataLimitExceeded',
    'UnreadablePayload',
    // Of a version that called a payload it did not know a wrong input.
    'InvalidWatchInput',
  ])('of %s, which a redrive would meet again, is a new watch', (error) => {
    expect(planRepair({ ...failed, error })).toEqual({ kind: 'replace', at: stoppedAt + DAY });
  });

  test.each(['States.Timeout', 'States.TaskFailed', 'TypeError', 'HealthImagingRefused'])(
    'of %s is a redrive',
    (error) => {
      expect(planRepair({ ...failed, error }).kind).toBe('redrive');
    },
  );

  test('of one without an error, or that timed out, is a redrive', () => {
    expect(planRepair(withoutError).kind).toBe('redrive');
    expect(planRepair({ ...withoutError, status: 'TIMED_OUT' }).kind).toBe('redrive');
  });

  test.each([
    [name, 'replace'],
    [`${name}-2`, 'replace'],
    [`${name}-${MAX_WATCHES - 1}`, 'replace'],
    [`${name}-${MAX_WATCHES}`, 'none'],
    ['by-hand', 'replace'],
  ])('of %s, which cannot be redriven, is %s', (watch, kind) => {
    expect(planRepair({ ...failed, name: watch, redrivable: false }).kind).toBe(kind);
  });

  test('of the last watch is six redrives as well, then none', () => {
    const last = { ...failed, name: `${name}-${MAX_WATCHES}` };
    expect(planRepair({ ...last, redriveCount: 5 }).kind).toBe('redrive');
    expect(planRepair({ ...last, redriveCount: 6 })).toEqual({ kind: 'none', why: 'tried enough' });
  });

  test('of one that somebody stopped is none, whatever else it is', () => {
    expect(planRepair({ ...failed, status: 'ABORTED' })).toEqual({ kind: 'none', why: 'aborted' });
    expect(planRepair({ ...withoutJob, status: 'ABORTED', redrivable: false })).toEqual({
      kind: 'none',
      why: 'aborted',
    });
  });

  test('of a status that nobody knows is none: a redrive fails in the same way until the functions are updated', () => {
    const watch = { ...failed, error: 'UnknownJobStatus' };
    expect(planRepair(watch)).toEqual({ kind: 'none', why: 'unknown status' });
  });

  test.each<[string, FailedWatch]>([
    ['names no job', withoutJob],
    ['the functions refuse', { ...withoutJob, error: 'InvalidWatchInput' }],
    ['names no job, and timed out', { ...withoutJob, status: 'TIMED_OUT' }],
  ])('of an input that %s is none: a redrive has the same', (_, watch) => {
    expect(planRepair(watch)).toEqual({ kind: 'none', why: 'wrong input' });
  });
});

test.each([
  [0, 15],
  [3, 120],
  [6, 480],
  [20, 480],
])('redriven %d times, no repair is due for %d minutes', (redriveCount, minutes) => {
  expect(repairNotBefore({ stoppedAt: 5, redriveCount })).toBe(5 + minutes * 60_000);
});

describe('what is reported of an error', () => {
  test.each(['Lambda.Unknown', 'States.Timeout', 'TypeError', 'DynamoDB_20', 'a'.repeat(60)])(
    'is the name %s',
    (error) => {
      expect(errorName(error)).toBe(error);
    },
  );

  test.each([
    'DOE^JANE',
    'Error: DOE',
    's3://in-bucket/DOE/',
    'DOE JANE',
    'DOE\n',
    '\nDOE',
    '{"PatientName":"DOE"}',
    `DOE${'a'.repeat(58)}`,
    '',
    undefined,
  ])('is nothing where it does not look like a name: %j', (error) => {
    expect(errorName(error)).toBeUndefined();
  });
});

test.each(['Check import job', 'What did we learn?', "Notify people's chat", 'a'.repeat(80)])(
  'the name of the state %s is reported',
  (state) => {
    expect(stepName(state)).toBe(state);
  },
);

test.each(['DOE^JANE', '^DOE', 'DOE\n', '\nDOE', 'a'.repeat(81), '', undefined])(
  'what does not look like the name of a state is not: %j',
  (state) => {
    expect(stepName(state)).toBeUndefined();
  },
);

test('the id of a failure is that of the watch and how often it was redriven', () => {
  expect(failureId(name, 0)).toBe(`${name}-watch-failed-0`);
  expect(failureId(`${name}-2`, 6)).toBe(`${name}-2-watch-failed-6`);
});

test('a failure is recorded with its job, or with its watch where nobody knows the job', () => {
  expect(recordKey(failed)).toEqual({ datastoreId, jobId });
  expect(recordKey({ ...withoutJob, name: 'by-hand' })).toEqual({ datastoreId: 'unknown', jobId: 'by-hand' });
});
