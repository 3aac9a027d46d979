import { DeleteItemCommand, GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { Duration } from 'aws-cdk-lib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ImportJobId, PUBLISHED } from '../../core/contract/names.ts';
import type { BusEvent } from '../../local/event-bus.ts';
import { DATASTORE_ID } from '../../local/import-files.ts';
import type { JobFault } from '../../simulator/index.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

let watched: WatchedCloud;
beforeAll(async () => {
  watched = await WatchedCloud.start({ giveUpAfter: Duration.days(1) });
});
afterEach(async () => {
  watched.cloud.simulator.faults.clear();
  watched.loseStatusEvents = false;
  await watched.clock.idle();
  await watched.takeMessages();
});
afterAll(() => watched.stop());

/** What was published about a job since the last time, as detail-type and id. */
async function published(job: ImportJobId): Promise<[string, string][]> {
  const { events } = await watched.takeMessages();
  return events
    .filter((event) => (event.detail as { data: ImportJobId }).data.jobId === job.jobId)
    .map((event) => [event['detail-type'], (event.detail as { metadata: { id: string } }).metadata.id]);
}
const nameOf = ({ datastoreId, jobId }: ImportJobId) => `${datastoreId}-${jobId}`;
const finished = (job: ImportJobId) => [PUBLISHED.importFinished, `${nameOf(job)}-finished`];
const failed = (job: ImportJobId, redriveCount: number) => [
  PUBLISHED.watchFailed,
  `${nameOf(job)}-watch-failed-${redriveCount}`,
];

const keyOf = ({ datastoreId, jobId }: ImportJobId) => ({
  datastoreId: { S: datastoreId },
  jobId: { S: jobId },
});

async function forget(job: ImportJobId): Promise<void> {
  await watched.tableClient.send(new DeleteItemCommand({ TableName: watched.table, Key: keyOf(job) }));
}

/** What the table has of a job. */
async function itemOf(job: ImportJobId): Promise<GetItemCommandOutput['Item']> {
  const read = new GetItemCommand({ TableName: watched.table, Key: keyOf(job) });
  return (await watched.tableClient.send(read)).Item;
}

/** The event of HealthImaging about the end of a job. */
const completed = (job: ImportJobId) =>
  ({
    source: 'aws.medical-imaging',
    'detail-type': 'Import Job Completed',
    detail: { ...job, jobStatus: 'COMPLETED' },
  }) as BusEvent;

describe('a job of which no event told', () => {
  test('is found by the sweep while it runs, and followed to its end', async () => {
    const job = await watched.import({ fault: { eventsLost: true } });
    await watched.pass(5 * MINUTE);
    expect(watched.executionOf(job)).toBeUndefined();
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
    expect(await published(job)).toEqual([finished(job)]);
  });

  test('is found by the sweep although it began and ended since the last one', async () => {
    const job = await watched.import({ fault: { eventsLost: true } });
    await watched.pass(HOUR);
    await watched.sweep();
    await watched.clock.idle();

    expect(await published(job)).toEqual([finished(job)]);
  });

  test('is reported by the sweep to the watch that waits for its end', async () => {
    // An hour old, so that its watch waits for six minutes.
    const job = await watched.import({ fault: { eventsLost: ['COMPLETED'] } });
    await watched.pass(10 * MINUTE + 1);
    await watched.sweep();
    await watched.pass(0);

    expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
  });

  test('is found by the sweep of running jobs', async () => {
    const job = await watched.import({ fault: { eventsLost: true } });
    await watched.pass(MINUTE);
    await watched.sweepRunning();
    await watched.pass(0);
    expect(watched.executionOf(job)?.status).toBe('RUNNING');
  });

  test('is reported by the sweep of running jobs to the watch that waits for its end', async () => {
    const job = await watched.import({ fault: { eventsLost: ['COMPLETED'] } });
    await watched.pass(10 * MINUTE + 1);
    expect(watched.executionOf(job)?.status).toBe('RUNNING');
    await watched.sweepRunning();
    await watched.pass(0);
    expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
  });
});

describe('a job that runs for too long', () => {
  const overdue = (job: ImportJobId) => [PUBLISHED.importOverdue, `${nameOf(job)}-overdue`];

  test('is reported once, when it becomes overdue, and followed on', async () => {
    const job = await watched.import({ fault: { neverEnds: true } });
    await watched.pass(6 * HOUR - 1);
    expect(await published(job)).toEqual([]);
    await watched.pass(2);
    const { events, emails } = await watched.takeMessages();
    expect(events).toEqual([
      expect.objectContaining({
        'detail-type': PUBLISHED.importOverdue,
        detail: expect.objectContaining({
          metadata: expect.objectContaining({ id: `${nameOf(job)}-overdue` }),
          data: expect.objectContaining({
            ...job,
            jobStatus: 'IN_PROGRESS',
            runningSeconds: 6 * HOUR,
            overdueAfterSeconds: 6 * HOUR,
          }),
        }),
      }),
    ]);
    expect(emails).toEqual([expect.objectContaining({ Subject: `OVERDUE: DICOM import ${job.jobId}` })]);
    await watched.clock.idle();

    expect(await published(job)).toEqual([finished(job)]);
  });

  test('is reported once also across a redrive', async () => {
    const job = await watched.import({ fault: { neverEnds: true } });
    await watched.pass(7 * HOUR);
    watched.cloud.simulator.faults.request({ kind: 'denied', forSeconds: HOUR });
    await watched.pass(2 * HOUR);
    expect(watched.executionOf(job)?.status).toBe('FAILED');
    await watched.sweep();
    await watched.clock.idle();

    expect(await published(job)).toEqual([overdue(job), failed(job, 0), finished(job)]);
  });
});

describe('a watch that failed', () => {
  /** A job whose watch could not read it, at the time when that was reported. */
  async function failedWatch(deniedSeconds = 20 * MINUTE): Promise<ImportJobId> {
    watched.cloud.simulator.faults.request({
      kind: 'denied',
      operation: 'GetDICOMImportJob',
      forSeconds: deniedSeconds,
    });
    const job = await watched.import();
    await watched.pass(MINUTE);
    expect(watched.executionOf(job)?.status).toBe('FAILED');
    return job;
  }

  test('is reported to systems and people, with its step, its error and what to do', async () => {
    const job = await failedWatch();
    const { events, emails } = await watched.takeMessages();

    expect(events).toHaveLength(1);
    expect(events[0]?.detail).toMatchObject({
      metadata: { id: `${nameOf(job)}-watch-failed-0` },
      data: {
        ...job,
        executionStatus: 'FAILED',
        failedStep: 'Check import job',
        error: 'HealthImagingRefused',
        redriveCount: 0,
        remedy: expect.stringMatching(
          /^HealthImaging does not let the Lambda function \w*CheckImportJob\w* read the job.* The sweep redrives/,
        ),
      },
    });
    expect(emails).toEqual([expect.objectContaining({ Subject: `WATCH FAILED: DICOM import ${job.jobId}` })]);
  });

  test('is reported by the sweep if its status event was lost, and only once', async () => {
    watched.loseStatusEvents = true;
    const job = await failedWatch();
    expect(await published(job)).toEqual([]);
    await watched.sweep();
    await watched.sweep();

    expect(await published(job)).toEqual([failed(job, 0)]);
  });

  test('is redriven by the sweep after a while, and publishes its verdict as if nothing had happened', async () => {
    const job = await failedWatch();
    await watched.pass(13 * MINUTE);
    await watched.sweep();
    expect(watched.executionOf(job)?.redriveCount).toBe(0);
    await watched.pass(10 * MINUTE);
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(await published(job)).toEqual([failed(job, 0), finished(job)]);
  });

  test('is reported again when it fails again, and replaced when it was redriven often enough', async () => {
    const job = await failedWatch(4 * DAY);
    for (let redrives = 1; redrives <= 6; redrives++) {
      await watched.pass(9 * HOUR);
      await watched.sweep();
      await watched.pass(MINUTE);
      expect(watched.executionOf(job)).toMatchObject({ status: 'FAILED', redriveCount: redrives });
    }
    await watched.pass(9 * HOUR);
    await watched.sweep();
    expect(watched.executionOf(job, 2)).toBeUndefined();
    await watched.pass(DAY);
    watched.cloud.simulator.faults.clear();
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job)).toMatchObject({ status: 'FAILED', redriveCount: 6 });
    expect(watched.executionOf(job, 2)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await published(job)).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6].map((count) => failed(job, count)),
      finished(job),
    ]);
  });

  test('that somebody stopped is reported and left alone', async () => {
    const job = await watched.import({ fault: { neverEnds: true } });
    await watched.pass(MINUTE);
    watched.cloud.machine.abort(nameOf(job));
    await watched.pass(30 * DAY);
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job)).toMatchObject({ status: 'ABORTED', redriveCount: 0 });
    expect(watched.executionOf(job, 2)).toBeUndefined();
    expect(await published(job)).toEqual([failed(job, 0)]);
  });

  test('by its input is reported without that input', async () => {
    const execution = watched.cloud.machine.start('by-hand', JSON.stringify({ patient: 'DOE^JANE' }));
    await watched.clock.idle();
    const { events, emails } = await watched.takeMessages();

    expect(execution.status).toBe('FAILED');
    expect(events.map(({ detail }) => detail)).toMatchObject([
      {
        metadata: { id: 'by-hand-watch-failed-0' },
        data: { executionName: 'by-hand', error: 'InvalidWatchInput' },
      },
    ]);
    expect(emails).toHaveLength(1);
    expect(JSON.stringify([events, emails])).not.toContain('DOE^JANE');
    await watched.sweep();
    expect(await watched.takeMessages()).toEqual({ events: [], emails: [], chat: [] });
  });
});

describe('a verdict that was published', () => {
  test('is not published again: by events, sweeps, another watch or a table that forgot', async () => {
    const { jobId, events } = await watched.watch();
    const job = { datastoreId: DATASTORE_ID, jobId };
    expect(events).toHaveLength(1);

    watched.cloud.buses.publish('default', completed(job));
    await watched.sweep();
    const other = watched.cloud.machine.start('by-somebody-else', JSON.stringify(job));
    await watched.clock.idle();
    expect(other).toMatchObject({ status: 'SUCCEEDED', output: { next: 'told', outcome: 'SUCCEEDED' } });
    const recorded = await itemOf(job);
    await forget(job);
    await watched.sweep();
    // With the counts, which `status` and `list --summary` show.
    expect(recorded?.verdict?.S).toContain('"files":');
    expect(await itemOf(job)).toEqual({ ...recorded, expiresAt: { N: expect.any(String) } });
    await watched.sweep();
    await watched.clock.idle();
    const after = watched.cloud.machine.start('by-somebody-else-later', JSON.stringify(job));
    await watched.clock.idle();

    expect(after).toMatchObject({ status: 'SUCCEEDED', output: { next: 'told' } });
    expect(watched.executionOf(job, 2)).toBeUndefined();
    expect(await watched.takeMessages()).toEqual({ events: [], emails: [], chat: [] });
  });
});

describe('a job that ends after it was given up', () => {
  const overdue = (job: ImportJobId) => [PUBLISHED.importOverdue, `${nameOf(job)}-overdue`];
  const later = (job: ImportJobId) => [PUBLISHED.importFinished, `${nameOf(job)}-finished-2`];

  /** A job that is given up a day after it began, and ends an hour after that. */
  const lateJob = (fault: JobFault = {}) => watched.import({ fault: { takesSeconds: DAY + HOUR, ...fault } });
  /** Does something between the two. */
  const meanwhile = (work: () => void) =>
    watched.clock.run(async () => {
      await watched.clock.sleep((DAY + HOUR / 2) * 1000);
      work();
    });

  test('gets one later verdict, which supersedes the first', async () => {
    const job = await lateJob();
    await watched.clock.idle();
    const { events, emails } = await watched.takeMessages();

    expect(events.slice(1).map(({ detail }) => detail)).toMatchObject([
      { metadata: { id: finished(job)[1] }, data: { ...job, outcome: 'ABANDONED' } },
      {
        metadata: { id: later(job)[1], schemaVersion: '1' },
        data: { ...job, outcome: 'SUCCEEDED', supersedes: finished(job)[1], jobStatus: 'COMPLETED' },
      },
    ]);
    expect(emails.slice(1)).toMatchObject([
      { Subject: `ABANDONED: DICOM import ${job.jobId}` },
      {
        Subject: `SUCCEEDED AFTER ABANDONED: DICOM import ${job.jobId}`,
        Message: expect.stringMatching(/^This supersedes the verdict ABANDONED: 5 of 5 files imported/),
      },
    ]);
    expect(await itemOf(job)).toMatchObject({
      outcome: { S: 'ABANDONED' },
      eventId: { S: finished(job)[1] },
      laterOutcome: { S: 'SUCCEEDED' },
      laterEventId: { S: later(job)[1] },
    });
  });

  test('gets it from the sweep where the event was lost, and no second one', async () => {
    const job = await lateJob({ eventsLost: ['COMPLETED'] });
    await watched.clock.idle();
    await watched.sweepRunning();
    expect(await published(job)).toEqual([overdue(job), finished(job)]);
    await watched.sweep();
    await watched.clock.idle();
    expect(await published(job)).toEqual([later(job)]);

    await watched.pass(DAY);
    await watched.sweep();
    await watched.sweepRunning();
    await watched.clock.idle();
    expect(watched.executionOf(job, 3)).toBeUndefined();
    expect(await published(job)).toEqual([]);
  });

  test('gets it once where its events are doubled', async () => {
    const job = await lateJob({ eventsDoubled: true });
    await watched.clock.idle();
    watched.cloud.buses.publish('default', completed(job));
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job, 3)).toBeUndefined();
    expect(await published(job)).toEqual([overdue(job), finished(job), later(job)]);
  });

  test('is reported as FAILED if it failed', async () => {
    const job = await lateJob({ failWith: 'DICOM import job has failed.' });
    await watched.clock.idle();
    const { events } = await watched.takeMessages();

    expect(events.at(-1)?.detail).toMatchObject({
      metadata: { id: later(job)[1] },
      data: { outcome: 'FAILED', supersedes: finished(job)[1] },
    });
  });

  test('gets none while it runs, and no watch at each sweep', async () => {
    const job = await watched.import({ fault: { neverEnds: true } });
    await watched.clock.idle();
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      await watched.sweepRunning();
      await watched.sweep();
      await watched.pass(DAY);
    }

    expect(watched.executionOf(job, 2)).toBeUndefined();
    expect(await published(job)).toEqual([overdue(job), finished(job)]);
  });

  test('gets it although an event had reported an end that did not come', async () => {
    const job = await lateJob({ eventsLost: ['COMPLETED'] });
    await meanwhile(() => watched.cloud.buses.publish('default', completed(job)));
    await watched.clock.idle();
    expect(watched.executionOf(job, 2)?.output).toMatchObject({ next: 'told', outcome: 'ABANDONED' });
    expect(await published(job)).toEqual([overdue(job), finished(job)]);
    await watched.pass(HOUR);
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job, 3)?.output).toMatchObject({ eventId: later(job)[1] });
    expect(await published(job)).toEqual([later(job)]);
  });

  test('gets it although its second watch failed', async () => {
    const job = await lateJob();
    await meanwhile(() =>
      watched.cloud.simulator.faults.request({
        kind: 'denied',
        operation: 'GetDICOMImportJob',
        forSeconds: HOUR,
      }),
    );
    await watched.clock.idle();
    expect(await published(job)).toEqual([
      overdue(job),
      finished(job),
      [PUBLISHED.watchFailed, `${nameOf(job)}-2-watch-failed-0`],
    ]);
    await watched.pass(HOUR);
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job, 2)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(await published(job)).toEqual([later(job)]);
  });

  test('gets no second later verdict where the table forgot both', async () => {
    const job = await lateJob();
    await watched.clock.idle();
    expect(await published(job)).toEqual([overdue(job), finished(job), later(job)]);
    const { verdict } = (await itemOf(job)) ?? {};
    await forget(job);
    await watched.pass(DAY);
    await watched.sweep();
    await watched.sweep();
    await watched.clock.idle();

    expect(await itemOf(job)).toMatchObject({
      outcome: { S: 'ABANDONED' },
      eventId: { S: finished(job)[1] },
      laterOutcome: { S: 'SUCCEEDED' },
      laterEventId: { S: later(job)[1] },
      verdict,
    });
    expect(watched.executionOf(job, 3)).toBeUndefined();
    expect(await published(job)).toEqual([]);
  });
});

describe('a watch that ended in silence because HealthImaging did not know the job', () => {
  test('is followed by another when the sweep sees the job', async () => {
    watched.cloud.simulator.faults.request({
      kind: 'not-found',
      operation: 'GetDICOMImportJob',
      forSeconds: 6 * MINUTE,
    });
    const job = await watched.import();
    await watched.clock.idle();
    expect(watched.executionOf(job)).toMatchObject({ status: 'SUCCEEDED', output: { next: 'unknown' } });
    await watched.sweep();
    expect(watched.executionOf(job, 2)).toBeUndefined();
    await watched.pass(15 * MINUTE);
    await watched.sweep();
    await watched.clock.idle();

    expect(watched.executionOf(job, 2)?.status).toBe('SUCCEEDED');
    expect(await published(job)).toEqual([finished(job)]);
  });
});
