import { describe, expect, test } from 'vitest';
import type { NextStep, ObservedStatus } from '../../../../core/contract/names.ts';
import type { JobSummary } from '../../../../core/domain/verdict/job-manifest.ts';
import { isIncomplete, isStale, mayStillAppear } from '../../../../core/domain/verdict/manifest-readiness.ts';
import { counters, type Files, failureLine, manifest, successLine } from '../given.ts';

const endedAt = '2026-01-02T03:04:05.678Z';
const after = (seconds: number) => Date.parse(endedAt) + seconds * 1000;

describe('a manifest', () => {
  test.each([
    [-60, true],
    [0, true],
    [299.999, true],
    [300, false],
    [86_400, false],
  ])('%d s after the end of a COMPLETED job may still appear: %s', (seconds, expected) => {
    expect(mayStillAppear({ jobStatus: 'COMPLETED', endedAt }, after(seconds))).toBe(expected);
  });

  test.each<ObservedStatus>(['FAILED', 'SUBMITTED', 'IN_PROGRESS', 'NOT_FOUND'])(
    'of a job that is %s is not waited for',
    (jobStatus) => {
      expect(mayStillAppear({ jobStatus, endedAt }, after(0))).toBe(false);
    },
  );

  test('is not waited for when nobody knows since when', () => {
    expect(mayStillAppear({ jobStatus: 'COMPLETED' }, after(0))).toBe(false);
  });
});

describe('a manifest that could be read', () => {
  const success = [successLine()];
  const failure = [failureLine()];
  test.each<[string, boolean, JobSummary, Files]>([
    ['all lines', false, counters(2, 1, 1), { success, failure }],
    ['no files, and no lines', false, counters(0, 0), {}],
    ['no counters, and no lines', false, {}, {}],
    ['imported files, and no line of them', true, counters(2, 1, 1), { failure }],
    ['refused files, and no line of them', true, counters(2, 1, 1), { success }],
    ['server errors, and no line of them', true, counters(2, 1, 0, 1), { success }],
    ['refused files alone, and no line of them', true, { numberOfFilesWithCustomerError: 1 }, {}],
    ['server errors alone, and no line of them', true, { numberOfFilesWithServerError: 1 }, {}],
    ['lines that cannot be read', false, counters(2, 1, 1), { success: ['{'], failure: ['{'] }],
    ['a line, and one that cannot be read', false, counters(2, 2), { success: [...success, '{'] }],
    ['fewer lines than files', false, counters(4, 2, 2), { success, failure }],
  ])('with %s is incomplete: %s', (_, expected, summary, files) => {
    expect(isIncomplete(manifest(summary, files))).toBe(expected);
  });

  test.each(['success', 'failure'] as const)('is not incomplete where %s.ndjson is forbidden', (file) => {
    const read = manifest(counters(2, 1, 1), { success, failure });
    const forbidden = { ...manifest({})[file], unreadable: 'forbidden' };
    expect(isIncomplete({ ...read, [file]: forbidden })).toBe(false);
  });
});

describe('a read', () => {
  test.each<[ObservedStatus, NextStep | undefined, boolean]>([
    ['SUBMITTED', 'finished', true],
    ['IN_PROGRESS', 'finished', true],
    ['NOT_FOUND', 'finished', true],
    ['COMPLETED', 'finished', false],
    ['FAILED', 'finished', false],
    ['IN_PROGRESS', 'abandoned', false],
    ['NOT_FOUND', 'abandoned', false],
    ['COMPLETED', 'abandoned', false],
    // After a rollback, of a check whose next step this version does not know.
    ['IN_PROGRESS', undefined, true],
    ['NOT_FOUND', undefined, true],
    ['COMPLETED', undefined, false],
  ])('of %s after a check that was %s is stale: %s', (jobStatus, next, expected) => {
    const check = next && { next, jobStatus: 'COMPLETED' as const, waitSeconds: 1 };
    expect(isStale(jobStatus, check)).toBe(expected);
  });
});
