import { afterEach, describe, expect, test } from 'vitest';
import {
  datastoreId,
  names,
  raw,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../simulator/index.ts';

let world: SimulatorWorld;
afterEach(() => world.stop());

const startPath = `/startDICOMImportJob/datastore/${datastoreId}`;
const body = (changes: Record<string, unknown> = {}) => ({
  ...startParameters,
  clientToken: 'token-1',
  ...changes,
});

describe('a job', () => {
  test('goes from SUBMITTED over IN_PROGRESS to COMPLETED in 90 seconds', async () => {
    world = await startWorld();
    for (const { name, bytes } of writeStudy()) await world.put(`in/${name}`, bytes);
    const submittedAt = new Date('2026-01-02T03:04:05.678Z');
    const answer = await world.client.startDICOMImportJob(startParameters);
    expect(answer).toMatchObject({ datastoreId, jobStatus: 'SUBMITTED', submittedAt });
    expect(answer.jobId).toMatch(/^[0-9a-f]{32}$/);
    const { jobId } = answer;

    const seen: unknown[] = [];
    for (const seconds of [0, 8, 2, 79, 2]) {
      await world.clock.pass(seconds);
      const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
      seen.push([jobProperties?.jobStatus, jobProperties?.endedAt?.toISOString()]);
    }
    expect(seen).toEqual([
      ['SUBMITTED', undefined],
      ['SUBMITTED', undefined],
      ['IN_PROGRESS', undefined],
      ['IN_PROGRESS', undefined],
      ['COMPLETED', '2026-01-02T03:05:35.678Z'],
    ]);
    expect(world.problems).toEqual([]);
    expect(world.simulator.requests).toEqual({
      StartDICOMImportJob: 1,
      GetDICOMImportJob: 5,
      ListDatastores: 0,
      ListDICOMImportJobs: 0,
    });
  });

  test('has exactly the documented fields on the wire, times in seconds with a fraction', async () => {
    world = await startWorld();
    const jobId = await world.start();
    await world.clock.pass(90);
    const common = {
      jobId,
      jobName: 'job-1',
      jobStatus: 'COMPLETED',
      datastoreId,
      dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
      submittedAt: 1767323045.678,
      endedAt: 1767323135.678,
    };
    const get = await raw(
      world.simulator.endpoint,
      'GET',
      `/getDICOMImportJob/datastore/${datastoreId}/job/${jobId}`,
    );
    expect(get).toEqual({
      status: 200,
      error: null,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      body: {
        jobProperties: {
          ...common,
          inputS3Uri: 's3://in-bucket/in/',
          outputS3Uri: `s3://out-bucket/out/${datastoreId}-DicomImport-${jobId}/`,
        },
      },
    });
    const list = await raw(world.simulator.endpoint, 'GET', `/listDICOMImportJobs/datastore/${datastoreId}`);
    expect(list.body).toEqual({ jobSummaries: [common] });
  });

  test('without a name is named after its id', async () => {
    world = await startWorld();
    const { jobName: _, ...nameless } = startParameters;
    const { jobId } = await world.client.startDICOMImportJob(nameless);
    const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
    expect(jobProperties?.jobName).toBe(jobId);
  });

  test('keeps its importConfiguration', async () => {
    world = await startWorld();
    const importConfiguration = {
      dicomJsonMetadataImportConfiguration: {
        dicomMetadataMappings: [
          { studyInstanceUID: '1.2.3', seriesInstanceUID: '1.2.3.4', metadataFilePath: 'meta/a.json' },
          { studyInstanceUID: '1.2.5', metadataFilePath: 'meta/b.json' },
        ],
      },
    };
    const start = await raw(world.simulator.endpoint, 'POST', startPath, body({ importConfiguration }));
    const path = `/getDICOMImportJob/datastore/${datastoreId}/job/${start.body.jobId}`;
    const get = await raw(world.simulator.endpoint, 'GET', path);
    expect(get.body.jobProperties).toMatchObject({ importConfiguration });
  });
});

describe('a client token', () => {
  test('gives the same job for the same parameters and a conflict for others', async () => {
    world = await startWorld();
    const { endpoint } = world.simulator;
    const first = await raw(endpoint, 'POST', startPath, body());
    const again = await raw(endpoint, 'POST', startPath, body());
    expect(again.body).toEqual(first.body);
    expect(await raw(endpoint, 'POST', startPath, body({ jobName: 'job-2' }))).toMatchObject({
      status: 409,
      error: 'ConflictException',
    });
    const otherToken = await raw(endpoint, 'POST', startPath, body({ clientToken: 'token-2' }));
    expect(otherToken.body.jobId).not.toBe(first.body.jobId);
    const elsewhere = `/startDICOMImportJob/datastore/${'a'.repeat(32)}`;
    const otherStore = await raw(endpoint, 'POST', elsewhere, body({ jobName: 'job-2' }));
    expect(otherStore.status).toBe(200);
  });
});

describe('a list', () => {
  test('has pages, newest first, that jobs started meanwhile do not shift', async () => {
    world = await startWorld();
    for (const number of [1, 2, 3, 4, 5]) await world.start({ jobName: `job-${number}` });
    const first = await world.client.listDICOMImportJobs({ datastoreId, maxResults: 2 });
    expect(names(first)).toEqual(['job-5', 'job-4']);
    await world.start({ jobName: 'job-6' });
    const second = await world.client.listDICOMImportJobs({
      datastoreId,
      maxResults: 2,
      nextToken: first.nextToken,
    });
    expect(names(second)).toEqual(['job-3', 'job-2']);
    const third = await world.client.listDICOMImportJobs({ datastoreId, nextToken: second.nextToken });
    expect(names(third)).toEqual(['job-1']);
    expect(third.nextToken).toBeUndefined();
    const filtered = world.client.listDICOMImportJobs({
      datastoreId,
      jobStatus: 'FAILED',
      nextToken: first.nextToken as string,
    });
    await expect(filtered).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('has a last page without a token when its size is just reached, and one status only', async () => {
    world = await startWorld();
    await world.start({ jobName: 'old' });
    await world.clock.pass(100);
    await world.start({ jobName: 'new' });
    const all = await world.client.listDICOMImportJobs({ datastoreId, maxResults: 2 });
    expect(names(all)).toEqual(['new', 'old']);
    expect(all.nextToken).toBeUndefined();
    const completed = await world.client.listDICOMImportJobs({ datastoreId, jobStatus: 'COMPLETED' });
    expect(names(completed)).toEqual(['old']);
    const elsewhere = await world.client.listDICOMImportJobs({ datastoreId: 'b'.repeat(32) });
    expect(elsewhere.jobSummaries).toEqual([]);
  });

  test('forgets jobs after 90 days, which Get still knows', async () => {
    world = await startWorld();
    const jobId = await world.start();
    await world.clock.pass(90 * 86_400 - 1);
    expect(names(await world.client.listDICOMImportJobs({ datastoreId }))).toEqual(['job-1']);
    await world.clock.pass(1);
    expect(names(await world.client.listDICOMImportJobs({ datastoreId }))).toEqual([]);
    const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
    expect(jobProperties?.jobStatus).toBe('COMPLETED');
  });
});

describe('what does not exist', () => {
  test('is a ResourceNotFoundException', async () => {
    world = await startWorld({ datastores: [datastoreId] });
    const other = 'c'.repeat(32);
    const jobId = await world.start();
    for (const call of [
      world.client.getDICOMImportJob({ datastoreId, jobId: '0' }),
      world.client.getDICOMImportJob({ datastoreId: other, jobId }),
      world.client.listDICOMImportJobs({ datastoreId: other }),
      world.client.startDICOMImportJob({ ...startParameters, datastoreId: other }),
    ]) {
      await expect(call).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        $metadata: { httpStatusCode: 404 },
      });
    }
  });

  test('another data store does not show a job', async () => {
    world = await startWorld();
    const jobId = await world.start();
    const call = world.client.getDICOMImportJob({ datastoreId: 'd'.repeat(32), jobId });
    await expect(call).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('is an unknown operation at other paths and methods', async () => {
    world = await startWorld();
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', `/datastore/${datastoreId}/dicomImportJob`],
      ['GET', startPath],
      ['POST', `/listDICOMImportJobs/datastore/${datastoreId}`],
      ['GET', `/listDICOMImportJobs/datastore/${datastoreId}/`],
    ] as const) {
      const answer = await raw(world.simulator.endpoint, method, path);
      expect([path, answer.status, answer.error]).toEqual([path, 404, 'UnknownOperationException']);
    }
  });
});
