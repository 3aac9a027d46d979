import { describe, expect, test } from 'vitest';
import type { NextStep, ObservedStatus } from '../../../../core/contract/names.ts';
import { isStale, mayStillAppear } from '../../../../core/domain/verdict/manifest-readiness.ts';

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
    ['IN_PROGRESS', undefined, false],
  ])('of %s after a check that was %s is stale: %s', (jobStatus, next, expected) => {
    const check = next && { next, jobStatus: 'COMPLETED' as const, waitSeconds: 1 };
    expect(isStale(jobStatus, check)).toBe(expected);
  });
});
