import { expect, test } from 'vitest';
import { migrate } from '../../../proof/bench/migration.ts';

test('a migration of two days keeps every promise, and its page adds up to what was played', async () => {
  const migration = { seed: 1, studies: 3_151, jobs: 300, days: 2 };
  const { violations, outcomes, refused, emails, bill, page, ...result } = await migrate(migration);
  expect(violations).toEqual([]);
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  expect(sum(Object.values(outcomes))).toBe(300);
  expect(refused).toBeGreaterThan(0);
  expect(result).toMatchObject({ forgotten: 0, throttled: 0 });
  expect(sum(result.lag.map(({ jobs }) => jobs))).toBe(300);
  expect(emails[0]?.single).toBeGreaterThan(0);
  expect(sum(bill.map(([, dollars]) => dollars))).toBeGreaterThan(0);
  expect(page).toContain(`${outcomes.SUCCEEDED} of 300 jobs imported every file`);
  expect(page).toContain(`${3_151 - refused} of 3151 files imported, ${refused} rejected`);
}, 300_000);
