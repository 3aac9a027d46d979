import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkTimes, phaseOf, SPREAD, waitSeconds } from '../../../core/contract/poll-schedule.ts';

describe('the wait', () => {
  test.each([
    [1200, 1200],
    [2.9, 2],
    [1, 1],
    [0.2, 1],
  ])('of an interval of %d s is %d s', (interval, wait) => {
    expect(waitSeconds(interval, 0)).toBe(wait);
  });
});

describe('the phase of a job', () => {
  const datastoreId = '1'.repeat(32);
  // As HealthImaging makes them: 32 hexadecimal digits without order.
  const jobs = Array.from({ length: 1000 }, (_, i) => ({
    datastoreId,
    jobId: createHash('md5').update(String(i)).digest('hex'),
  }));

  test('is the same each time, by both ids', () => {
    expect(phaseOf({ datastoreId, jobId: 'a' })).toBe(phaseOf({ datastoreId, jobId: 'a' }));
    expect(phaseOf({ datastoreId: '2', jobId: 'a' })).not.toBe(phaseOf({ datastoreId, jobId: 'a' }));
    // FNV-1a's own test vector of "foobar" is 0xbf9cf968 (RFC 9923); ours has a hyphen in the middle.
    expect(phaseOf({ datastoreId: 'foo', jobId: 'bar' }) * 2 ** 32).toBe(fnv1a('foo-bar'));
    expect(fnv1a('foobar')).toBe(0xbf9cf968);
  });

  test('is spread evenly over all jobs', () => {
    const tenths = new Map<number, number>();
    for (const job of jobs) {
      const tenth = Math.floor(phaseOf(job) * 10);
      tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
    }
    expect([...tenths.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const count of tenths.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  test.each([
    [900, 0, 900],
    [900, 0.5, 788],
    [900, 0.999, 676],
    [30, 0.999, 23],
    [4, 0.999, 4],
    [2, 0.999, 2],
    [1, 0.999, 1],
  ])('a wait of %d s is in phase %d one of %d s', (seconds, phase, expected) => {
    expect(waitSeconds(seconds, phase)).toBe(expected);
  });

  test('parts watches that began together', () => {
    const times = jobs.map((job) => [...checkTimes(900, 86_400, phaseOf(job))]);
    const together = (check: number) => {
      const seconds = times.map((each) => each[check]);
      return Math.max(...seconds.map((at) => seconds.filter((other) => other === at).length));
    };
    expect(together(0)).toBe(1000);
    // A quarter of 900 s has room for 225 different waits.
    for (const check of [1, 2, 8, 90]) expect(together(check)).toBeLessThan(20);
    expect(SPREAD).toBe(0.25);
  });

  /** The same in whole numbers of any size. */
  function fnv1a(text: string): number {
    let hash = 0x811c9dc5n;
    for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
    return Number(hash);
  }
});

describe('the times of all checks', () => {
  test('end at the deadline', () => {
    expect([...checkTimes(60, 200, 0)]).toEqual([0, 60, 120, 180, 200]);
    expect([...checkTimes(60, 180, 0)]).toEqual([0, 60, 120, 180]);
    expect([...checkTimes(60, 180, 0.999)]).toEqual([0, 46, 92, 138, 180]);
    expect([...checkTimes(60, 59, 0)]).toEqual([0, 59]);
  });
});
