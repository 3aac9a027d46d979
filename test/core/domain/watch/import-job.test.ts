import { expect, test } from 'vitest';
import { JOB_STATUSES } from '../../../../core/contract/names.ts';
import {
  durationSeconds,
  hasEnded,
  hintedStatus,
  parseJobStatus,
} from '../../../../core/domain/watch/import-job.ts';

test('two of the four states are an end', () => {
  expect(JOB_STATUSES.map((status) => [status, hasEnded(status)])).toEqual([
    ['SUBMITTED', false],
    ['IN_PROGRESS', false],
    ['COMPLETED', true],
    ['FAILED', true],
  ]);
});

test('a job that HealthImaging does not know has not ended', () => {
  expect(hasEnded('NOT_FOUND')).toBe(false);
});

test('a status that nobody knows is taken for an end', () => {
  expect(hasEnded('UNKNOWN')).toBe(true);
});

test.each(JOB_STATUSES)('%s is a job status', (status) => {
  expect(parseJobStatus(status)).toBe(status);
});

test.each(['CANCELLED', 'completed', 'NOT_FOUND', '', undefined])('%j is none', (status) => {
  expect(() => parseJobStatus(status)).toThrow(
    expect.objectContaining({
      name: 'UnknownJobStatus',
      message: `unknown jobStatus '${status}', expected one of SUBMITTED, IN_PROGRESS, COMPLETED, FAILED`,
    }),
  );
  expect(hintedStatus(status)).toBe('UNKNOWN');
});

test.each([
  ['2026-01-02T03:04:05.000Z', '2026-01-02T03:05:36.499Z', 91],
  ['2026-01-02T03:04:05.000Z', '2026-01-02T03:05:36.500Z', 92],
  ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:04.000Z', 0],
  [undefined, '2026-01-02T03:04:05.000Z', undefined],
  ['2026-01-02T03:04:05.000Z', undefined, undefined],
])('from %s to %s are %s seconds', (from, to, seconds) => {
  expect(durationSeconds(from, to)).toBe(seconds);
});
