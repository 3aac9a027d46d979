import { expect, test } from 'vitest';
import { everySeconds } from '../../local/schedule.ts';

test.each([
  ['rate(1 minute)', 60],
  ['rate(15 minutes)', 900],
  ['rate(1 hour)', 3600],
  ['rate(12 hours)', 43_200],
  ['rate(1 day)', 86_400],
  ['rate(7 days)', 604_800],
])('%s', (expression, seconds) => {
  expect(everySeconds(expression)).toBe(seconds);
});

test.each([
  'cron(0 12 * * ? *)',
  'rate(0 minutes)',
  'rate(1 minutes)',
  'rate(15 minute)',
  'rate(1.5 hours)',
  'rate(30 seconds)',
  '',
])('refuses %j', (expression) => {
  expect(() => everySeconds(expression)).toThrow(`does not know the schedule ${expression}`);
});
