import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  datastoreId,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../proof/fixtures/simulator-world.ts';
import { type ImportJobEvent, type JobFault, startSimulator } from '../../simulator/index.ts';

let world: SimulatorWorld;
afterEach(() => world.stop());

const statuses = (events: ImportJobEvent[]) => events.map((event) => event.detail.jobStatus);

test('an event is exactly what EventBridge delivers', async () => {
  world = await startWorld({ region: 'us-west-2', accountId: '444455556666' });
  const jobId = await world.start();
  await world.clock.pass(90);
  const shape = (detailType: string, jobStatus: string, time: string) => ({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': detailType,
    source: 'aws.medical-imaging',
    account: '444455556666',
    time,
    region: 'us-west-2',
    resources: [`arn:aws:medical-imaging:us-west-2:444455556666:datastore/${datastoreId}`],
    detail: {
      imagingVersion: '1.0',
      datastoreId,
      jobId,
      jobName: 'job-1',
      jobStatus,
      inputS3Uri: 's3://in-bucket/in/',
      outputS3Uri: 's3://out-bucket/out/',
    },
  });
  expect(world.events).toEqual([
    shape('Import Job Submitted', 'SUBMITTED', '2026-01-02T03:04:05Z'),
    shape('Import Job In Progress', 'IN_PROGRESS', '2026-01-02T03:04:14Z'),
    shape('Import Job Completed', 'COMPLETED', '2026-01-02T03:05:35Z'),
  ]);
  expect(new Set(world.events.map(({ id }) => id)).size).toBe(3);
});

test('outputS3Uri can be the job folder', async () => {
  world = await startWorld({ eventOutputS3Uri: 'job-folder' });
  const jobId = await world.start();
  await world.clock.pass(0);
  expect(world.events[0]?.detail.outputS3Uri).toBe(
    `s3://out-bucket/out/${datastoreId}-DicomImport-${jobId}/`,
  );
});

test.each<[string, JobFault, string[]]>([
  ['lost', { eventsLost: true }, []],
  ['lost in part', { eventsLost: ['COMPLETED'] }, ['SUBMITTED', 'IN_PROGRESS']],
  [
    'doubled in part',
    { eventsDoubled: ['COMPLETED'] },
    ['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED'],
  ],
  ['reordered', { eventsReordered: true }, ['COMPLETED', 'IN_PROGRESS', 'SUBMITTED']],
  [
    'reordered and lost in part',
    { eventsReordered: true, eventsLost: ['COMPLETED'] },
    ['IN_PROGRESS', 'SUBMITTED'],
  ],
])('events are %s', async (_, fault, expected) => {
  world = await startWorld({ faults: { jobs: [fault] } });
  await world.start();
  await world.clock.pass(90);
  expect(statuses(world.events)).toEqual(expected);
});

test('doubled events have the same id', async () => {
  world = await startWorld({ faults: { jobs: [{ eventsDoubled: true }] } });
  await world.start();
  await world.clock.pass(0);
  expect(world.events).toHaveLength(2);
  expect(world.events[0]).toEqual(world.events[1]);
});

test('delayed events come late, each by the same time, and do not hold up the job', async () => {
  world = await startWorld({ faults: { jobs: [{ eventsDelayedSeconds: 300 }] } });
  const jobId = await world.start();
  await world.clock.pass(299);
  expect(world.events).toEqual([]);
  const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
  expect(jobProperties?.endedAt?.toISOString()).toBe('2026-01-02T03:05:35.678Z');
  await world.clock.pass(1);
  expect(statuses(world.events)).toEqual(['SUBMITTED']);
  await world.clock.pass(90);
  expect(statuses(world.events)).toEqual(['SUBMITTED', 'IN_PROGRESS', 'COMPLETED']);
});

test('a listener that fails is reported and does not disturb the job', async () => {
  world = await startWorld({
    events: () => {
      throw new Error('no');
    },
  });
  const jobId = await world.start();
  await world.clock.pass(90);
  const { jobProperties } = await world.client.getDICOMImportJob({ datastoreId, jobId });
  expect(jobProperties?.jobStatus).toBe('COMPLETED');
  expect(world.problems).toEqual(Array(3).fill('event not delivered: Error: no'));
});

test('events are sent to a bus with PutEvents', async () => {
  const received: { target: string | undefined; entry: Record<string, unknown> }[] = [];
  const bus = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString());
    received.push({ target: request.headers['x-amz-target'] as string, entry: Entries[0] });
    response.end(JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }));
  });
  await new Promise<void>((resolve) => bus.listen(0, '127.0.0.1', resolve));
  world = await startWorld();
  const { port } = bus.address() as AddressInfo;
  const simulator = await startSimulator({
    s3: world.s3,
    clock: world.clock,
    eventBridge: { endpoint: `http://127.0.0.1:${port}`, eventBusName: 'local' },
  });
  try {
    await fetch(`${simulator.endpoint}/startDICOMImportJob/datastore/${datastoreId}`, {
      method: 'POST',
      body: JSON.stringify({ ...startParameters, clientToken: 'token' }),
    });
    await world.clock.pass(90);
    expect(received.map(({ entry }) => entry.DetailType)).toEqual([
      'Import Job Submitted',
      'Import Job In Progress',
      'Import Job Completed',
    ]);
    expect(received[0]).toEqual({
      target: 'AWSEvents.PutEvents',
      entry: {
        Source: 'aws.medical-imaging',
        DetailType: 'Import Job Submitted',
        Detail: expect.stringContaining('"jobStatus":"SUBMITTED"'),
        Resources: [`arn:aws:medical-imaging:us-east-1:111122223333:datastore/${datastoreId}`],
        Time: expect.anything(),
        EventBusName: 'local',
      },
    });
  } finally {
    await simulator.stop();
    bus.closeAllConnections();
    await new Promise((resolve) => bus.close(resolve));
  }
});
