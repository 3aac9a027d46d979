import { expect, test } from 'vitest';
import { invent } from '../../../proof/chaos/invent.ts';
import { calmAfter } from '../../../proof/chaos/scenario.ts';

const seeds = Array.from({ length: 2000 }, (_, seed) => seed);

test('a seed always invents the same, and another seed something else', () => {
  expect(invent(7)).toEqual(invent(7));
  expect(new Set(seeds.map((seed) => JSON.stringify({ ...invent(seed), seed: 0 }))).size).toBeGreaterThan(
    1990,
  );
});

test('everything that can go wrong does, in some run', () => {
  const scenarios = seeds.map(invent);
  const troubles = scenarios.flatMap(({ disturbances }) => disturbances);
  const kinds = new Set(
    troubles.map((each) => {
      switch (each.kind) {
        case 'HealthImaging':
          return `${each.fault.operation} ${each.fault.kind}`;
        case 'service':
          return each.operation ? `refused: ${each.operation}` : `${each.service} ${each.how}`;
        case 'stale read':
          return `${each.operation} ${each.how}`;
        case 'function':
          return `${each.functionName} fails`;
        case 'schedule':
          return `no schedule of ${each.of}`;
        case 'kill':
          return `${each.functionName} killed ${each.when}`;
        case 'forged event':
          return `forged: ${each.of}`;
        case 'status events':
        case 'sweep':
          return `${each.kind} ${each.how}`;
        default:
          return each.kind;
      }
    }),
  );
  // 3 operations x 5, 6 services x 5 but no slow S3 and PutEvents partly, 6 functions x 2, item, tokens, 3 forged, 3 and 3.
  // 11 operations that are refused, 3 x 2 stale reads, 6 functions that fail, 3 schedules, the rollback, deaths, tokens of pages.
  expect(kinds.size).toBe(15 + 30 + 12 + 1 + 1 + 3 + 3 + 3 + 11 + 6 + 6 + 3 + 1 + 1 + 1);
  const jobs = scenarios.flatMap((scenario) => scenario.jobs);
  expect(new Set(jobs.flatMap(({ fault }) => Object.keys(fault)))).toEqual(
    new Set([
      'eventsLost',
      'eventsDoubled',
      'eventsDelayedSeconds',
      'eventsReordered',
      'failWith',
      'neverEnds',
      'takesSeconds',
      'manifest',
      'manifestDelaySeconds',
      'jobManifestDelaySeconds',
      'successDelaySeconds',
      'failureDelaySeconds',
      'filesWithServerError',
      'success',
      'failure',
    ]),
  );
  expect(jobs.filter(({ hostile }) => hostile).length).toBeGreaterThan(100);
  expect(scenarios.filter(({ realQuotas }) => realQuotas).length).toBeGreaterThan(5);
  expect(scenarios.filter(({ alarms }) => alarms === 'calm').length).toBeGreaterThan(20);
  const days = troubles.filter((each) => 'seconds' in each && each.seconds >= 3 * 24 * 3600);
  expect(days.length).toBeGreaterThan(50);
  expect(scenarios.filter(({ deployedAt }) => deployedAt > 0).length).toBeGreaterThan(200);
  expect(scenarios.filter(({ skewSeconds }) => Math.abs(skewSeconds) > 60).length).toBeGreaterThan(200);
});

test('a run is calm when the last trouble and the last event are over', () => {
  const scenario = { ...invent(1), deployedAt: 0, jobSeconds: 100, sweepMinutes: 15 };
  const job = { datastoreId: '1', submittedAt: 50, study: 'clean', fault: {} } as const;
  expect(calmAfter({ ...scenario, jobs: [job], disturbances: [] })).toBe(150);
  expect(
    calmAfter({
      ...scenario,
      jobs: [{ ...job, fault: { eventsDelayedSeconds: 1000 } }],
      disturbances: [{ kind: 'swap task tokens', from: 1100 }],
    }),
  ).toBe(1150);
});
