import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { PollSchedule } from '../../lambda/contract.ts';
import { checkTimes, phaseOf, SPREAD, waitSeconds } from '../../lambda/domain/poll-schedule.ts';

describe('the wait', () => {
  const schedule = { minSeconds: 30, growth: 0.1, maxSeconds: 900 };
  test.each([
    [0, 30],
    [1, 30],
    [300, 30],
    [309, 30],
    [310, 31],
    [319.9, 31],
    [3600, 360],
    [8999, 899],
    [9000, 900],
    [9010, 900],
    [604_800, 900],
  ])('of a job that is %d s old is %d s', (age, wait) => {
    expect(waitSeconds(schedule, age, 0)).toBe(wait);
  });

  test.each<[string, PollSchedule, number, number]>([
    ['without growth', { minSeconds: 60, growth: 0, maxSeconds: 900 }, 100_000, 60],
    ['as long as the job is old', { minSeconds: 1, growth: 1, maxSeconds: 100_000 }, 777, 777],
    ['with a cap below its floor', { minSeconds: 60, growth: 0.1, maxSeconds: 20 }, 0, 20],
    ['of less than a second', { minSeconds: 0, growth: 0.1, maxSeconds: 900 }, 3, 1],
    ['of fractions', { minSeconds: 2.9, growth: 0, maxSeconds: 900 }, 0, 2],
  ])('%s', (_, schedule, age, wait) => {
    expect(waitSeconds(schedule, age, 0)).toBe(wait);
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
    expect(waitSeconds({ minSeconds: seconds, growth: 0, maxSeconds: seconds }, 0, phase)).toBe(expected);
  });

  test('parts watches that began together', () => {
    const schedule = { minSeconds: 900, growth: 0, maxSeconds: 900 };
    const times = jobs.map((job) => [...checkTimes(schedule, 86_400, phaseOf(job))]);
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
  test('double, are capped and end at the deadline', () => {
    const schedule = { minSeconds: 10, growth: 1, maxSeconds: 60 };
    expect([...checkTimes(schedule, 200, 0)]).toEqual([0, 10, 20, 40, 80, 140, 200]);
    expect([...checkTimes(schedule, 150, 0)]).toEqual([0, 10, 20, 40, 80, 140, 150]);
  });

  test.each<[PollSchedule, number]>([
    [{ minSeconds: 30, growth: 0.1, maxSeconds: 900 }, 7 * 86_400],
    [{ minSeconds: 1, growth: 0, maxSeconds: 1 }, 5000],
    [{ minSeconds: 1, growth: 1, maxSeconds: 86_400 }, 30 * 86_400],
    [{ minSeconds: 600, growth: 0.5, maxSeconds: 3600 }, 599],
    [{ minSeconds: 7.7, growth: 0.033, maxSeconds: 333.3 }, 12_345],
    [{ minSeconds: 10, growth: 0.2, maxSeconds: 300 }, 1],
  ])('%j for %d s: from 0 to the deadline, strictly rising, no gap beyond the cap', (schedule, giveUp) => {
    const times = [...checkTimes(schedule, giveUp, 0)];
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBe(giveUp);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(schedule.maxSeconds);
    expect(gaps.slice(0, -1)).toEqual(times.slice(0, -2).map((age) => waitSeconds(schedule, age, 0)));
  });
});
