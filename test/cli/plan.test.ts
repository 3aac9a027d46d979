import { describe, expect, test } from '@jest/globals';
import { TURNS } from '../../cli/run/plan.ts';
import { DEFAULT_POLL_SCHEDULE } from '../../lambda/domain/poll-schedule.ts';
import { costOf, turnsOf } from '../../scripts/cost.ts';
import { defaultDefinition } from '../../scripts/definition.ts';
import { runCli, tooWide, unwrapped } from './run-cli.ts';
import { planSchema } from './schemas.ts';

test('counts the states of the synthesized definition', () => {
  expect(turnsOf(defaultDefinition())).toEqual(TURNS);
});

test('prints what npm run cost prints, for the lengths that are given', async () => {
  const { status, stdout, stderr } = await runCli(['plan', '90s', '7h']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const cost = costOf(defaultDefinition(), DEFAULT_POLL_SCHEDULE, 7 * 3600);
  expect(stdout).toMatch(
    new RegExp(`^7 h +${cost.checks} +15 min +${cost.transitions} +${cost.dollars.toFixed(2)}$`, 'm'),
  );
  expect(stdout).toMatch(/^1 min 30 s +4 +30 s +15 +0\.39$/m);
  expect(tooWide(stdout)).toEqual([]);
});

test('prints JSON, with another schedule', async () => {
  const options = ['--poll-min', '10s', '--poll-growth', '0', '--poll-max', '1m', '--overdue-after', '1m'];
  const { status, stdout, stderr } = await runCli(['plan', '95s', ...options, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(planSchema.parse(JSON.parse(stdout))).toEqual({
    schedule: { minSeconds: 10, growth: 0, maxSeconds: 60 },
    overdueAfterSeconds: 60,
    jobs: [
      {
        lengthSeconds: 95,
        // At 0, 10 ... 90, at the end, and when it gets overdue.
        checks: 12,
        longestLagSeconds: 10,
        stateTransitions: 10 * TURNS.running + TURNS.overdue + TURNS.finished,
        dollarsPer1000Jobs: 1.07,
      },
    ],
  });
});

describe('wrong input ends with 2 and says what is allowed', () => {
  test.each([
    [['90'], 'Expected a duration, such as 90s'],
    [['91d'], 'Expected at most 90 d'],
    [['--poll-growth', '1.5'], 'Expected a number from 0 to 1'],
    [['--poll-min', '0s'], 'Expected at least 1 s'],
    [['--poll-min', '1h'], '--poll-min is 1 h, longer than --poll-max, which is 15 min'],
    [['--bogus'], "unknown option '--bogus'"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['plan', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});
