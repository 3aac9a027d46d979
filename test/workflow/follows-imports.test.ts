import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PUBLISHED } from '../../core/contract/names.ts';
import { DEFAULT_POLL_INTERVAL_SECONDS } from '../../core/contract/poll-schedule.ts';
import type { BusEvent } from '../../local/event-bus.ts';
import { DATASTORE_ID } from '../../local/import-files.ts';
import { type Expectation, type Title, VERDICTS } from '../../proof/fixtures/verdicts.ts';
import { type Watched, WatchedCloud } from '../support/watched-cloud.ts';

/** The longest time between two checks. */
const WAIT_AT_THE_END = DEFAULT_POLL_INTERVAL_SECONDS;

let watched: WatchedCloud;
beforeAll(async () => {
  watched = await WatchedCloud.start();
});
afterEach(() => watched.cloud.simulator.faults.clear());
afterAll(() => watched.stop());

/** Plays an import, and expects what must be published about it; and more, where that is given. */
function play(title: Title, expectMore: (watched: Watched) => void = () => {}): void {
  const { given, data }: Expectation = VERDICTS[title];
  test(title, async () => {
    const came = await watched.watch(given);
    expect(came.data).toMatchObject(data);
    expectMore(came);
  });
}

/** The event of HealthImaging that reports an end, for a job of one's own choice. */
const completed = (job: { datastoreId: string; jobId: string }): BusEvent => ({
  version: '0',
  id: 'forged',
  'detail-type': 'Import Job Completed',
  source: 'aws.medical-imaging',
  account: '000000000000',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { ...job, jobStatus: 'COMPLETED' },
});

describe('the outcome', () => {
  play(
    'is SUCCEEDED when every file was imported, and the watch reports it the moment the job ends',
    ({ jobId, execution, events, data, emails, checks, lagSeconds }) => {
      expect(execution).toMatchObject({
        name: `${DATASTORE_ID}-${jobId}`,
        input: JSON.stringify({ datastoreId: DATASTORE_ID, jobId }),
        status: 'SUCCEEDED',
        output: {
          datastoreId: DATASTORE_ID,
          jobId,
          outcome: 'SUCCEEDED',
          eventId: `${DATASTORE_ID}-${jobId}-finished`,
        },
      });
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        source: 'dicom-import-watcher',
        'detail-type': 'DICOM Import Finished',
        detail: { metadata: { id: `${DATASTORE_ID}-${jobId}-finished`, schemaVersion: '1' } },
      });
      expect(data.durationSeconds).toBe(600);
      expect(emails).toHaveLength(1);
      expect(emails[0]).toMatchObject({
        Subject: `SUCCEEDED: DICOM import ${jobId}`,
        MessageAttributes: {
          outcome: { Type: 'String', Value: 'SUCCEEDED' },
          datastoreId: { Type: 'String', Value: DATASTORE_ID },
        },
      });
      expect(checks.at(-1)).toEqual({
        next: 'finished',
        checks: checks.length,
        jobStatus: 'COMPLETED',
        waitSeconds: 1,
        known: true,
      });
      expect(lagSeconds).toBe(0);
    },
  );

  play('is PARTIALLY_FAILED when some files were refused, with the reasons');
  play('is PARTIALLY_FAILED when HealthImaging itself failed on a file');
  play('is NOTHING_IMPORTED when every file was refused, although the job is COMPLETED');
  play('is NOTHING_IMPORTED when the prefix is empty');

  play(
    'is FAILED when the job failed, with its message and without waiting for a manifest',
    ({ data, lagSeconds }) => {
      expect(data.files).toBeUndefined();
      expect(lagSeconds).toBe(0);
    },
  );

  play(
    'is ABANDONED when the job never ends, at the deadline and far below the history limit',
    ({ execution, data, checks }) => {
      expect(
        (Date.parse(data.submittedAt ?? '') + 7 * 24 * 3600_000 - (execution.steps.at(-1)?.at ?? 0)) / 1000,
      ).toBe(0);
      expect(checks.at(-1)).toMatchObject({ next: 'abandoned', jobStatus: 'IN_PROGRESS' });
      // Check 5, choice 2 and wait 6 events a turn.
      expect(checks.length * 13).toBeLessThan(12_500);
    },
  );

  test('is none when there never was such a job: the watch ends in silence after five minutes', async () => {
    const job = { datastoreId: DATASTORE_ID, jobId: 'nosuchjob' };
    const execution = await watched.clock.run(async () =>
      watched.cloud.machine.start(`${DATASTORE_ID}-nosuchjob`, JSON.stringify(job)),
    );
    await watched.clock.idle();

    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { next: 'unknown' } });
    expect(((execution.steps.at(-1)?.at ?? 0) - execution.startedAt) / 1000).toBe(300);
    expect(await watched.takeMessages()).toEqual({ events: [], emails: [], chat: [] });
    // A forged event leaves nothing that stays.
    const Key = { datastoreId: { S: DATASTORE_ID }, jobId: { S: 'nosuchjob' } };
    const { Item } = await watched.tableClient.send(new GetItemCommand({ TableName: watched.table, Key }));
    expect(Number(Item?.expiresAt?.N)).toBeGreaterThan(execution.startedAt / 1000 + 119 * 86_400);
  });
});

describe('events', () => {
  play('lost: the end is found by polling, with the same verdict', ({ lagSeconds }) => {
    expect(lagSeconds).toBeGreaterThan(1);
    expect(lagSeconds).toBeLessThanOrEqual(WAIT_AT_THE_END);
  });

  play('of the end only: it starts the watch, which finds the job ended', ({ checks }) => {
    expect(checks).toEqual([
      { next: 'finished', jobStatus: 'COMPLETED', waitSeconds: 1, known: true, checks: 1 },
    ]);
  });

  play('doubled: one execution, one verdict', ({ jobId, events, emails }) => {
    const names = [...watched.cloud.machine.executions.keys()];
    expect(names.filter((name) => name.includes(jobId))).toEqual([`${DATASTORE_ID}-${jobId}`]);
    expect(events).toHaveLength(1);
    expect(emails).toHaveLength(1);
  });

  test('an hour late: polling was first, and they change nothing', async () => {
    const { events, data, execution } = await watched.watch({
      fault: { eventsLost: ['SUBMITTED'], eventsDelayedSeconds: 3600 },
      meanwhile: async (jobId) => {
        const job = { datastoreId: DATASTORE_ID, jobId };
        watched.cloud.machine.start(`${DATASTORE_ID}-${jobId}`, JSON.stringify(job));
      },
    });

    expect(data.outcome).toBe('SUCCEEDED');
    expect(events).toHaveLength(1);
    expect(
      execution.steps.filter((step) => step.state === 'Publish outcome' && step.what === 'entered'),
    ).toHaveLength(1);
  });

  play('reordered: the last is the first, with the same verdict', ({ events }) => {
    expect(events).toHaveLength(1);
  });

  test('before the job shows its end: the watch looks again soon, not after its ordinary wait', async () => {
    const { checks } = await watched.watch({
      meanwhile: async (jobId) => {
        await watched.clock.sleep(300_000);
        watched.cloud.buses.publish('default', completed({ datastoreId: DATASTORE_ID, jobId }));
      },
    });

    expect(checks).toContainEqual({
      checks: expect.any(Number),
      next: 'running',
      jobStatus: 'IN_PROGRESS',
      waitSeconds: 10,
      known: true,
    });
    expect(checks.filter(({ next }) => next === 'finished')).toHaveLength(1);
  });

  test('that no function can read end in its dead-letter queue', async () => {
    const event = completed({ datastoreId: 'short', jobId: '' });
    watched.cloud.buses.publish('default', event);
    await watched.clock.idle();

    expect(
      (await watched.drain(watched.queueLike('FunctionDeadLetters'))).map((body) => JSON.parse(body)),
    ).toEqual([event]);
  });
});

describe('the manifest', () => {
  const twoMinutesLate = ({ lagSeconds }: Watched) => {
    expect(lagSeconds).toBeGreaterThanOrEqual(120);
    expect(lagSeconds).toBeLessThanOrEqual(150);
  };
  play('late: the verdict waits for it', twoMinutesLate);
  play('whose list of imported files is later than the counters is waited for', twoMinutesLate);
  play('whose list of refused files is later than the counters is waited for', twoMinutesLate);
  play('whose list of server errors is later than the counters is waited for', twoMinutesLate);

  play('missing: UNVERIFIED, never success, after five minutes', ({ lagSeconds }) => {
    expect(lagSeconds).toBeGreaterThanOrEqual(300);
    expect(lagSeconds).toBeLessThanOrEqual(330);
  });

  play('corrupt: UNVERIFIED');
  play('with a line cut off: said, and no clean success');
  play('without its list of imported files: UNVERIFIED, for counters alone prove nothing');
  play(
    'with a line that nobody expected: it does not take the verdict away',
    ({ execution, events, emails }) => {
      expect(execution.status).toBe('SUCCEEDED');
      expect(execution.steps.filter(({ what }) => what === 'failed')).toEqual([]);
      expect([events.length, emails.length]).toEqual([1, 1]);
    },
  );
  play('without its list of failures: the counters decide, and the gap is reported');
});

describe('HealthImaging', () => {
  test('throttling every read for ten minutes delays the verdict and does not change it', async () => {
    const { data, execution, lagSeconds } = await watched.watch({
      meanwhile: async () => {
        await watched.clock.sleep(540_000);
        watched.cloud.simulator.faults.request({
          kind: 'throttle',
          operation: 'GetDICOMImportJob',
          forSeconds: 600,
        });
      },
    });

    expect(data.outcome).toBe('SUCCEEDED');
    expect(execution.steps).toContainEqual(
      expect.objectContaining({
        what: 'failed',
        data: expect.objectContaining({ name: 'HealthImagingUnavailable' }),
      }),
    );
    // Throttled until nine minutes after the end; the retries are at most two minutes apart.
    expect(lagSeconds).toBeGreaterThanOrEqual(540);
    expect(lagSeconds).toBeLessThanOrEqual(660);
  });

  test.each(['500', '503', 'drop'] as const)('answering with %s for a while is survived', async (kind) => {
    const { data } = await watched.watch({
      meanwhile: async () =>
        watched.cloud.simulator.faults.request({ kind, operation: 'GetDICOMImportJob', times: 6 }),
    });

    expect(data.outcome).toBe('SUCCEEDED');
  });

  test('refusing the read fails the execution at that very step, after three more tries', async () => {
    watched.cloud.simulator.faults.request({ kind: 'denied', operation: 'GetDICOMImportJob' });
    const { execution, events } = await watched.watch();

    expect(execution).toMatchObject({ status: 'FAILED', error: { name: 'HealthImagingRefused' } });
    expect(execution.steps.filter(({ what }) => what === 'failed').map(({ state }) => state)).toEqual(
      Array(4).fill('Check import job'),
    );
    expect(events.map((event) => event['detail-type'])).toEqual([PUBLISHED.watchFailed]);
  });
});

test.each([
  ['a missing id', { datastoreId: DATASTORE_ID }],
  ['a malformed id', { datastoreId: 'nope', jobId: 'a1' }],
  ['something more', { datastoreId: DATASTORE_ID, jobId: 'a1', patient: 'DOE^JANE' }],
])('an execution input with %s fails at once', async (_, input) => {
  const execution = await watched.clock.run(async () =>
    watched.cloud.machine.start(`wrong-${JSON.stringify(input).length}`, JSON.stringify(input)),
  );
  await watched.clock.idle();

  expect(execution).toMatchObject({ status: 'FAILED', error: { name: 'InvalidWatchInput' } });
  expect(execution.error?.message).toContain(
    'the execution input must be exactly { "datastoreId", "jobId" }',
  );
  expect(execution.error?.message).not.toContain('DOE^JANE');
  expect(execution.steps.map(({ what }) => what)).toEqual(['entered', 'failed']);
});
