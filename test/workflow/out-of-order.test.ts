import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ImportJobId, PUBLISHED } from '../../core/contract/names.ts';
import type { BusEvent } from '../../local/event-bus.ts';
import { putOutOfOrder } from '../support/out-of-order.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const HOUR = 3600;

let watched: WatchedCloud;
let repair = () => {};
beforeAll(async () => {
  watched = await WatchedCloud.start();
});
afterEach(async () => {
  repair();
  watched.cloud.simulator.faults.clear();
  await watched.clock.idle();
  await watched.takeMessages();
});
afterAll(() => watched.stop());

const idOf = ({ detail }: BusEvent) => (detail as { metadata: { id: string } }).metadata.id;
const nameOf = ({ datastoreId, jobId }: ImportJobId) => `${datastoreId}-${jobId}`;
const finishedId = (job: ImportJobId) => `${nameOf(job)}-finished`;
const subjects = (emails: readonly { Subject: string }[]) => emails.map(({ Subject }) => Subject);

/** As the schedule does it. */
async function sweepFor(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 15 * MINUTE) {
    await watched.pass(15 * MINUTE);
    await watched.sweep();
  }
}

test('SNS out of order for six hours: failed watches are repaired, each notice is on the bus once, and no verdict waits for people', async () => {
  repair = putOutOfOrder('sns');
  watched.cloud.simulator.faults.request({
    kind: 'denied',
    operation: 'GetDICOMImportJob',
    forSeconds: 20 * MINUTE,
  });
  const failing = await watched.import();
  await watched.pass(MINUTE);
  expect(watched.executionOf(failing)?.status).toBe('FAILED');
  await watched.pass(20 * MINUTE);
  const healthy = await watched.import();
  await sweepFor(45 * MINUTE);

  const early = (await watched.takeMessages()).events.map(idOf);
  expect(early).toEqual(expect.arrayContaining([finishedId(failing), finishedId(healthy)]));
  await sweepFor(5 * HOUR);
  const late = await watched.takeMessages();
  const ids = [...early, ...late.events.map(idOf)];
  expect(ids).toEqual([...new Set(ids)]);
  expect(late.emails).toEqual([]);
  for (const job of [failing, healthy]) {
    const failures = ids.filter((id) => id.startsWith(`${nameOf(job)}-watch-failed-`));
    const { redriveCount = 0, status } = watched.executionOf(job) ?? {};
    expect([status, failures.length]).toEqual(['FAILED', redriveCount + 1]);
    expect(redriveCount).toBeGreaterThan(2);
  }

  repair();
  await sweepFor(8 * HOUR);
  const { events, emails } = await watched.takeMessages();
  expect(events).toEqual([]);
  for (const job of [failing, healthy]) {
    expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
    // The last notice, whose event was on the bus long before, and the verdict.
    expect(subjects(emails).filter((subject) => subject.includes(job.jobId))).toEqual([
      `WATCH FAILED: DICOM import ${job.jobId}`,
      `SUCCEEDED: DICOM import ${job.jobId}`,
    ]);
  }
});

test('people out of reach for a moment: the event is not put on the bus again by the retries of the function', async () => {
  watched.cloud.simulator.faults.request({
    kind: 'denied',
    operation: 'GetDICOMImportJob',
    forSeconds: MINUTE,
  });
  repair = putOutOfOrder('sns');
  const job = await watched.import();
  await watched.pass(30);
  repair();
  await watched.pass(5 * MINUTE);

  const { events, emails } = await watched.takeMessages();
  expect(events.map(idOf)).toEqual([`${nameOf(job)}-watch-failed-0`]);
  expect(subjects(emails)).toEqual([`WATCH FAILED: DICOM import ${job.jobId}`]);
});

describe('what is said of a watch that failed', () => {
  /** Follows a job until its watch has failed. @returns what systems got. */
  async function failedWatch(): Promise<{ job: ImportJobId; events: readonly BusEvent[] }> {
    const job = await watched.import();
    await watched.pass(HOUR);
    expect(watched.executionOf(job)?.status).toBe('FAILED');
    repair();
    const { events } = await watched.takeMessages();
    return { job, events };
  }
  const detailOf = (events: readonly BusEvent[]) =>
    events.filter((event) => event['detail-type'] === PUBLISHED.watchFailed).map(({ detail }) => detail);

  test('in Notify people is not that it published no verdict, which systems have', async () => {
    repair = putOutOfOrder('sns');
    const { job, events } = await failedWatch();
    expect(events.map(idOf)).toEqual([finishedId(job), `${nameOf(job)}-watch-failed-0`]);
    expect(detailOf(events)).toMatchObject([
      {
        data: {
          failedStep: 'Notify people',
          verdictPublished: 'yes',
          summary: expect.stringMatching(
            / The verdict was published; the email about it may not have been sent\.$/,
          ),
        },
      },
    ]);
    await watched.sweep();
    const [{ Message = '' } = {}] = (await watched.takeMessages()).emails;
    expect(Message.replace(/\s+/g, ' ')).toContain('The verdict was published;');
  });

  test('in Record outcome is not that it published no verdict, which systems and people have', async () => {
    repair = putOutOfOrder('dynamoDB', 'refused', (_, input) => input.includes('#outcome'));
    const { job, events } = await failedWatch();
    expect(events.map(idOf)).toEqual([finishedId(job), `${nameOf(job)}-watch-failed-0`]);
    expect(detailOf(events)).toMatchObject([
      { data: { failedStep: 'Record outcome', verdictPublished: 'yes' } },
    ]);
  });

  test('in Publish outcome is not that it published no verdict, where only the answer of the bus was lost', async () => {
    repair = putOutOfOrder('eventBridge', 'answer lost', (_, input) =>
      input.includes(PUBLISHED.importFinished),
    );
    const { job, events } = await failedWatch();
    expect(new Set(events.map(idOf))).toEqual(new Set([finishedId(job), `${nameOf(job)}-watch-failed-0`]));
    expect(detailOf(events)).toMatchObject([
      {
        data: {
          failedStep: 'Publish outcome',
          verdictPublished: 'unknown',
          summary: expect.stringMatching(/ The verdict may have been published\.$/),
        },
      },
    ]);
  });

  test('before it had a verdict is that it published none', async () => {
    repair = putOutOfOrder('dynamoDB', 'refused', (_, input) => input.includes('#token = :token"'));
    const { job, events } = await failedWatch();
    expect(events.map(idOf)).toEqual([`${nameOf(job)}-watch-failed-0`]);
    expect(detailOf(events)).toMatchObject([
      { data: { failedStep: 'Wait for news', verdictPublished: 'no' } },
    ]);
  });
});
