import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type ImportJobId, OUTCOMES, PUBLISHED } from '../../../core/contract/names.ts';
import { OUTPUT_BUCKET } from '../../../local/demo-stack.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { putOutOfOrder } from '../../support/out-of-order.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

const replaySchema = z.strictObject({
  datastoreId: z.string(),
  jobId: z.string(),
  eventId: z.string(),
  publishedAt: z.iso.datetime(),
  outcome: z.enum(OUTCOMES),
  rebuilt: z.boolean(),
  busName: z.string(),
  peopleNotified: z.boolean(),
});

let world: WatchedAccount;
beforeAll(async () => {
  world = await startWatchedAccount({ chat: true, disclosure: { inEvents: true } });
});
afterEach(async () => {
  world.watched.cloud.simulator.faults.clear();
  await world.watched.clock.idle();
  await world.watched.takeMessages();
});
afterAll(() => world.stop());

const args = ({ datastoreId, jobId }: ImportJobId) => ['--datastore-id', datastoreId, '--job-id', jobId];
const replay = (job: ImportJobId, ...more: string[]) => world.cli('replay', ...args(job), ...more);

/** A job with its verdict: two files were refused, whose names the event discloses. And the notices about it. */
async function told() {
  const job = await world.watched.import({ files: writeStudy() });
  await world.watched.clock.idle();
  const { events, emails } = await world.watched.takeMessages();
  return { job, event: events[0], emails };
}

/** Step Functions forgets an execution after 90 days. */
function forgetWatch({ datastoreId, jobId }: ImportJobId): void {
  world.watched.cloud.machine.executions.delete(`${datastoreId}-${jobId}`);
}
async function forgetRecord({ datastoreId, jobId }: ImportJobId): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: world.env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const Key = { datastoreId: { S: datastoreId }, jobId: { S: jobId } };
  await client.send(new DeleteItemCommand({ TableName: world.watched.table, Key }));
  client.destroy();
}
async function loseManifest({ datastoreId, jobId }: ImportJobId): Promise<void> {
  const Key = `imports/${datastoreId}-DicomImport-${jobId}/job-output-manifest.json`;
  await world.watched.cloud.s3.send(new DeleteObjectCommand({ Bucket: OUTPUT_BUCKET, Key }));
}

test('publishes the very same event again, and tells people only where that is asked for', async () => {
  const { job, event, emails } = await told();
  const { status, stdout, stderr } = await replay(job);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'Consumers that have seen this id should drop the event.\n',
  });
  expect(stdout).toMatch(/^Outcome +PARTIALLY_FAILED$/m);
  expect(stdout).toMatch(/^Contents +unchanged, from the history of the watch$/m);
  // The id has to be copied whole.
  expect(tooWide(stdout).filter((line) => !line.includes(job.jobId))).toEqual([]);
  const again = await world.watched.takeMessages();
  expect(again.events).toHaveLength(1);
  expect(again.events[0]?.detail).toEqual(event?.detail);
  expect(again.events[0]).toMatchObject({
    source: PUBLISHED.source,
    'detail-type': PUBLISHED.importFinished,
  });
  expect(again.emails).toEqual([]);

  await replay(job, '--notify');
  const withPeople = await world.watched.takeMessages();
  expect(withPeople.events[0]?.detail).toEqual(event?.detail);
  const text = ({ Subject, Message }: { Subject: string; Message: string }) => ({ Subject, Message });
  expect(withPeople.emails.map(text)).toEqual(emails.map(text));
});

test('the built command publishes the same', async () => {
  const { job, event } = await told();
  const ran = await world.both('replay', ...args(job));
  expect(ran.status).toBe(0);
  const { events } = await world.watched.takeMessages();
  expect(events.map(({ detail }) => detail)).toEqual([event?.detail, event?.detail]);
});

test('chat is notified if the topic carries it', async () => {
  const { job } = await told();
  const before = world.account.calls.length;
  await replay(job, '--notify');
  const published = world.account.calls.slice(before).filter(({ operation }) => operation === 'sns:Publish');
  expect(published.map(({ parameters }) => JSON.stringify(parameters))).toEqual([
    expect.stringContaining('"email"'),
    expect.stringContaining('"chat"'),
  ]);
});

test('builds the verdict again if the history is gone, as the stack discloses it, and says so', async () => {
  const { job, event } = await told();
  forgetWatch(job);
  const { status, stdout } = await replay(job, '--json');
  expect(status).toBe(0);
  expect(replaySchema.parse(JSON.parse(stdout))).toMatchObject({
    ...job,
    eventId: `${job.datastoreId}-${job.jobId}-finished`,
    outcome: 'PARTIALLY_FAILED',
    rebuilt: true,
    peopleNotified: false,
  });
  const { events } = await world.watched.takeMessages();
  expect(events[0]?.detail).toEqual({
    ...(event?.detail as object),
    metadata: expect.objectContaining({ id: `${job.datastoreId}-${job.jobId}-finished` }),
  });
  expect(JSON.stringify(events[0]?.detail)).toContain('sampleFiles');
});

test('refuses to contradict what was published', async () => {
  const { job } = await told();
  forgetWatch(job);
  await loseManifest(job);
  const { status, stdout, stderr } = await replay(job);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(unwrapped(stderr)).toMatch(
    /Nothing was published: the outcome was PARTIALLY_FAILED, but .* give UNVERIFIED today/,
  );
  expect((await world.watched.takeMessages()).events).toEqual([]);
});

test('gives the verdict on a job that ended without the watcher', async () => {
  const job = await world.watched.import({ fault: { eventsLost: true } });
  await world.watched.pass(3600);
  const { status, stdout } = await replay(job, '--json');
  expect(status).toBe(0);
  expect(replaySchema.parse(JSON.parse(stdout))).toMatchObject({ outcome: 'SUCCEEDED', rebuilt: true });
});

test('a verdict that only the output of the watch remembers', async () => {
  const { job, event } = await told();
  await forgetRecord(job);
  expect((await replay(job)).status).toBe(0);
  expect((await world.watched.takeMessages()).events[0]?.detail).toEqual(event?.detail);
});

describe('a watch that failed after its verdict', () => {
  /** A job whose watch failed while a service was out of order. */
  async function failedIn(step: string, ...trouble: Parameters<typeof putOutOfOrder>) {
    const repair = putOutOfOrder(...trouble);
    const job = await world.watched.import();
    await world.watched.pass(3600);
    repair();
    expect(world.watched.executionOf(job)?.steps.at(-1)?.state).toBe(step);
    const { events } = await world.watched.takeMessages();
    return { job, event: events.find((each) => each['detail-type'] === PUBLISHED.importFinished) };
  }

  test.each([
    ['Notify people', 'sns', undefined],
    ['Record outcome', 'dynamoDB', (_: string, input: string) => input.includes('#outcome')],
  ] as const)('%s: it is published again as it was, not denied', async (step, service, hits) => {
    const { job, event } = await failedIn(step, service, 'refused', hits);
    const { status } = await replay(job);
    expect(status).toBe(0);
    const { events } = await world.watched.takeMessages();
    expect(events.map(({ detail }) => detail)).toEqual([event?.detail]);
  });

  test('in Publish outcome: it is not said that there is none', async () => {
    const { job, event } = await failedIn('Publish outcome', 'eventBridge', 'answer lost');
    expect(event).toBeDefined();
    const { status, stderr } = await replay(job);
    expect({ status, stderr: unwrapped(stderr) }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        "There is no known verdict, but one may have been published: the watch of the job failed in 'Publish outcome'.",
      ),
    });
  });
});

test('of two verdicts the later one is published again, and shown by list and status', async () => {
  const { watched } = world;
  const job = await watched.import({ fault: { takesSeconds: 8 * 24 * 3600 } });
  await watched.clock.idle();
  const later = (await watched.takeMessages()).events.at(-1);
  expect(later?.detail).toMatchObject({ data: { outcome: 'SUCCEEDED', supersedes: expect.any(String) } });
  const again = async () => {
    const { status, stdout } = await replay(job, '--json');
    expect(status).toBe(0);
    const { detail } = (await watched.takeMessages()).events[0] ?? {};
    expect(detail).toMatchObject({
      metadata: { id: `${job.datastoreId}-${job.jobId}-finished-2` },
      data: { outcome: 'SUCCEEDED', supersedes: `${job.datastoreId}-${job.jobId}-finished` },
    });
    return JSON.parse(stdout).rebuilt;
  };
  expect(await again()).toBe(false);

  const status = await world.cli('status', ...args(job), '--json');
  expect(JSON.parse(status.stdout).outcome).toBe('SUCCEEDED');
  const list = await world.cli('list', '--datastore-id', job.datastoreId, '--json');
  expect(JSON.parse(list.stdout).jobs).toContainEqual(
    expect.objectContaining({ jobId: job.jobId, outcome: 'SUCCEEDED' }),
  );
  forgetWatch(job);
  expect(await again()).toBe(true);
  await forgetRecord(job);
});

describe('there is no verdict', () => {
  test('of a watch that runs', async () => {
    const { watched } = world;
    await watched.clock.run(async () => {
      const job = await watched.import();
      while (!watched.executionOf(job)) await new Promise((resolve) => setImmediate(resolve));
      const { status, stderr } = await runCli(['replay', ...args(job)], world.env);
      expect({ status, stderr: unwrapped(stderr) }).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('There is no verdict yet: the watch of the job runs'),
      });
    });
  });

  test('of a watch that failed', async () => {
    const { watched } = world;
    watched.cloud.simulator.faults.request({
      kind: 'denied',
      operation: 'GetDICOMImportJob',
      forSeconds: 60,
    });
    const job = await watched.import();
    await watched.pass(61);
    const { status, stderr } = await replay(job);
    expect({ status, stderr: unwrapped(stderr) }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('dicom-import-watcher redrive --datastore-id'),
    });
  });

  test('of a job that runs, and that nobody watches', async () => {
    const job = await world.watched.import({ fault: { eventsLost: true, neverEnds: true } });
    const { status, stderr } = await replay(job);
    expect({ status, stderr: unwrapped(stderr) }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/the job is (SUBMITTED|IN_PROGRESS), and has no watch/),
    });
  });

  test('of a job that does not exist', async () => {
    const { status, stderr } = await replay({ datastoreId: DATASTORE_ID, jobId: 'nosuchjob' });
    expect({ status, stderr: unwrapped(stderr) }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('HealthImaging knows no import job nosuchjob'),
    });
  });
});

describe('wrong input', () => {
  const job = { datastoreId: DATASTORE_ID, jobId: 'a' };
  test.each([
    [['--job-id', 'a'], "required option '--datastore-id <id>' not specified"],
    [['--datastore-id', DATASTORE_ID], "required option '--job-id <id>' not specified"],
    [args({ ...job, jobId: '../x' }), 'Expected 1 to 32 characters of 0-9 and a-z.'],
    [[...args(job), '--bus-name', 'a b'], 'Expected the name or the ARN of an event bus'],
    [[...args(job), '--topic-arn', 'Imports'], 'Expected the ARN of a topic'],
  ])('%j', async (given, message) => {
    const { status, stdout, stderr } = await runCli(['replay', ...given], world.env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });
});
