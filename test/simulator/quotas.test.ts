import { afterEach, expect, test } from 'vitest';
import {
  datastoreId,
  type SimulatorWorld,
  startParameters,
  startWorld,
  unlimited,
} from '../../proof/fixtures/simulator-world.ts';

let world: SimulatorWorld;
afterEach(() => world.stop());

async function answered(count: number, call: () => Promise<unknown>): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  for (let number = 0; number < count; number++) {
    const result = await call().then(
      () => 'ok',
      (error) => `${error.name} ${error.$metadata.httpStatusCode}`,
    );
    results[result] = (results[result] ?? 0) + 1;
  }
  return results;
}

test('requests beyond burst and rate are throttled, per operation', async () => {
  world = await startWorld({ quotas: {} });
  const { client, clock } = world;
  const get = () => client.getDICOMImportJob({ datastoreId, jobId: '1' });
  const list = () => client.listDICOMImportJobs({ datastoreId });
  const start = () => client.startDICOMImportJob(startParameters);

  expect(await answered(3, start)).toEqual({ ok: 2, 'ThrottlingException 429': 1 });
  expect(await answered(21, list)).toEqual({ ok: 20, 'ThrottlingException 429': 1 });
  expect(await answered(52, get)).toEqual({
    'ResourceNotFoundException 404': 50,
    'ThrottlingException 429': 2,
  });
  await clock.pass(1);
  expect(await answered(2, start)).toEqual({ ok: 1, 'ThrottlingException 429': 1 });
  expect(await answered(11, list)).toEqual({ ok: 10, 'ThrottlingException 429': 1 });
  expect(await answered(26, get)).toMatchObject({ 'ThrottlingException 429': 1 });
  await clock.pass(1000);
  expect(await answered(3, start)).toEqual({ ok: 2, 'ThrottlingException 429': 1 });
  expect(world.simulator.requests.StartDICOMImportJob).toBe(8);
});

test('the 101st concurrent job of a data store is refused with 402', async () => {
  world = await startWorld();
  const start = (store = datastoreId) =>
    world.client.startDICOMImportJob({ ...startParameters, datastoreId: store });
  expect(await answered(101, start)).toEqual({ ok: 100, 'ServiceQuotaExceededException 402': 1 });
  expect(await answered(1, () => start('e'.repeat(32)))).toEqual({ ok: 1 });
  await world.clock.pass(90);
  expect(await answered(1, start)).toEqual({ ok: 1 });
});

test.each([
  ['files', { filesPerJob: 2 }, 'FILE_COUNTS_LIMIT_EXCEEDED'],
  ['bytes', { bytesPerJob: 29 }, 'TOTAL_SIZE_LIMIT_EXCEEDED'],
])('a job with too many %s fails without a manifest', async (_, quota, code) => {
  world = await startWorld({ quotas: { ...quota, rates: { GetDICOMImportJob: unlimited } } });
  for (const name of ['a', 'b', 'c']) await world.put(`in/${name}`, '0123456789');
  const jobId = await world.start();
  await world.clock.pass(90);
  const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
  expect(jobProperties).toMatchObject({ jobStatus: 'FAILED', endedAt: expect.any(Date) });
  expect(jobProperties?.message).toContain(`DICOM import job has failed.\n${code}`);
  expect(await world.output(jobId, 'job-output-manifest.json')).toBeUndefined();
});

test('a quota that is just reached is no failure', async () => {
  world = await startWorld({ quotas: { filesPerJob: 3, bytesPerJob: 30 } });
  for (const name of ['a', 'b', 'c']) await world.put(`in/${name}`, '0123456789');
  const jobId = await world.start();
  await world.clock.pass(90);
  const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
  expect(jobProperties?.jobStatus).toBe('COMPLETED');
});
