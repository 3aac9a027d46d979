import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher } from '../../lib/index.ts';
import { type AlarmProperties, firstAlarm, type Sample } from '../../proof/fixtures/alarms.ts';

const MINUTE = 60;

/** What a sweep that begins at this minute measures: nothing where it does not run. */
type Sweep = (minute: number) => 'well' | 'failed on a list' | 'failed on a job' | 'not run';
const well: Sweep = () => 'well';
const from =
  (start: number, how: ReturnType<Sweep>, until = Number.POSITIVE_INFINITY): Sweep =>
  (minute) =>
    minute >= start && minute < until ? how : 'well';

/** Alarms on sweeps that go off, and after how many minutes. Sweeps go well for long, and what happens begins at 0. */
function play(
  interval: number,
  { all = well, running = well, until = 3 * interval + 60 },
): Record<string, number> {
  const stack = new Stack(new App(), 'Watch');
  new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
    sweepInterval: Duration.minutes(interval),
  });
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => Properties as AlarmProperties)
    .filter(({ MetricName }) => /Sweep/.test(MetricName));
  const samples: Sample[] = [];
  const measure = (name: string, value: number, minute: number) =>
    samples.push({ name, value, at: minute * MINUTE });
  for (let minute = -4 * interval - 60; minute <= until; minute++) {
    if (running(minute) === 'well') measure('RunningSweeps', 1, minute);
    if (minute % interval !== 0 || all(minute) === 'not run') continue;
    // It takes up to two minutes, so that the gap between two ends can be longer than the interval.
    const end = minute + Math.min((minute / interval + 66) % 3, interval - 1);
    if (all(minute) !== 'failed on a list') measure('Sweeps', 1, end);
    measure('SweepFailures', all(minute) === 'well' ? 0 : 1, end);
  }
  return Object.fromEntries(
    alarms.flatMap((alarm) => {
      const at = firstAlarm(alarm, samples, 0, until * MINUTE);
      return at === undefined
        ? []
        : [[JSON.stringify(alarm.AlarmName).match(/Watcher\w*-([\w-]+)/)?.[1], at / MINUTE]];
    }),
  );
}

describe.each([1, 15, 6 * 60])('with a sweep every %d min', (interval) => {
  test('no alarm starts while all goes well', () => {
    expect(play(interval, {})).toEqual({});
  });

  test.each(['failed on a list', 'failed on a job', 'not run'] as const)(
    'one sweep of each kind that has %s wakes nobody',
    (how) => {
      const once = from(interval, how, interval + 1);
      expect(play(interval, { all: once, running: once })).toEqual({});
    },
  );

  test('sweeps of running jobs that fail for 20 minutes, once an hour, wake nobody', () => {
    expect(
      play(interval, { running: (minute) => (minute >= 0 && minute % 60 < 20 ? 'not run' : 'well') }),
    ).toEqual({});
  });

  test.each(['failed on a list', 'not run'] as const)(
    'sweeps of running jobs that have %s raise an alarm within half an hour',
    (how) => {
      expect(play(interval, { running: from(0, how) })).toEqual({ 'running-sweep-not-run': 25 });
    },
  );
});

describe('what every sweep of all jobs fails on raises an alarm, though sweeps of running jobs go well', () => {
  test.each([
    ['a list', 1, 'failed on a list', { 'sweep-not-run': 32, 'sweep-parts-failing': 30 }],
    ['a list', 15, 'failed on a list', { 'sweep-not-run': 24, 'sweep-parts-failing': 18 }],
    ['a list', 360, 'failed on a list', { 'sweep-not-run': 369, 'sweep-parts-failing': 363 }],
    ['a job', 1, 'failed on a job', { 'sweep-parts-failing': 30 }],
    ['a job', 15, 'failed on a job', { 'sweep-parts-failing': 18 }],
    ['a job', 360, 'failed on a job', { 'sweep-parts-failing': 363 }],
    ['itself', 1, 'not run', { 'sweep-not-run': 32 }],
    ['itself', 15, 'not run', { 'sweep-not-run': 24 }],
    ['itself', 360, 'not run', { 'sweep-not-run': 369 }],
  ] as const)('%s, every %d min', (_, interval, how, told) => {
    expect(play(interval, { all: from(0, how) })).toEqual(told);
  });
});
