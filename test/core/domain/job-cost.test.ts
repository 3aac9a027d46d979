import { expect, test } from 'vitest';
import { jobCost, watchCost } from '../../../core/domain/job-cost.ts';

const turns = { running: 3, overdue: 6, finished: 6 };

test('a watch costs transitions, invocations, writes, an event and a message; an overdue notice costs them once more', () => {
  expect(watchCost(turns, 2, false)).toEqual({
    checks: 2,
    transitions: 3 + 6,
    dollars: expect.closeTo(0.23295, 7),
  });
  expect(watchCost(turns, 2, true)).toEqual({
    checks: 3,
    transitions: 3 + 6 + 6,
    dollars: expect.closeTo(0.3865667, 7),
  });
});

test('a job is looked at in its middle phase, and becomes overdue at the age that is given', () => {
  // A quarter of the interval is spread over the phases: 875 s between two looks.
  const watching = { pollIntervalSeconds: 1000, turns, overdueAfterSeconds: 2000 };
  expect(jobCost(watching, 1999)).toEqual(watchCost(turns, 4, false));
  expect(jobCost(watching, 2000)).toEqual(watchCost(turns, 4, true));
});

test('a job becomes overdue after six hours where no age is given', () => {
  const watching = { pollIntervalSeconds: 6 * 3600, turns };
  expect(jobCost(watching, 6 * 3600 - 1)).toEqual(watchCost(turns, 3, false));
  expect(jobCost(watching, 6 * 3600)).toEqual(watchCost(turns, 3, true));
});
