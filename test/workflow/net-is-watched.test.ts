import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DATASTORE_ID } from '../../local/import-files.ts';
import { type AlarmProperties, firstAlarm, type Sample } from '../../proof/fixtures/alarms.ts';
import { recordMetrics } from '../support/alarms.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const OTHER = 'f'.repeat(32);

let watched: WatchedCloud;
let samples: Sample[];
beforeAll(async () => {
  watched = await WatchedCloud.start({ datastoreIds: [DATASTORE_ID, OTHER] });
  samples = recordMetrics(() => watched.clock.now());
});
beforeEach(async () => {
  watched.cloud.simulator.faults.clear();
  await sweep(45);
});
afterAll(() => watched.stop());

/** Sweeps as the schedules do. */
async function sweep(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    if (minute % 15 === 0) await watched.sweep();
    await watched.sweepRunning();
    await watched.pass(MINUTE);
  }
}

/** The deployed alarms on sweeps that go off while sweeps run, and after how many minutes. */
async function alarmsWithin(minutes: number): Promise<Record<string, number>> {
  const from = watched.clock.now() / 1000;
  await sweep(minutes);
  const gone = Object.values(watched.template.Resources)
    .filter(
      ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && /Sweep/.test(Properties.MetricName),
    )
    .map(({ Properties }): [string, number | undefined] => [
      Properties.AlarmName.replace(/^[^-]*-/, ''),
      firstAlarm(Properties as AlarmProperties, samples, from, watched.clock.now() / 1000),
    ]);
  expect(gone).toHaveLength(3);
  return Object.fromEntries(
    gone.flatMap(([kind, at]) => (at === undefined ? [] : [[kind, Math.round((at - from) / MINUTE)]])),
  );
}

describe('a list that is denied', () => {
  const deny = (more: { datastoreId?: string; forSeconds?: number }) =>
    watched.cloud.simulator.faults.request({ kind: 'denied', operation: 'ListDICOMImportJobs', ...more });

  test.each([
    ['of all data stores', undefined],
    ['of one of two', OTHER],
  ])('%s is not taken for a sweep: an alarm tells within 30 minutes', async (_, datastoreId) => {
    deny(datastoreId ? { datastoreId } : {});
    const told = await alarmsWithin(45);
    expect(Object.keys(told).sort()).toEqual([
      'running-sweep-not-run',
      'sweep-not-run',
      'sweep-parts-failing',
    ]);
    expect(told['running-sweep-not-run']).toBeLessThanOrEqual(30);
    expect(told['sweep-parts-failing']).toBeLessThanOrEqual(30);
  });

  test('for a quarter of an hour wakes nobody', async () => {
    deny({ forSeconds: 15 * MINUTE });
    expect(await alarmsWithin(60)).toEqual({});
  });
});

test('a HealthImaging that lists jobs but shows none does not keep verdicts back unnoticed', async () => {
  await watched.import();
  await sweep(5);
  watched.cloud.simulator.faults.request({
    kind: '500',
    operation: 'GetDICOMImportJob',
    forSeconds: 75 * MINUTE,
  });
  expect(await alarmsWithin(60)).toEqual({ 'sweep-parts-failing': expect.any(Number) });
  await sweep(45);
  expect(await alarmsWithin(45)).toEqual({});
});
