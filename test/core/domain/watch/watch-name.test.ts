import { describe, expect, test } from 'vitest';
import {
  MAX_WATCHES,
  parseWatchName,
  watchName,
  watchNumber,
} from '../../../../core/domain/watch/watch-name.ts';
import { datastoreId, jobId } from '../given.ts';

const job = { datastoreId, jobId };
const first = `${datastoreId}-${jobId}`;

describe('the name of a watch', () => {
  test('is that of the job, with a number from the second on', () => {
    expect(watchName(job)).toBe(first);
    expect(watchName(job, 1)).toBe(first);
    expect(watchName(job, 2)).toBe(`${first}-2`);
    expect(watchName(job, MAX_WATCHES)).toBe(`${first}-7`);
  });

  test('has one digit, which is what is read of it', () => {
    expect(MAX_WATCHES).toBeLessThanOrEqual(9);
  });

  test('is one that Step Functions takes', () => {
    const longest = watchName({ datastoreId: 'z'.repeat(32), jobId: '9'.repeat(32) }, MAX_WATCHES);
    expect(longest).toMatch(/^[0-9a-z-]{1,80}$/);
  });

  test.each(Array.from({ length: MAX_WATCHES }, (_, index) => index + 1))(
    'tells its job and its number %d',
    (number) => {
      for (const id of [jobId, '1', 'a'.repeat(32)]) {
        const name = watchName({ datastoreId, jobId: id }, number);
        expect(parseWatchName(name)).toEqual({ datastoreId, jobId: id });
        expect(watchNumber(name)).toBe(number);
      }
    },
  );
});

describe('a name that somebody else gave', () => {
  test.each([
    ['nothing', ''],
    ['a word', 'by-hand'],
    ['a uuid', '3e1f7a2c-0b1d-4c5e-8f90-123456789abc'],
    ['a data store alone', datastoreId],
    ['a data store that is too short', first.slice(1)],
    ['a job that is too long', `${datastoreId}-${'a'.repeat(33)}`],
    ['capitals', `${datastoreId}-DOE`],
    ['two digits', `${first}-12`],
    ['more after the number', `${first}-2-again`],
    ['a line before it', `DOE\n${first}`],
    ['a line after it', `${first}\n`],
  ])('%s names no job, and is the first watch', (_, name) => {
    expect(parseWatchName(name)).toBeUndefined();
    expect(watchNumber(name)).toBe(1);
  });
});
