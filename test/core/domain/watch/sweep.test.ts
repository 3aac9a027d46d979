import { describe, expect, test } from 'vitest';
import type { JobStatus } from '../../../../core/contract/names.ts';
import {
  isOurs,
  itinerary,
  type ListPosition,
  nextWatchAt,
  RUNNING_STATUSES,
  SWEPT_STATUSES,
} from '../../../../core/domain/watch/sweep.ts';
import { MAX_WATCHES } from '../../../../core/domain/watch/watch-name.ts';
import { datastoreId, jobId } from '../given.ts';

const deployedAt = Date.parse('2026-01-02T03:04:05.678Z');

describe('a job is ours', () => {
  test.each<[JobStatus, number | undefined, number | undefined, boolean]>([
    ['SUBMITTED', -1_000_000, undefined, true],
    ['IN_PROGRESS', -1_000_000, undefined, true],
    ['IN_PROGRESS', undefined, undefined, true],
    ['COMPLETED', -1_000_000, -1, false],
    ['COMPLETED', -1_000_000, 0, true],
    ['COMPLETED', 5, 10, true],
    ['COMPLETED', -1, undefined, false],
    ['COMPLETED', 0, undefined, true],
    ['COMPLETED', undefined, undefined, true],
    ['FAILED', -1_000_000, -1, false],
    ['FAILED', -1_000_000, 0, true],
    ['FAILED', undefined, -1, false],
  ])(
    '%s, submitted %p ms and ended %p ms after the watcher was deployed: %p',
    (jobStatus, from, to, ours) => {
      const listed = {
        datastoreId,
        jobId,
        jobStatus,
        ...(from !== undefined && { submittedAt: deployedAt + from }),
        ...(to !== undefined && { endedAt: deployedAt + to }),
      };
      expect(isOurs(listed, deployedAt)).toBe(ours);
    },
  );
});

describe('the itinerary', () => {
  test('follows the way of a job, so that none slips through', () => {
    expect(SWEPT_STATUSES).toEqual(['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED']);
    expect(RUNNING_STATUSES).toEqual(['SUBMITTED', 'IN_PROGRESS']);
  });

  const all = ['a', 'b'].flatMap((id) => SWEPT_STATUSES.map((jobStatus) => ({ datastoreId: id, jobStatus })));

  test('is all lists of all data stores, one data store after the other', () => {
    expect(itinerary(['a', 'b'], undefined)).toEqual(all);
    expect(itinerary([], undefined)).toEqual([]);
  });

  test.each<[string, ListPosition, ListPosition[]]>([
    ['the first list', { datastoreId: 'a', jobStatus: 'SUBMITTED' }, all],
    [
      'a page of the first list',
      { datastoreId: 'a', jobStatus: 'SUBMITTED', nextToken: '2' },
      [{ datastoreId: 'a', jobStatus: 'SUBMITTED', nextToken: '2' }, ...all.slice(1)],
    ],
    [
      'a page in the middle',
      { datastoreId: 'a', jobStatus: 'FAILED', nextToken: '2' },
      [{ datastoreId: 'a', jobStatus: 'FAILED', nextToken: '2' }, ...all.slice(4)],
    ],
    [
      'the last list',
      { datastoreId: 'b', jobStatus: 'FAILED', nextToken: '9' },
      [{ datastoreId: 'b', jobStatus: 'FAILED', nextToken: '9' }],
    ],
    [
      'a data store that is gone: from the start',
      { datastoreId: 'c', jobStatus: 'FAILED', nextToken: '2' },
      all,
    ],
    [
      'a list that this version does not know: from the start',
      { datastoreId: 'a', jobStatus: 'PAUSED' as JobStatus, nextToken: '2' },
      all,
    ],
  ])('goes on at %s', (_, from, expected) => {
    expect(itinerary(['a', 'b'], from)).toEqual(expected);
  });

  test('begins again if no data store is left', () => {
    expect(itinerary([], { datastoreId: 'a', jobStatus: 'FAILED' })).toEqual([]);
  });
});

test('a job whose watch ended in silence gets the next one after 15 min, doubled with each', () => {
  const minutes = Array.from(
    { length: MAX_WATCHES },
    (_, index) => (nextWatchAt(index + 1, deployedAt) - deployedAt) / 60_000,
  );
  expect(minutes).toEqual([15, 30, 60, 120, 240, 480, 960]);
  // Between the first and the last: what the docstring calls 16 hours.
  expect(minutes.slice(0, -1).reduce((a, b) => a + b) / 60).toBe(15.75);
});
