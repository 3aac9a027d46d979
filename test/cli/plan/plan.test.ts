import { describe, expect, test } from 'vitest';
import { TURNS } from '../../../cli/plan/run.ts';
import { DEFAULT_POLL_INTERVAL_SECONDS } from '../../../core/contract/poll-schedule.ts';
import { costOf, turnsOf } from '../../../scripts/cost.ts';
import { defaultDefinition } from '../../../scripts/definition.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { planSchema } from '../schemas.ts';
import { runBoth } from '../start-cli.ts';

test('counts the states of the synthesized definition', () => {
  expect(turnsOf(defaultDefinition())).toEqual(TURNS);
});

test('prints what npm run cost prints, for the lengths that are given', async () => {
  const { status, stdout, stderr } = await runCli(['plan', '90s', '7h']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const cost = costOf(defaultDefinition(), DEFAULT_POLL_INTERVAL_SECONDS, 7 * 3600);
  expect(stdout).toMatch(
    new RegExp(`^7 h +${cost.checks} +1 min +${cost.transitions} +${cost.dollars.toFixed(2)}$`, 'm'),
  );
  expect(stdout).toMatch(/^1 min 30 s +2 +1 min +9 +0\.23$/m);
  expect(tooWide(stdout)).toEqual([]);
});

test('prints the same as the built command', async () => {
  expect(await runBoth(['plan', '8h'])).toMatchObject({ status: 0, stderr: '' });
});

test('prints JSON, with another interval', async () => {
  const options = ['--poll', '10s', '--no-sweep', '--overdue-after', '1m'];
  const { status, stdout, stderr } = await runCli(['plan', '95s', ...options, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(planSchema.parse(JSON.parse(stdout))).toEqual({
    pollIntervalSeconds: 10,
    sweep: false,
    overdueAfterSeconds: 60,
    jobs: [
      {
        lengthSeconds: 95,
        // At 0, 9 ... 90 in the middle phase, at the end, and when it gets overdue.
        checks: 13,
        longestLagSeconds: 10,
        stateTransitions: 11 * TURNS.running + TURNS.overdue + TURNS.finished,
        dollarsPer1000Jobs: 1.15,
      },
    ],
  });
});

describe('wrong input ends with 2 and says what is allowed', () => {
  test.each([
    [['90'], 'Expected a duration, such as 90s'],
    [['91d'], 'Expected at most 90 d'],
    [['--poll', '0s'], 'Expected at least 1 s'],
    [['--poll', '2d'], 'Expected at most 1 d'],
    [['--bogus'], "unknown option '--bogus'"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['plan', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});
