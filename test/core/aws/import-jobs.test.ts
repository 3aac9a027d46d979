import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { getImportJob } from '../../../core/aws/import-jobs.ts';
import {
  credentials,
  datastoreId,
  raw,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../../proof/fixtures/simulator-world.ts';
import type { RequestFault } from '../../../simulator/index.ts';
import { thrownBy } from '../../lambda/given.ts';

let world: SimulatorWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => world.simulator.faults.clear());
afterAll(() => world.stop());

const importConfiguration = {
  dicomJsonMetadataImportConfiguration: {
    dicomMetadataMappings: [
      { studyInstanceUID: '1.2.3', seriesInstanceUID: '1.2.3.4', metadataFilePath: 'meta/a b.json' },
    ],
  },
};

/** Starts a job as newer SDKs do: that of this project would drop `importConfiguration`. */
async function start(more: object = {}): Promise<string> {
  const { body } = await raw(
    world.simulator.endpoint,
    'POST',
    `/startDICOMImportJob/datastore/${datastoreId}`,
    { ...startParameters, clientToken: crypto.randomUUID(), ...more },
  );
  return String(body.jobId);
}

const get = (jobId: string) => getImportJob(world.client, { datastoreId, jobId });

describe('a job', () => {
  test('arrives with all its members, times as ISO 8601, importConfiguration too', async () => {
    const jobId = await start({ importConfiguration });
    const begun = {
      datastoreId,
      jobId,
      jobStatus: 'SUBMITTED',
      jobName: 'job-1',
      dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: `s3://out-bucket/out/${datastoreId}-DicomImport-${jobId}/`,
      importConfiguration,
      submittedAt: '2026-01-02T03:04:05.678Z',
    };
    expect(await get(jobId)).toStrictEqual(begun);
    await world.clock.pass(90);
    expect(await get(jobId)).toStrictEqual({
      ...begun,
      jobStatus: 'COMPLETED',
      endedAt: '2026-01-02T03:05:35.678Z',
    });
  });

  test('without importConfiguration has none', async () => {
    expect(await get(await start())).not.toHaveProperty('importConfiguration');
  });

  test('that failed has its message', async () => {
    world.simulator.faults.job({ failWith: 'DICOM import job has failed.' });
    const jobId = await start();
    await world.clock.pass(90);
    expect(await get(jobId)).toMatchObject({ jobStatus: 'FAILED', message: 'DICOM import job has failed.' });
  });

  test('that HealthImaging does not know is NOT_FOUND', async () => {
    expect(await get('nosuchjob')).toStrictEqual({ datastoreId, jobId: 'nosuchjob', jobStatus: 'NOT_FOUND' });
  });

  test("keeps the importConfiguration of the last of the SDK's attempts", async () => {
    const jobId = await start({ importConfiguration });
    const client = new MedicalImagingClient({
      endpoint: world.simulator.endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 2,
    });
    world.simulator.faults.request({ kind: '500', times: 1 });
    const before = world.simulator.requests.GetDICOMImportJob;
    expect(await getImportJob(client, { datastoreId, jobId })).toMatchObject({ importConfiguration });
    expect(world.simulator.requests.GetDICOMImportJob - before).toBe(2);
    client.destroy();
  });

  test('read twice by one client is read twice', async () => {
    const jobId = await start({ importConfiguration });
    const other = await start();
    const [first, second] = await Promise.all([get(jobId), get(other)]);
    expect([first.importConfiguration, second.importConfiguration]).toEqual([importConfiguration, undefined]);
  });
});

describe('a fault', () => {
  test.each<[RequestFault['kind'], string, RegExp]>([
    [
      'throttle',
      'HealthImagingUnavailable',
      /^GetDICOMImportJob: ThrottlingException, HTTP 429, request \S+$/,
    ],
    [
      '500',
      'HealthImagingUnavailable',
      /^GetDICOMImportJob: InternalServerException, HTTP 500, request \S+$/,
    ],
    ['503', 'HealthImagingUnavailable', /^GetDICOMImportJob: ServiceUnavailable, HTTP 503, request \S+$/],
    ['drop', 'HealthImagingUnavailable', /^GetDICOMImportJob: TimeoutError$/],
    ['denied', 'HealthImagingRefused', /^GetDICOMImportJob: AccessDeniedException, HTTP 403, request \S+$/],
  ])('%s is %s', async (kind, name, message) => {
    world.simulator.faults.request({ kind });
    const thrown = await thrownBy(() => get('1'));
    expect(thrown.name).toBe(name);
    expect(thrown.message).toMatch(message);
  });

  test('slow is HealthImagingUnavailable once the client has waited long enough', async () => {
    const client = new MedicalImagingClient({
      endpoint: world.simulator.endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
      requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
    });
    world.simulator.faults.request({ kind: 'slow', slowMs: 5_000 });
    const thrown = await thrownBy(() => getImportJob(client, { datastoreId, jobId: '1' }));
    expect([thrown.name, thrown.message]).toEqual([
      'HealthImagingUnavailable',
      'GetDICOMImportJob: TimeoutError',
    ]);
    client.destroy();
  });

  test('of the request itself is HealthImagingRefused, without what AWS says of it', async () => {
    const thrown = await thrownBy(() => getImportJob(world.client, { datastoreId: 'DOE', jobId: '1' }));
    expect(thrown.name).toBe('HealthImagingRefused');
    expect(thrown.message).toMatch(/^GetDICOMImportJob: ValidationException, HTTP 400, request \S+$/);
  });
});

test('an answer that breaks off is HealthImagingUnavailable', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"jobProperties":{"jobName":"DOE');
    setTimeout(() => response.destroy(), 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new MedicalImagingClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  const thrown = await thrownBy(() => getImportJob(client, { datastoreId, jobId: '1' }));
  expect(thrown.name).toBe('HealthImagingUnavailable');
  expect(thrown.message).not.toContain('DOE');
  client.destroy();
  server.close();
});
