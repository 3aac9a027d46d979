import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  checkTimes,
  intervalAt,
  phaseOf,
  SPREAD,
  waitSeconds,
} from '../../../core/contract/poll-schedule.ts';

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

describe('the wait of a job that runs for long', () => {
  test.each([
    [0, 45],
    [45, 90],
    [135, 180],
    [195, 240],
    [315, 240],
    [10_000, 240],
  ])('is doubled with each check, from 45 minutes to 4 hours: at %d min it is %d min', (age, minutes) => {
    expect(intervalAt(45 * 60, age * 60, 4 * 3600)).toBe(minutes * 60);
  });

  test('stays what it is where nothing longer is allowed', () => {
    expect(intervalAt(600, 1e6)).toBe(600);
    expect(intervalAt(6 * 3600, 3600, 4 * 3600)).toBe(6 * 3600);
  });

  test('makes seven checks of a day between the first and the last, which are 31 without it', () => {
    const day = 24 * 3600;
    expect([...checkTimes(45 * 60, day, 0, 4 * 3600)].map((at) => at / 60)).toEqual([
      0, 45, 135, 315, 555, 795, 1035, 1275, 1440,
    ]);
    expect([...checkTimes(45 * 60, day, 0)]).toHaveLength(33);
  });

  test.each([
    [59_000, 1],
    [100_000, 1],
    [100_000, 5],
    [200_000, 2],
  ])(
    'of %d watches, with %d new ones a second, asks for fewer than 25 reads a second',
    (watches, started) => {
      // At any moment, so many jobs are at the age of each check. The first and the last are no polls.
      const polls = (longest?: number) =>
        started * [...checkTimes(45 * 60, watches / started, 0.5, longest)].slice(1, -1).length;
      expect(polls(4 * 3600)).toBeLessThan(25);
      expect(polls()).toBeGreaterThan(20);
    },
  );
});
