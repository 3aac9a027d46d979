import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { positionIn } from '../../../cli/status/position.ts';
import { fileCountsSchema, imageSetCountsSchema } from '../../../core/contract/events.ts';
import { type ImportJobId, JOB_STATUSES, OUTCOMES, VERDICT_PUBLISHED } from '../../../core/contract/names.ts';
import { DEFAULT_POLL_INTERVAL_SECONDS, phaseOf, waitSeconds } from '../../../core/contract/poll-schedule.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { putOutOfOrder } from '../../support/out-of-order.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

const time = z.iso.datetime();
const statusSchema = z.strictObject({
  datastoreId: z.string(),
  jobId: z.string(),
  jobStatus: z.enum([...JOB_STATUSES, 'NOT_FOUND']),
  submittedAt: time.nullable(),
  endedAt: time.nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  summary: z.string().nullable(),
  files: fileCountsSchema.nullable(),
  imageSets: imageSetCountsSchema.nullable(),
  overdueReported: z.boolean(),
  failuresReported: z.int(),
  nextCheckAt: time.nullable(),
  worksIn: z.string().nullable(),
  repair: z.strictObject({ kind: z.enum(['redrive', 'replace', 'none']), at: time.nullable() }).nullable(),
  watches: z.array(
    z.strictObject({
      number: z.int(),
      executionArn: z.string(),
      status: z.string(),
      startedAt: time,
      stoppedAt: time.nullable(),
      redriveCount: z.int(),
      failedStep: z.string().nullable(),
      verdictPublished: z.enum(VERDICT_PUBLISHED).nullable(),
      error: z.string().nullable(),
      redrivable: z.boolean().nullable(),
    }),
  ),
});

let world: WatchedAccount;
beforeAll(async () => {
  world = await startWatchedAccount();
});
afterEach(() => world.watched.cloud.simulator.faults.clear());
afterAll(() => world.stop());

const args = ({ datastoreId, jobId }: ImportJobId, ...more: string[]) => [
  'status',
  '--datastore-id',
  datastoreId,
  '--job-id',
  jobId,
  ...more,
];
const json = async (job: ImportJobId) =>
  statusSchema.parse(JSON.parse((await world.cli(...args(job, '--json'))).stdout));

test('a watch that waits: its next check, from its history', async () => {
  const { watched } = world;
  await watched.clock.run(async () => {
    const job = await watched.import();
    const waits = () => watched.executionOf(job)?.steps.at(-1);
    while (waits()?.state !== 'Wait for news') await new Promise((resolve) => setImmediate(resolve));
    const wait = waitSeconds(DEFAULT_POLL_INTERVAL_SECONDS, phaseOf(job));
    const at = new Date((waits()?.at ?? 0) + wait * 1000).toISOString();
    const { status, stdout, stderr } = await runCli(args(job), world.env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Job status +SUBMITTED$/m);
    expect(stdout).toMatch(/^Outcome +none yet$/m);
    expect(unwrapped(stdout)).toMatch(
      new RegExp(
        ` Next checks ${at.slice(0, 19).replace('T', ' ')}Z, [^,]+, or when the event of the end arrives `,
      ),
    );
    expect(stdout).toMatch(/^ +1 {2}RUNNING/m);
    // The ARN of the execution has to be copied whole.
    expect(tooWide(stdout).filter((line) => !line.includes('arn:'))).toEqual([]);
    const { stdout: text } = await runCli(args(job, '--json'), world.env);
    expect(statusSchema.parse(JSON.parse(text))).toMatchObject({
      ...job,
      jobStatus: 'SUBMITTED',
      outcome: null,
      nextCheckAt: at,
      repair: null,
      watches: [{ number: 1, status: 'RUNNING', stoppedAt: null }],
    });
  });
});

test('a job with its verdict', async () => {
  const job = await world.watched.import();
  await world.watched.clock.idle();
  const { status, stdout } = await world.cli(...args(job));
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Outcome +SUCCEEDED$/m);
  expect(stdout).toMatch(/^Next +nothing: the verdict was published$/m);
  expect(stdout).toMatch(/^ +1 {2}SUCCEEDED/m);
});

test('the built command shows the same', async () => {
  const job = await world.watched.import();
  await world.watched.clock.idle();
  const { status, stdout } = await world.both(...args(job, '--json'));
  expect(status).toBe(0);
  expect(statusSchema.parse(JSON.parse(stdout))).toMatchObject({ outcome: 'SUCCEEDED' });
});

test('a watch that failed: the step, the error, when the sweep redrives it, and how to be faster', async () => {
  const { watched } = world;
  watched.cloud.simulator.faults.request({
    kind: 'denied',
    operation: 'GetDICOMImportJob',
    forSeconds: 1200,
  });
  const job = await watched.import();
  await watched.pass(60);
  const stopped = watched.executionOf(job)?.stoppedAt ?? 0;
  watched.cloud.simulator.faults.clear();
  const { status, stdout, stderr } = await world.cli(...args(job));
  expect(status).toBe(0);
  const due = new Date(stopped + 15 * 60_000).toISOString();
  expect(stdout).toMatch(new RegExp(`^Next +the sweep redrives it, ${due.slice(0, 10)}`, 'm'));
  expect(stdout).toMatch(/^Told +watch failed$/m);
  expect(stdout).toMatch(/^Failed in +Check import job: HealthImagingRefused$/m);
  expect(stderr).toContain(
    `  dicom-import-watcher redrive --datastore-id ${DATASTORE_ID} --job-id ${job.jobId}\n`,
  );
  expect(await json(job)).toMatchObject({
    repair: { kind: 'redrive', at: due },
    failuresReported: 1,
    watches: [
      { status: 'FAILED', failedStep: 'Check import job', error: 'HealthImagingRefused', redrivable: true },
    ],
  });
});

test.each([
  ['Notify people', 'sns', 'refused', /^Outcome +published, but not recorded$/m, 'yes'],
  [
    'Publish outcome',
    'eventBridge',
    'answer lost',
    /^Outcome +not known: a verdict may have been published$/m,
    'unknown',
  ],
] as const)(
  'a watch that failed in %s is not said to have no outcome',
  async (step, service, trouble, outcome, known) => {
    const { watched } = world;
    const repair = putOutOfOrder(service, trouble);
    const job = await watched.import();
    await watched.pass(3600);
    repair();
    const { stdout } = await world.cli(...args(job));
    expect(stdout).toMatch(outcome);
    expect(await json(job)).toMatchObject({
      outcome: null,
      watches: [{ status: 'FAILED', failedStep: step, verdictPublished: known }],
    });
  },
);

test('a job that nobody watches', async () => {
  const job = await world.watched.import({ fault: { eventsLost: true } });
  const { status, stdout } = await world.cli(...args(job));
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Next +it has no watch: the next sweep starts one$/m);
  expect(await json(job)).toMatchObject({ watches: [], outcome: null });
});

test('a job that nobody knows is an error', async () => {
  const { status, stdout, stderr } = await world.cli(
    ...args({ datastoreId: DATASTORE_ID, jobId: 'nosuchjob' }),
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(unwrapped(stderr)).toMatch(
    /^error: Neither HealthImaging nor the watcher knows the import job nosuchjob/,
  );
});

describe('wrong input', () => {
  const job = { datastoreId: DATASTORE_ID, jobId: 'a' };
  test.each([
    [['status', '--job-id', 'a'], 2, "required option '--datastore-id <id>' not specified"],
    [['status', '--datastore-id', DATASTORE_ID], 2, "required option '--job-id <id>' not specified"],
    [args({ ...job, jobId: 'Job 1' }), 2, 'Expected 1 to 32 characters of 0-9 and a-z.'],
    [args(job, '--state-machine-arn', 'Watch'), 2, 'Expected the ARN of a state machine'],
    [
      args(job, '--stack', 'Other'),
      1,
      "There is no stack 'Other' in us-east-1. Name the watcher's with --stack",
    ],
  ])('%j', async (given, expected, message) => {
    const { status, stdout, stderr } = await runCli(given, world.env);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test('a stack that is none of ours', async () => {
    const { outputs } = world.account;
    const kept = new Map(outputs);
    outputs.clear();
    const { status, stderr } = await world.cli(...args(job));
    for (const [name, value] of kept) outputs.set(name, value);
    expect(status).toBe(1);
    expect(unwrapped(stderr)).toContain(
      'has no output StateMachineArn, TableName: it is not one of DicomImportWatcherStack',
    );
  });
});

describe('where a watch is', () => {
  const event = (type: string, at: number, details: object = {}) =>
    ({ type, timestamp: new Date(at), id: at, ...details }) as HistoryEvent;
  const entered = event('TaskStateEntered', 1000, { stateEnteredEventDetails: { name: 'Wait for news' } });
  const scheduled = event('TaskScheduled', 2000, {
    taskScheduledEventDetails: { resource: 'updateItem.waitForTaskToken', timeoutInSeconds: 30 },
  });
  const submitted = event('TaskSubmitted', 2500);

  test('it waits until its task times out', () => {
    expect(positionIn([submitted, scheduled, entered])).toEqual({ kind: 'waiting', nextCheckAt: 32_000 });
  });

  test('it works once the wait is over, or its storing is tried again', () => {
    const next = event('LambdaFunctionScheduled', 4000);
    const check = event('TaskStateEntered', 3500, { stateEnteredEventDetails: { name: 'Check import job' } });
    expect(positionIn([next, check, submitted, scheduled, entered])).toEqual({
      kind: 'working',
      state: 'Check import job',
      since: 3500,
    });
    expect(positionIn([event('TaskFailed', 3000), scheduled, entered])).toEqual({
      kind: 'working',
      state: 'Wait for news',
      since: 1000,
    });
  });

  test('a history that says nothing', () => {
    expect(positionIn([])).toBeUndefined();
  });
});
