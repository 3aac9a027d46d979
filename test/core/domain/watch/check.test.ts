import { describe, expect, test } from 'vitest';
import type { LastCheck, News } from '../../../../core/contract/names.ts';
import { decide, type Limits, type Observation } from '../../../../core/domain/watch/check.ts';

const pollIntervalSeconds = 1200;
const DAY = 86_400;
const start = Date.parse('2026-01-02T03:04:05.678Z');

/** What a check `seconds` after the job was submitted sees. */
function at(seconds: number, more: Partial<Observation> = {}): Observation {
  return {
    jobStatus: 'IN_PROGRESS',
    phase: 0,
    submittedAt: start,
    watchStartedAt: start,
    now: start + seconds * 1000,
    news: undefined,
    ...more,
  };
}

// Never overdue, but where a test says so.
const limits = { pollIntervalSeconds, overdueAfterSeconds: 100 * DAY, giveUpAfterSeconds: DAY };
const check = (observation: Observation, more: Partial<Limits> = {}) =>
  decide(observation, { ...limits, ...more });

describe('a job that ended', () => {
  test.each(['COMPLETED', 'FAILED'] as const)('%s is finished, however old', (jobStatus) => {
    const finished = { next: 'finished', jobStatus, waitSeconds: 1, known: true };
    expect(check(at(10, { jobStatus }))).toEqual(finished);
    expect(check(at(30 * DAY, { jobStatus }))).toEqual(finished);
  });
});

describe('a job that runs', () => {
  test.each(['SUBMITTED', 'IN_PROGRESS'] as const)('%s is waited for', (jobStatus) => {
    expect(check(at(10, { jobStatus }))).toEqual({
      next: 'running',
      jobStatus,
      waitSeconds: 1200,
      known: true,
    });
  });

  test('is looked at again after the same time, whatever its age, and sooner by its phase', () => {
    for (const age of [0, 300, 50_000]) {
      expect(check(at(age))).toMatchObject({ next: 'running', waitSeconds: 1200 });
      expect(check(at(age, { phase: 0.5 })).waitSeconds).toBe(1050);
    }
  });

  test('has its age from submittedAt, not from the watch', () => {
    expect(check(at(DAY - 100, { watchStartedAt: start + 3_000_000 })).waitSeconds).toBe(100);
  });

  test('has its age from the watch when HealthImaging does not tell', () => {
    const watchStartedAt = start + 600_000;
    expect(check(at(DAY + 500, { watchStartedAt, submittedAt: undefined })).waitSeconds).toBe(100);
  });

  test('is looked at for the last time at the deadline, not after it', () => {
    expect(check(at(DAY - 100)).waitSeconds).toBe(100);
    expect(check(at(DAY - 99.5)).waitSeconds).toBe(100);
    expect(check(at(DAY - 0.2))).toEqual({
      next: 'running',
      jobStatus: 'IN_PROGRESS',
      waitSeconds: 1,
      known: true,
    });
  });

  test.each([
    [DAY - 0.001, 'running'],
    [DAY, 'abandoned'],
    [DAY + 1000, 'abandoned'],
  ])('at %d s it is %s', (age, next) => {
    expect(check(at(age))).toEqual({ next, jobStatus: 'IN_PROGRESS', waitSeconds: 1, known: true });
  });

  test('is given up by its own age although its watch has just begun', () => {
    expect(check(at(DAY, { watchStartedAt: start + DAY * 1000 })).next).toBe('abandoned');
  });

  test('submitted in the future, by clocks that differ, is new and not older than new', () => {
    const fresh = { next: 'running', jobStatus: 'IN_PROGRESS', waitSeconds: 1200, known: true };
    expect(check(at(-40))).toEqual(fresh);
    expect(check(at(-10 * DAY))).toEqual(fresh);
    expect(check(at(-40), { giveUpAfterSeconds: 20 }).waitSeconds).toBe(20);
  });
});

describe('news', () => {
  test.each<[string, News, number]>([
    ['COMPLETED', { jobStatus: 'COMPLETED' }, 10],
    ['FAILED', { jobStatus: 'FAILED' }, 10],
    ['the timeout of the wait', { Error: 'States.Timeout' }, 1200],
    ['IN_PROGRESS', { jobStatus: 'IN_PROGRESS' }, 1200],
    ['nothing', {}, 1200],
  ])('%s, not confirmed by the API: again after the right wait', (_, news, waitSeconds) => {
    expect(check(at(3600, { news }))).toEqual({
      next: 'running',
      jobStatus: 'IN_PROGRESS',
      waitSeconds,
      known: true,
    });
  });

  test('of an end does not lengthen a wait', () => {
    const news = { jobStatus: 'COMPLETED' };
    expect(check(at(0, { news }), { pollIntervalSeconds: 5 }).waitSeconds).toBe(5);
    expect(check(at(DAY - 3, { news })).waitSeconds).toBe(3);
  });

  test('of an end does not stand for it', () => {
    expect(check(at(DAY, { news: { jobStatus: 'COMPLETED' } })).next).toBe('abandoned');
  });
});

describe('a job that is overdue', () => {
  const overdue = (seconds: number, more: Partial<Observation> = {}) =>
    check(at(seconds, more), { overdueAfterSeconds: 6000 });

  test('is looked at when it gets overdue, not up to one wait after it', () => {
    expect(overdue(5900)).toMatchObject({ next: 'running', waitSeconds: 100 });
  });

  test('is reported, and waited for as before', () => {
    expect(overdue(6000)).toEqual({
      next: 'overdue',
      jobStatus: 'IN_PROGRESS',
      waitSeconds: 1200,
      known: true,
    });
  });

  test('is reported once', () => {
    expect(overdue(7000, { told: { overdueEventId: 'x' } })).toMatchObject({
      next: 'running',
      waitSeconds: 1200,
    });
  });

  test('is not reported when it has ended or is given up', () => {
    expect(overdue(7000, { jobStatus: 'COMPLETED' }).next).toBe('finished');
    expect(overdue(DAY).next).toBe('abandoned');
  });
});

describe('a verdict that was published before', () => {
  const told = { outcome: 'SUCCEEDED' };

  test.each([
    ['of a job that ended', { jobStatus: 'COMPLETED' as const }],
    ['of a job that was given up', { now: start + DAY * 1000 }],
  ])('%s is not published again', (_, more) => {
    expect(check(at(0, { told, ...more }))).toMatchObject({ next: 'told', outcome: 'SUCCEEDED' });
  });

  test('ends no watch of a job that runs', () => {
    expect(check(at(0, { told }))).toMatchObject({ next: 'running' });
  });

  test('makes no job overdue', () => {
    const limits = { overdueAfterSeconds: 100 };
    expect(check(at(200), limits)).toMatchObject({ next: 'overdue' });
    expect(check(at(200, { told: { outcome: 'ABANDONED' } }), limits)).toMatchObject({ next: 'running' });
  });
});

describe('a job that was given up', () => {
  const told = { outcome: 'ABANDONED' };

  test.each(['COMPLETED', 'FAILED'] as const)('and is %s after all gets a later verdict', (jobStatus) => {
    expect(check(at(2 * DAY, { told, jobStatus }))).toMatchObject({ next: 'finished', later: true });
  });

  test('gets no second later verdict', () => {
    const both = { ...told, laterOutcome: 'FAILED' };
    expect(check(at(2 * DAY, { told: both, jobStatus: 'COMPLETED' }))).toEqual({
      next: 'told',
      outcome: 'FAILED',
      jobStatus: 'COMPLETED',
      waitSeconds: 1,
      known: true,
    });
  });

  test('is not given up again while it runs, or where HealthImaging has forgotten it', () => {
    expect(check(at(2 * DAY, { told }))).toMatchObject({ next: 'told', outcome: 'ABANDONED' });
    const last = {
      next: 'running',
      jobStatus: 'NOT_FOUND',
      waitSeconds: 1,
      known: true,
      notFoundSince: start,
    } as const;
    expect(check(at(2 * DAY, { told, jobStatus: 'NOT_FOUND', last }))).toMatchObject({ next: 'told' });
  });
});

describe('a job that HealthImaging does not know', () => {
  const NOT_FOUND = { jobStatus: 'NOT_FOUND', submittedAt: undefined } as const;
  const known = (value: boolean) =>
    ({
      next: 'running',
      jobStatus: 'NOT_FOUND',
      waitSeconds: 30,
      known: value,
      notFoundSince: start,
    }) as const;

  test('is looked for again, from the first time that it was not found', () => {
    expect(check(at(0, NOT_FOUND))).toEqual(known(false));
    expect(check(at(0, { ...NOT_FOUND, last: known(true) }))).toEqual(known(true));
  });

  test('gets its five minutes again after it was found', () => {
    const last = { next: 'running', jobStatus: 'IN_PROGRESS', waitSeconds: 30, known: true } as const;
    expect(check(at(4000, { ...NOT_FOUND, last }))).toMatchObject({
      next: 'running',
      notFoundSince: start + 4_000_000,
    });
  });

  test.each([
    [269, 30],
    [280, 20],
    [299.4, 1],
  ])('%d s later is looked for again after %d s', (seconds, waitSeconds) => {
    expect(check(at(seconds, { ...NOT_FOUND, last: known(false) }))).toEqual({
      ...known(false),
      waitSeconds,
    });
  });

  test.each([300, 301, 10 * DAY])('%d s later never was there, and nothing is said', (seconds) => {
    expect(check(at(seconds, { ...NOT_FOUND, last: known(false) }))).toMatchObject({ next: 'unknown' });
  });

  test('is given up five minutes after it vanished', () => {
    expect(check(at(300, { ...NOT_FOUND, last: known(true) }))).toMatchObject({ next: 'abandoned' });
  });

  test.each<[LastCheck | undefined, boolean]>([
    [undefined, false],
    [{ jobStatus: 'NOT_FOUND' }, false],
    [{ jobStatus: 'IN_PROGRESS' }, true],
    // Of a newer version, with a status that this one cannot read.
    [{}, true],
    [{ known: false }, false],
  ])('after a last check of which can be read %j was known: %s', (last, expected) => {
    expect(check(at(0, { ...NOT_FOUND, last })).known).toBe(expected);
  });

  test('may be of a check in the future, by clocks that differ', () => {
    expect(check(at(-60, { ...NOT_FOUND, last: known(false) }))).toMatchObject({ next: 'running' });
  });
});

test('every wait is a whole number of seconds, at least one', () => {
  for (const pollIntervalSeconds of [1200, 7.7, 0.7]) {
    for (let age = -50; age < 1100; age += 7.3) {
      for (const jobStatus of ['IN_PROGRESS', 'NOT_FOUND', 'COMPLETED'] as const) {
        const { waitSeconds } = decide(at(age, { jobStatus }), {
          pollIntervalSeconds,
          overdueAfterSeconds: 500,
          giveUpAfterSeconds: 1000,
        });
        expect(Number.isInteger(waitSeconds) && waitSeconds >= 1).toBe(true);
      }
    }
  }
});
