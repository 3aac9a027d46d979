import { describe, expect, test } from '@jest/globals';
import type { News } from '../../lambda/contract.ts';
import { decide, type Observation } from '../../lambda/domain/check.ts';

const schedule = { minSeconds: 30, growth: 0.1, maxSeconds: 900 };
const DAY = 86_400;
const start = Date.parse('2026-01-02T03:04:05.678Z');

/** What a check `seconds` after the job was submitted sees. */
function at(seconds: number, more: Partial<Observation> = {}): Observation {
  return {
    jobStatus: 'IN_PROGRESS',
    submittedAt: start,
    watchStartedAt: start,
    now: start + seconds * 1000,
    news: undefined,
    ...more,
  };
}

const check = (observation: Observation, giveUpAfterSeconds = DAY) =>
  decide(observation, schedule, giveUpAfterSeconds);

describe('a job that ended', () => {
  test.each(['COMPLETED', 'FAILED'] as const)('%s is finished, however old', (jobStatus) => {
    const finished = { verdict: 'finished', jobStatus, waitSeconds: 1 };
    expect(check(at(10, { jobStatus }))).toEqual(finished);
    expect(check(at(30 * DAY, { jobStatus }))).toEqual(finished);
  });
});

describe('a job that runs', () => {
  test.each(['SUBMITTED', 'IN_PROGRESS'] as const)('%s is waited for', (jobStatus) => {
    expect(check(at(10, { jobStatus }))).toEqual({ verdict: 'running', jobStatus, waitSeconds: 30 });
  });

  test.each([
    [0, 30],
    [300, 30],
    [310, 31],
    [3600, 360],
    [9000, 900],
    [50_000, 900],
  ])('at %d s it is looked at again after %d s', (age, waitSeconds) => {
    expect(check(at(age))).toMatchObject({ verdict: 'running', waitSeconds });
  });

  test('has its age from submittedAt, not from the watch', () => {
    const watchStartedAt = start + 3_000_000;
    expect(check(at(3600, { watchStartedAt })).waitSeconds).toBe(360);
  });

  test('has its age from the watch when HealthImaging does not tell', () => {
    const watchStartedAt = start + 1_600_000;
    expect(check(at(3600, { watchStartedAt, submittedAt: undefined })).waitSeconds).toBe(200);
  });

  test('is looked at for the last time at the deadline, not after it', () => {
    expect(check(at(DAY - 100)).waitSeconds).toBe(100);
    expect(check(at(DAY - 99.5)).waitSeconds).toBe(100);
    expect(check(at(DAY - 0.2))).toEqual({
      verdict: 'running',
      jobStatus: 'IN_PROGRESS',
      waitSeconds: 1,
    });
  });

  test.each([
    [DAY - 0.001, 'running'],
    [DAY, 'abandoned'],
    [DAY + 1000, 'abandoned'],
  ])('at %d s it is %s', (age, verdict) => {
    expect(check(at(age))).toEqual({ verdict, jobStatus: 'IN_PROGRESS', waitSeconds: 1 });
  });

  test('is given up by its own age although its watch has just begun', () => {
    expect(check(at(DAY, { watchStartedAt: start + DAY * 1000 })).verdict).toBe('abandoned');
  });

  test('submitted in the future, by clocks that differ, is new and not older than new', () => {
    const fresh = { verdict: 'running', jobStatus: 'IN_PROGRESS', waitSeconds: 30 };
    expect(check(at(-40))).toEqual(fresh);
    expect(check(at(-10 * DAY))).toEqual(fresh);
    expect(check(at(-40), 20).waitSeconds).toBe(20);
  });
});

describe('news', () => {
  test.each<[string, News, number]>([
    ['COMPLETED', { jobStatus: 'COMPLETED' }, 10],
    ['FAILED', { jobStatus: 'FAILED' }, 10],
    ['the timeout of the wait', { Error: 'States.Timeout' }, 360],
    ['IN_PROGRESS', { jobStatus: 'IN_PROGRESS' }, 360],
    ['nothing', {}, 360],
  ])('%s, not confirmed by the API: again after the right wait', (_, news, waitSeconds) => {
    expect(check(at(3600, { news }))).toEqual({
      verdict: 'running',
      jobStatus: 'IN_PROGRESS',
      waitSeconds,
    });
  });

  test('of an end does not lengthen a wait', () => {
    const news = { jobStatus: 'COMPLETED' };
    expect(decide(at(0, { news }), { minSeconds: 5, growth: 0.1, maxSeconds: 900 }, DAY).waitSeconds).toBe(5);
    expect(check(at(DAY - 3, { news })).waitSeconds).toBe(3);
  });

  test('of an end does not stand for it', () => {
    expect(check(at(DAY, { news: { jobStatus: 'COMPLETED' } })).verdict).toBe('abandoned');
  });
});

describe('a job that HealthImaging does not know', () => {
  const unknown = (seconds: number, more: Partial<Observation> = {}) =>
    check(at(seconds, { jobStatus: 'NOT_FOUND', submittedAt: undefined, ...more }));

  test.each([
    [0, 30],
    [269, 30],
    [280, 20],
    [299.4, 1],
  ])('%d s after the watch began is looked for again after %d s', (age, waitSeconds) => {
    expect(unknown(age)).toEqual({ verdict: 'running', jobStatus: 'NOT_FOUND', waitSeconds });
  });

  test.each([300, 301, 10 * DAY])('%d s after the watch began is given up', (age) => {
    expect(unknown(age)).toEqual({ verdict: 'abandoned', jobStatus: 'NOT_FOUND', waitSeconds: 1 });
  });

  test('may be of a watch that began in the future, by clocks that differ', () => {
    expect(unknown(-60)).toEqual({ verdict: 'running', jobStatus: 'NOT_FOUND', waitSeconds: 30 });
  });
});

test('every wait is a whole number of seconds, at least one', () => {
  const schedules = [schedule, { minSeconds: 0.2, growth: 0.013, maxSeconds: 0.7 }];
  for (const some of schedules) {
    for (let age = -50; age < 1100; age += 7.3) {
      for (const jobStatus of ['IN_PROGRESS', 'NOT_FOUND', 'COMPLETED'] as const) {
        const { waitSeconds } = decide(at(age, { jobStatus }), some, 1000);
        expect(Number.isInteger(waitSeconds) && waitSeconds >= 1).toBe(true);
      }
    }
  }
});
