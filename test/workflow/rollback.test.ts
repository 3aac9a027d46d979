import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ImportJobId, PUBLISHED } from '../../core/contract/names.ts';
import type { Definition, State } from '../../local/definition.ts';
import { newer } from '../../proof/fixtures/newer-definition.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

let watched: WatchedCloud;
let current: Definition;
beforeAll(async () => {
  watched = await WatchedCloud.start();
  current = watched.cloud.machine.definition;
});
afterEach(async () => {
  watched.cloud.machine.update(current);
  watched.cloud.simulator.faults.clear();
  await watched.clock.idle();
  await watched.takeMessages();
});
afterAll(() => watched.stop());

/** Begins a watch on a definition, and then rolls back. */
async function begin(definition: Definition, fault?: object): Promise<ImportJobId> {
  watched.cloud.machine.update(definition);
  const job = await watched.import(fault && { fault });
  await watched.pass(MINUTE);
  watched.cloud.machine.update(current);
  return job;
}

/** What was published about a job since the last time. */
async function published({ jobId }: ImportJobId): Promise<[string, Record<string, unknown>][]> {
  const { events } = await watched.takeMessages();
  return events
    .map((event): [string, Record<string, unknown>] => [
      event['detail-type'],
      (event.detail as { data: Record<string, unknown> }).data,
    ])
    .filter(([, data]) => data.jobId === jobId);
}

/** Follows a watch that failed to the one that the sweep starts in its place. */
async function replaced(job: ImportJobId): Promise<void> {
  expect(watched.executionOf(job)?.status).toBe('FAILED');
  await watched.pass(HOUR);
  await watched.sweep();
  expect(watched.executionOf(job)).toMatchObject({ status: 'FAILED', redriveCount: 0 });
  await watched.pass(DAY);
  await watched.sweep();
  await watched.clock.idle();
  expect(watched.executionOf(job, 2)?.status).toBe('SUCCEEDED');
}

test('a rollback while a watch runs: the watch that began on the newer definition comes to its verdict', async () => {
  const job = await begin(newer(current));
  expect(watched.executionOf(job)?.status).toBe('RUNNING');
  await watched.clock.idle();

  expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
  expect(await published(job)).toEqual([
    [PUBLISHED.importFinished, expect.objectContaining({ outcome: 'SUCCEEDED' })],
  ]);
});

test('a rollback while a watch polls: a last check that the older version cannot read does not end the watch', async () => {
  const job = await begin(newer(current), { eventsLost: ['COMPLETED'] });
  await watched.clock.idle();

  expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
  expect(await published(job)).toEqual([
    [PUBLISHED.importFinished, expect.objectContaining({ outcome: 'SUCCEEDED' })],
  ]);
});

test('a rollback before the first check: what a newer definition has put into the state is not taken for its input', async () => {
  watched.cloud.simulator.faults.request({
    kind: 'throttle',
    operation: 'GetDICOMImportJob',
    forSeconds: 5 * MINUTE,
  });
  const job = await begin(newer(current));
  await watched.clock.idle();

  expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
});

test('a watch that failed for a wrong input although its input is right is replaced, and not told to be started with another', async () => {
  // As versions did that refused whatever they did not know.
  const job = await begin({
    StartAt: 'Check import job',
    States: { 'Check import job': { Type: 'Fail', Error: 'InvalidWatchInput', Cause: '' } },
  });
  await replaced(job);

  expect(await published(job)).toEqual([
    [
      PUBLISHED.watchFailed,
      expect.objectContaining({
        remedy: expect.stringMatching(
          /^The state machine definition .* is at fault.* The sweep starts a new watch of the job after /,
        ),
      }),
    ],
    [PUBLISHED.importFinished, expect.objectContaining({ outcome: 'SUCCEEDED' })],
  ]);
});

test('a watch whose payload cannot be read is not told to have a wrong input, and is replaced', async () => {
  const check = current.States['Check import job'] as State;
  const Parameters = { ...(check.Parameters as object), 'executionArn.$': '$' };
  const job = await begin({
    ...current,
    States: { ...current.States, 'Check import job': { ...check, Parameters } },
  });
  await replaced(job);

  expect(await published(job)).toEqual([
    [
      PUBLISHED.watchFailed,
      expect.objectContaining({
        error: 'UnreadablePayload',
        remedy: expect.stringMatching(
          /^The state machine definition .* is at fault.* The sweep starts a new watch of the job after /,
        ),
      }),
    ],
    [PUBLISHED.importFinished, expect.objectContaining({ outcome: 'SUCCEEDED' })],
  ]);
});
