import { MedicalImaging } from '@aws-sdk/client-medical-imaging';
import { afterEach, describe, expect, test } from 'vitest';
import {
  credentials,
  datastoreId,
  lines,
  raw,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../proof/fixtures/simulator-world.ts';
import { type JobFault, parseFault, writeStudy } from '../../simulator/index.ts';

let world: SimulatorWorld;
afterEach(() => world?.stop());

const listPath = `/listDICOMImportJobs/datastore/${datastoreId}`;
const startPath = `/startDICOMImportJob/datastore/${datastoreId}`;

describe('request faults', () => {
  test.each([
    ['throttle', 'ThrottlingException', 429],
    ['denied', 'AccessDeniedException', 403],
    ['500', 'InternalServerException', 500],
    ['not-found', 'ResourceNotFoundException', 404],
    ['conflict', 'ConflictException', 409],
  ] as const)('%s is what the SDK calls %s', async (kind, name, httpStatusCode) => {
    world = await startWorld({ faults: { requests: [{ kind, times: 1 }] } });
    const list = () => world.client.listDICOMImportJobs({ datastoreId });
    await expect(list()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    await expect(list()).resolves.toMatchObject({ jobSummaries: [] });
  });

  test('503 has its status', async () => {
    world = await startWorld();
    world.simulator.faults.request({ kind: '503' });
    expect(await raw(world.simulator.endpoint, 'GET', listPath)).toMatchObject({
      status: 503,
      error: 'ServiceUnavailable',
      body: { message: 'Service unavailable' },
    });
  });

  test('drop closes the connection without an answer, which still counts', async () => {
    world = await startWorld();
    world.simulator.faults.request({ kind: 'drop', times: 1 });
    await expect(fetch(world.simulator.endpoint + listPath)).rejects.toThrow('fetch failed');
    expect((await fetch(world.simulator.endpoint + listPath)).status).toBe(200);
    expect(world.simulator.requests.ListDICOMImportJobs).toBe(2);
  });

  test('slow answers late', async () => {
    world = await startWorld();
    world.simulator.faults.request({ kind: 'slow', slowMs: 150, times: 1 });
    const begin = performance.now();
    expect((await fetch(world.simulator.endpoint + listPath)).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(145);
  });

  test('a job does not begin when a slow Start meets stop()', async () => {
    world = await startWorld();
    world.simulator.faults.request({ kind: 'slow', slowMs: 60_000 });
    const start = world.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([world.simulator.stop(), expect(start).rejects.toThrow()]);
    await world.clock.pass(90);
    expect(world.events).toEqual([]);
  });

  test('last for so many requests of their operation', async () => {
    world = await startWorld();
    world.simulator.faults.request({ kind: 'throttle', operation: 'ListDICOMImportJobs', times: 2 });
    const { endpoint } = world.simulator;
    const get = await raw(endpoint, 'GET', `/getDICOMImportJob/datastore/${datastoreId}/job/1`);
    expect(get.status).toBe(404);
    const list = async () => (await raw(endpoint, 'GET', listPath)).status;
    expect([await list(), await list(), await list()]).toEqual([429, 429, 200]);
  });

  test('last for so many seconds, or until they are cleared', async () => {
    world = await startWorld();
    const list = async () => (await raw(world.simulator.endpoint, 'GET', listPath)).status;
    world.simulator.faults.request({ kind: 'denied', forSeconds: 60 });
    expect(await list()).toBe(403);
    await world.clock.pass(59.999);
    expect(await list()).toBe(403);
    await world.clock.pass(0.001);
    expect(await list()).toBe(200);
    world.simulator.faults.request({ kind: 'denied' });
    await world.clock.pass(1_000_000);
    expect(await list()).toBe(403);
    world.simulator.faults.clear();
    expect(await list()).toBe(200);
  });

  test('in a header are for that request only', async () => {
    world = await startWorld();
    const { endpoint } = world.simulator;
    const list = (fault?: string) =>
      raw(endpoint, 'GET', listPath, undefined, fault ? { 'x-simulator-fault': fault } : {});
    expect((await list('throttle')).status).toBe(429);
    expect((await list()).status).toBe(200);
    expect(await list('bogus')).toMatchObject({
      status: 400,
      body: {
        message: expect.stringMatching(/^x-simulator-fault: unknown fault "bogus"; there are throttle, /),
      },
    });
  });

  test('are retried by the SDK as real ones: a 429 three times, a 403 not at all', async () => {
    world = await startWorld();
    const client = new MedicalImaging({
      endpoint: world.simulator.endpoint,
      region: 'us-east-1',
      credentials,
    });
    const attempts = async (kind: 'throttle' | 'denied') => {
      world.simulator.faults.clear();
      world.simulator.faults.request({ kind });
      const before = world.simulator.requests.ListDICOMImportJobs;
      await client.listDICOMImportJobs({ datastoreId }).catch(() => {});
      return world.simulator.requests.ListDICOMImportJobs - before;
    };
    expect([await attempts('throttle'), await attempts('denied')]).toEqual([3, 1]);
    client.destroy();
  });
});

describe('job faults', () => {
  async function importStudy(fault: JobFault, seconds = 90) {
    world = await startWorld({ faults: { jobs: [fault] } });
    for (const { name, bytes } of writeStudy()) await world.put(`in/${name}`, bytes);
    const jobId = await world.start();
    await world.clock.pass(seconds);
    const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
    const output = (name: string) => world.output(jobId, name);
    return { status: jobProperties?.jobStatus, message: jobProperties?.message, output };
  }

  test('a job never ends', async () => {
    const { status } = await importStudy({ neverEnds: true }, 30 * 86_400);
    expect(status).toBe('IN_PROGRESS');
  });

  test('a job fails with a message and writes nothing', async () => {
    const { status, message, output } = await importStudy({ failWith: 'Some reason' });
    expect([status, message]).toEqual(['FAILED', 'Some reason']);
    expect(await output('job-output-manifest.json')).toBeUndefined();
    expect(await output('SUCCESS/success.ndjson')).toBeUndefined();
  });

  test('output files come late', async () => {
    const { status, output } = await importStudy({ manifestDelaySeconds: 30 }, 119);
    expect(status).toBe('COMPLETED');
    expect(await output('job-output-manifest.json')).toBeUndefined();
    expect(await output('SUCCESS/success.ndjson')).toBeUndefined();
    await world.clock.pass(1);
    expect(await output('job-output-manifest.json')).toContain('"numberOfImportedFiles":5');
    expect(await output('SUCCESS/success.ndjson')).toContain('inputFile');
  });

  test('output files come late one by one', async () => {
    const { status, output } = await importStudy(
      { manifestDelaySeconds: 30, jobManifestDelaySeconds: 0, failureDelaySeconds: 10 },
      90,
    );
    const there = async () => [
      (await output('job-output-manifest.json')) !== undefined,
      (await output('SUCCESS/success.ndjson')) !== undefined,
      (await output('FAILURE/failure.ndjson')) !== undefined,
    ];
    expect(status).toBe('COMPLETED');
    expect(await there()).toEqual([true, false, false]);
    await world.clock.pass(10);
    expect(await there()).toEqual([true, false, true]);
    await world.clock.pass(20);
    expect(await there()).toEqual([true, true, true]);
  });

  test('the manifest is missing or corrupt, and only it', async () => {
    const missing = await importStudy({ manifest: 'missing' });
    expect(await missing.output('job-output-manifest.json')).toBeUndefined();
    expect(lines(await missing.output('SUCCESS/success.ndjson'))).toHaveLength(5);
    await world.stop();
    const corrupt = await importStudy({ manifest: 'corrupt' });
    const text = (await corrupt.output('job-output-manifest.json')) ?? '';
    expect(text).toMatch(/^\{"jobSummary":\{"jobId":/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test('lists are missing or cut in their last line', async () => {
    const { output } = await importStudy({ success: 'truncated', failure: 'missing' });
    expect(await output('FAILURE/failure.ndjson')).toBeUndefined();
    const success = (await output('SUCCESS/success.ndjson'))?.split('\n') ?? [];
    expect(success).toHaveLength(5);
    expect(lines(success.slice(0, 4).join('\n'))).toHaveLength(4);
    expect(() => JSON.parse(success[4] ?? '')).toThrow(SyntaxError);
  });

  test('a list begins with a line that no documentation shows', async () => {
    const { output } = await importStudy({ failure: 'unexpected' });
    const failures = lines(await output('FAILURE/failure.ndjson'));
    expect(failures).toHaveLength(3);
    expect(failures[0]).toMatchObject({ exception: { exceptionType: { toString: null } } });
  });

  test('so many files end as server errors', async () => {
    const { output } = await importStudy({ filesWithServerError: 3 });
    expect(JSON.parse((await output('job-output-manifest.json')) ?? '').jobSummary).toMatchObject({
      numberOfScannedFiles: 7,
      numberOfImportedFiles: 4,
      numberOfFilesWithServerError: 3,
      numberOfFilesWithCustomerError: 0,
    });
    const failures = lines(await output('FAILURE/failure.ndjson'));
    expect(failures).toMatchObject(
      Array(3).fill({ exception: { exceptionType: 'InternalServerException' } }),
    );
  });

  test('are for jobs of a name, for so many jobs, or for one job by its header', async () => {
    world = await startWorld();
    const { faults, endpoint } = world.simulator;
    faults.job({ jobName: 'a', failWith: 'name' });
    faults.job({ jobName: (name) => name.startsWith('b'), failWith: 'function', times: 1 });
    const jobIds = [];
    for (const jobName of ['a', 'b1', 'b2', 'c']) jobIds.push(await world.start({ jobName }));
    const byHeader = await raw(
      endpoint,
      'POST',
      startPath,
      { ...startParameters, jobName: 'd', clientToken: 'd' },
      { 'x-simulator-fault': 'fail=header' },
    );
    await world.clock.pass(90);
    const messages = [];
    for (const jobId of [...jobIds, String(byHeader.body.jobId)]) {
      const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
      messages.push(jobProperties?.message);
    }
    expect(messages).toEqual(['name', 'function', undefined, undefined, 'header']);
  });
});

describe('stop()', () => {
  test('leaves jobs as they are, delivers nothing more and closes connections', async () => {
    world = await startWorld();
    await world.start();
    await world.clock.pass(10);
    await world.simulator.stop();
    await world.simulator.stop();
    await world.clock.pass(1000);
    expect(world.events.map(({ detail }) => detail.jobStatus)).toEqual(['SUBMITTED', 'IN_PROGRESS']);
    await expect(fetch(world.simulator.endpoint + listPath)).rejects.toThrow('fetch failed');
    expect(world.problems).toEqual([]);
  });
});

describe('fault text', () => {
  test.each([
    ['throttle', { request: { kind: 'throttle' } }],
    [
      'slow=2000,operation=GetDICOMImportJob,times=3',
      { request: { kind: 'slow', slowMs: 2000, operation: 'GetDICOMImportJob', times: 3 } },
    ],
    ['503,for=60', { request: { kind: '503', forSeconds: 60 } }],
    ['never-ends', { job: { neverEnds: true } }],
    ['fail=Out of luck, times=1', { job: { failWith: 'Out of luck', times: 1 } }],
    ['manifest-late=30,job=nightly', { job: { manifestDelaySeconds: 30, jobName: 'nightly' } }],
    ['job-manifest-late=3', { job: { jobManifestDelaySeconds: 3 } }],
    ['success-late=4', { job: { successDelaySeconds: 4 } }],
    ['failure-late=5', { job: { failureDelaySeconds: 5 } }],
    ['warning-late=6', { job: { warningDelaySeconds: 6 } }],
    ['server-errors=2', { job: { filesWithServerError: 2 } }],
  ])('%s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  test.each([
    ['', 'unknown fault ""'],
    ['constructor', 'unknown fault "constructor"'],
    ['throttle,job=x', 'fault throttle has no option "job"; it has operation, datastore, times, for'],
    ['never-ends,for=3', 'fault never-ends has no option "for"; it has job, times'],
    ['throttle,operation=Get', 'unknown operation "Get"'],
    ['throttle,times=x', 'times wants a number, as in times=3'],
    ['server-errors', 'server-errors wants a number'],
  ])('%j is refused', (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });
});
