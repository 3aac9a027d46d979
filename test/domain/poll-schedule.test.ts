import { describe, expect, test } from '@jest/globals';
import type { PollSchedule } from '../../lambda/contract.ts';
import { checkTimes, waitSeconds } from '../../lambda/domain/poll-schedule.ts';

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
    expect(waitSeconds(schedule, age)).toBe(wait);
  });

  test.each<[string, PollSchedule, number, number]>([
    ['without growth', { minSeconds: 60, growth: 0, maxSeconds: 900 }, 100_000, 60],
    ['as long as the job is old', { minSeconds: 1, growth: 1, maxSeconds: 100_000 }, 777, 777],
    ['with a cap below its floor', { minSeconds: 60, growth: 0.1, maxSeconds: 20 }, 0, 20],
    ['of less than a second', { minSeconds: 0, growth: 0.1, maxSeconds: 900 }, 3, 1],
    ['of fractions', { minSeconds: 2.9, growth: 0, maxSeconds: 900 }, 0, 2],
  ])('%s', (_, schedule, age, wait) => {
    expect(waitSeconds(schedule, age)).toBe(wait);
  });
});

describe('the times of all checks', () => {
  test('double, are capped and end at the deadline', () => {
    const schedule = { minSeconds: 10, growth: 1, maxSeconds: 60 };
    expect([...checkTimes(schedule, 200)]).toEqual([0, 10, 20, 40, 80, 140, 200]);
    expect([...checkTimes(schedule, 150)]).toEqual([0, 10, 20, 40, 80, 140, 150]);
  });

  test.each<[PollSchedule, number]>([
    [{ minSeconds: 30, growth: 0.1, maxSeconds: 900 }, 7 * 86_400],
    [{ minSeconds: 1, growth: 0, maxSeconds: 1 }, 5000],
    [{ minSeconds: 1, growth: 1, maxSeconds: 86_400 }, 30 * 86_400],
    [{ minSeconds: 600, growth: 0.5, maxSeconds: 3600 }, 599],
    [{ minSeconds: 7.7, growth: 0.033, maxSeconds: 333.3 }, 12_345],
    [{ minSeconds: 10, growth: 0.2, maxSeconds: 300 }, 1],
  ])('%j for %d s: from 0 to the deadline, strictly rising, no gap beyond the cap', (schedule, giveUp) => {
    const times = [...checkTimes(schedule, giveUp)];
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBe(giveUp);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(schedule.maxSeconds);
    expect(gaps.slice(0, -1)).toEqual(times.slice(0, -2).map((age) => waitSeconds(schedule, age)));
  });
});
