import { App, Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../cli/terminal/durations.ts';
import { TURNS } from '../../../core/contract/turns.ts';
import { DicomImportWatcherStack } from '../../../lib/index.ts';
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
  const cost = costOf(defaultDefinition(), 7 * 3600);
  expect(stdout).toMatch(
    new RegExp(`^7 h +${cost.checks} +1 min +${cost.transitions} +${cost.dollars.toFixed(2)}$`, 'm'),
  );
  expect(stdout).toMatch(/^1 min 30 s +2 +1 min +10 +0\.26$/m);
  expect(tooWide(stdout)).toEqual([]);
});

test('prints the same as the built command', async () => {
  expect(await runBoth(['plan', '8h'])).toMatchObject({ status: 0, stderr: '' });
});

test('prints JSON, with another interval', async () => {
  const options = ['--poll', '10s', '--no-sweep', '--overdue-after', '1m', '--give-up-after', '1h'];
  const { status, stdout, stderr } = await runCli(['plan', '95s', ...options, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(planSchema.parse(JSON.parse(stdout))).toEqual({
    pollIntervalSeconds: 10,
    longestPollIntervalSeconds: 10,
    sweep: false,
    overdueAfterSeconds: 60,
    giveUpAfterSeconds: 3600,
    jobs: [
      {
        lengthSeconds: 95,
        // At 0, 9 ... 90 in the middle phase, at the end, and when it gets overdue.
        checks: 13,
        longestLagSeconds: 10,
        stateTransitions: 11 * TURNS.running + TURNS.overdue + TURNS.finished,
        dollarsPer1000Jobs: 1.2,
      },
    ],
  });
});

test('a job is overdue at half of the time, where that is little', async () => {
  const { stdout } = await runCli(['plan', '1h', '--give-up-after', '1h', '--json']);
  expect(planSchema.parse(JSON.parse(stdout))).toMatchObject({ overdueAfterSeconds: 1800 });
});

describe('refuses what synthesis refuses, and takes what it takes', () => {
  test.each<[poll: string, overdueAfter: string, giveUpAfter: string, refusal?: string]>([
    ['45m', '6h', '7d'],
    ['5s', '1m', '1h'],
    ['4s', '1m', '1h', 'with 15650 events. At most 12500 are allowed'],
    ['1d', '89d', '90d'],
    ['45m', '6h', '22d'],
    ['45m', '6h', '23d', 'with 12816 events. At most 12500 are allowed'],
    ['1m', '6h', '1d', 'events. At most 12500 are allowed. Check less often (--poll), or give up sooner'],
    ['45m', '2h', '2h', '--overdue-after is 2 h. Expected less than --give-up-after, which is 2 h'],
    ['45m', '90d', '90d', '--overdue-after is 90 d. Expected less than --give-up-after, which is 90 d'],
    ['0.5s', '6h', '7d', 'Expected at least 1 s'],
    ['25h', '6h', '7d', 'Expected at most 1 d'],
    ['90.5s', '6h', '7d', 'Expected whole seconds'],
    ['45m', '59s', '7d', 'Expected at least 1 min'],
    ['45m', '61.5s', '7d', 'Expected whole seconds'],
    ['45m', '20m', '3599s', 'Expected at least 1 h'],
    ['1d', '6h', '7776001s', 'Expected at most 90 d'],
    ['45m', '6h', '100000.5s', 'Expected whole seconds'],
  ])('--poll %s --overdue-after %s --give-up-after %s', async (poll, overdueAfter, giveUpAfter, refusal) => {
    const seconds = (text: string) => Duration.millis(1000 * (parseDuration(text) ?? 0));
    const props = {
      pollInterval: seconds(poll),
      overdueAfter: seconds(overdueAfter),
      giveUpAfter: seconds(giveUpAfter),
    };
    const synthesis = expect(
      () => new DicomImportWatcherStack(new App(), 'Watch', { outputBuckets: ['import-output'], ...props }),
    );
    const schedule = ['--poll', poll, '--overdue-after', overdueAfter, '--give-up-after', giveUpAfter];
    const { status, stdout, stderr } = await runCli(['plan', '1h', ...schedule]);
    if (refusal === undefined) {
      synthesis.not.toThrow();
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    } else {
      synthesis.toThrow(/'(pollInterval|overdueAfter|giveUpAfter)'/);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(unwrapped(stderr)).toContain(refusal);
    }
  });
});

describe('wrong input ends with 2 and says what is allowed', () => {
  test.each([
    [['90'], 'Expected a duration, such as 90s'],
    [['91d'], 'Expected at most 90 d'],
    [['--poll', '0s'], 'Expected at least 1 s'],
    [['--poll', '2d'], 'Expected at most 1 d'],
    [['--poll', '1.5s'], 'Expected whole seconds'],
    [['--overdue-after', '59s'], 'Expected at least 1 min'],
    [['--overdue-after', '91d'], 'Expected at most 90 d'],
    [['--give-up-after', '59m'], 'Expected at least 1 h'],
    [['--give-up-after', '91d'], 'Expected at most 90 d'],
    [['8d'], 'A job of 8 d is given up after 7 d'],
    [['--bogus'], "unknown option '--bogus'"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['plan', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});
