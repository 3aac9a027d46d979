import { expect, test } from 'vitest';
import {
  finishedId,
  isSettled,
  lastOutcome,
  RECORD_AS,
  type ToldVerdicts,
} from '../../../../core/domain/watch/told.ts';

test.each<[ToldVerdicts, boolean, string | undefined]>([
  [{}, false, undefined],
  [{ outcome: 'SUCCEEDED' }, true, 'SUCCEEDED'],
  [{ outcome: 'ABANDONED' }, false, 'ABANDONED'],
  [{ outcome: 'ABANDONED', laterOutcome: 'FAILED' }, true, 'FAILED'],
])('of %j settled is %s, and what holds is %s', (told, settled, last) => {
  expect(isSettled(told)).toBe(settled);
  expect(lastOutcome(told)).toBe(last);
});

test('a later verdict has an id and a place of its own', () => {
  const job = { datastoreId: 'd', jobId: 'j' };
  expect(finishedId(job)).toBe('d-j-finished');
  expect(finishedId(job, true)).toBe('d-j-finished-2');
  expect(RECORD_AS).toEqual({
    first: { outcome: 'outcome', eventId: 'eventId' },
    later: { outcome: 'laterOutcome', eventId: 'laterEventId' },
  });
});
