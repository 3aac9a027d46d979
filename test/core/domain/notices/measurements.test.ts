import { expect, test } from 'vitest';
import { measurements, refusals } from '../../../../core/domain/notices/measurements.ts';
import { completed, counters, failureLine, manifest, reportOf, successLine } from '../given.ts';

const now = Date.parse('2026-01-02T03:05:38.400Z');
const reading = () => manifest(counters(2, 1, 1), { success: [successLine()], failure: [failureLine()] });
const check = { next: 'finished', jobStatus: 'COMPLETED', waitSeconds: 1, checks: 4 } as const;

test('of an import that an event told the end of', () => {
  const report = reportOf(completed, reading(), now);
  expect(measurements(report, { check, news: { jobStatus: 'COMPLETED' } }, now)).toEqual({
    outcome: 'PARTIALLY_FAILED',
    filesImported: 1,
    filesRejected: 1,
    watchLag: 1.5,
    pollsPerWatch: 4,
    eventsLost: 0,
  });
});

test('what is rare has no zeros, which would be paid for', () => {
  const clean = manifest(counters(1, 1, 0), { success: [successLine()] });
  const measured = measurements(reportOf(completed, clean, now), { check }, now);
  expect(Object.keys(measured).sort()).toEqual([
    'eventsLost',
    'filesImported',
    'outcome',
    'pollsPerWatch',
    'watchLag',
  ]);
});

test('an end that a poll found had no event', () => {
  const report = reportOf(completed, reading(), now);
  expect(measurements(report, { check, news: { Error: 'States.Timeout' } }, now).eventsLost).toBe(1);
});

test('of a manifest that cannot be read there are no files', () => {
  const report = reportOf(completed, { kind: 'unavailable', reason: 'MANIFEST_MISSING' }, now);
  const measured = measurements(report, { check }, now);
  expect(measured).toMatchObject({ outcome: 'UNVERIFIED', manifestUnavailable: 1 });
  expect(measured).not.toHaveProperty('filesImported');
});

test('a job that has not ended has no lag, and lost no event', () => {
  const { endedAt: _, ...running } = completed;
  const report = reportOf({ ...running, jobStatus: 'IN_PROGRESS' }, undefined, now);
  expect(measurements(report, { news: { Error: 'States.Timeout' } }, now)).toEqual({
    outcome: 'ABANDONED',
    eventsLost: 0,
  });
});

test('refusals are by type of error, the most frequent first, and ten at most', () => {
  const reason = (exceptionType: string, count: number) => ({
    exceptionType,
    message: 'not told',
    count,
    sampleFiles: [],
  });
  expect(refusals({ failures: [reason('A', 1), reason('B', 5), reason('A', 2)] })).toEqual([
    { exceptionType: 'B', count: 5 },
    { exceptionType: 'A', count: 3 },
  ]);
  const many = Array.from({ length: 30 }, (_, index) => reason(`E${index}`, index));
  expect(refusals({ failures: many }).map(({ count }) => count)).toEqual([
    29, 28, 27, 26, 25, 24, 23, 22, 21, 20,
  ]);
  expect(refusals({})).toEqual([]);
});
