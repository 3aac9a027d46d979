import { deepStrictEqual, ok, partialDeepStrictEqual, strictEqual } from 'node:assert';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import type { JobFault } from '../../../simulator/index.ts';
import { type Expectation, type Title, VERDICTS } from '../../fixtures/verdicts.ts';
import {
  checks,
  completed,
  datastore,
  entered,
  expectBudget,
  expectVerdict,
  failedId,
  failedWatch,
  failures,
  finishedId,
  nameOf,
  news,
  overdueId,
  type Scenario,
  type Scenarios,
  tellStatus,
  together,
  verdict,
  wokenByNews,
} from './playing.ts';
import { GIVE_UP_MINUTES, OVERDUE_MINUTES } from './world.ts';

const wrongInput =
  (name: string, input: object): Scenario =>
  async (world) => {
    await world.moto.startExecution(name, JSON.stringify(input));
    const { status, error, cause = '' } = await world.ended(name);
    deepStrictEqual([status, error], ['FAILED', 'InvalidWatchInput']);
    ok(cause.includes('the execution input must be exactly { \\"datastoreId\\", \\"jobId\\" }'), cause);
    ok(!cause.includes('DOE^JANE'));
    strictEqual(failures(await world.moto.history(name)).length, 1);
    // The next sweep tells.
    return [failedId(name)];
  };

const survived =
  (kind: '500' | '503' | 'drop' | 'throttle', datastoreId: string): Scenario =>
  async (world) => {
    world.cloud.simulator.faults.request({ kind, operation: 'GetDICOMImportJob', datastoreId, times: 6 });
    const job = await world.import({ datastoreId });
    const history = await expectVerdict(world, job, { outcome: 'SUCCEEDED' });
    // Two requests an attempt.
    deepStrictEqual(failures(history), Array(3).fill('HealthImagingUnavailable'));
    return [finishedId(job)];
  };

/** What is played before the rest, since it has to be in time. */
export const WOKEN: Scenarios = {
  'is SUCCEEDED when every file was imported, and the watch reports it the moment the job ends': wokenByNews(
    async (world) => {
      const title =
        'is SUCCEEDED when every file was imported, and the watch reports it the moment the job ends';
      const job = await world.import(VERDICTS[title].given);
      return { job, history: await expectVerdict(world, job, VERDICTS[title].data) };
    },
  ),
};

/** A verdict that comes only when a manifest has been waited for. */
const afterFiveMinutes =
  (title: Title): Scenario =>
  async (world) => {
    const { given, data }: Expectation = VERDICTS[title];
    const job = await world.import(given);
    await world.failing(job, 'ManifestNotReady');
    await world.clock.rest(5);
    const history = await expectVerdict(world, job, data);
    strictEqual(entered(history, 'Summarize import').length, 1);
    return [finishedId(job)];
  };

/** A verdict that waits for files which are late; a few seconds are enough where time cannot be held. */
const late = (title: Title, fault: JobFault): Scenario =>
  verdict(title, fault, (history) => ok(failures(history).includes('ManifestNotReady')));

/** Imports whose verdict is all that is asked, with what is asked beside of some of them. */
const PLAIN: Partial<Record<Title, Scenario>> = Object.fromEntries(
  (
    [
      'is PARTIALLY_FAILED when some files were refused, with the reasons',
      'is PARTIALLY_FAILED when HealthImaging itself failed on a file',
      'is NOTHING_IMPORTED when every file was refused, although the job is COMPLETED',
      'is NOTHING_IMPORTED when the prefix is empty',
      'is FAILED when the job failed, with its message and without waiting for a manifest',
      'doubled: one execution, one verdict',
      'reordered: the last is the first, with the same verdict',
      'with a line cut off: said, and no clean success',
      'with a line that nobody expected: it does not take the verdict away',
    ] as const
  ).map((title) => [title, verdict(title)]),
);

/** As `test/workflow/follows-imports.test.ts` plays them, by the titles there. */
export const FOLLOWS_IMPORTS: Readonly<Record<string, Scenario | string>> = {
  ...PLAIN,

  'is ABANDONED when the job never ends, at the deadline and far below the history limit': async (world) => {
    const title = 'is ABANDONED when the job never ends, at the deadline and far below the history limit';
    const job = await world.import(VERDICTS[title].given);
    // Two turns of the loop, for their events in the history.
    await world.waiting(job, 3);
    await world.clock.rest(OVERDUE_MINUTES);
    await world.published(overdueId(job));
    await world.clock.rest(GIVE_UP_MINUTES);
    const history = await expectVerdict(world, job, VERDICTS[title].data);
    partialDeepStrictEqual(checks(history).at(-1), { next: 'abandoned', jobStatus: 'IN_PROGRESS' });
    expectBudget(history);
    return [overdueId(job), finishedId(job)];
  },

  'is none when there never was such a job: the watch ends in silence after five minutes': async (world) => {
    const job = { datastoreId: DATASTORE_ID, jobId: 'nosuchjob' };
    await world.moto.startExecution(nameOf(job), JSON.stringify(job));
    await world.waiting(job);
    await world.clock.rest(5);
    const { status, output = '' } = await world.ended(nameOf(job));
    strictEqual(status, 'SUCCEEDED');
    partialDeepStrictEqual(JSON.parse(output), { next: 'unknown' });
    return [];
  },

  'lost: the end is found by polling, with the same verdict': verdict(
    'lost: the end is found by polling, with the same verdict',
    undefined,
    (history) => {
      deepStrictEqual(news(history), []);
      partialDeepStrictEqual(checks(history).at(-1), { next: 'finished' });
    },
  ),

  'of the end only: it starts the watch, which finds the job ended': verdict(
    'of the end only: it starts the watch, which finds the job ended',
    undefined,
    (history) => {
      deepStrictEqual(checks(history), [
        { next: 'finished', jobStatus: 'COMPLETED', waitSeconds: 1, known: true, checks: 1 },
      ]);
    },
  ),

  'an hour late: polling was first, and they change nothing': async (world) => {
    const job = await world.import({ fault: { eventsLost: ['SUBMITTED'], eventsDelayedSeconds: 20 } });
    await world.moto.startExecution(nameOf(job), JSON.stringify(job));
    const history = await expectVerdict(world, job, { outcome: 'SUCCEEDED' });
    strictEqual(entered(history, 'Publish outcome').length, 1);
    await world.delivered(job, 2);
    return [finishedId(job)];
  },

  'before the job shows its end: the watch looks again soon, not after its ordinary wait': async (world) => {
    const job = await world.import({ fault: { neverEnds: true } });
    await world.waiting(job);
    world.cloud.buses.publish('default', completed(job));
    await world.waiting(job, 2);
    const history = await world.moto.history(nameOf(job));
    const [, second] = checks(history);
    deepStrictEqual(news(history), [{ jobStatus: 'COMPLETED' }]);
    partialDeepStrictEqual(second, { next: 'running', jobStatus: 'IN_PROGRESS', waitSeconds: 10 });
    await world.clock.rest(GIVE_UP_MINUTES);
    await expectVerdict(world, job, { outcome: 'ABANDONED' });
    return [overdueId(job), finishedId(job)];
  },

  'that no function can read end in its dead-letter queue': 'no state machine takes part',

  'late: the verdict waits for it': late('late: the verdict waits for it', { manifestDelaySeconds: 10 }),
  'whose list of imported files is later than the counters is waited for': late(
    'whose list of imported files is later than the counters is waited for',
    { successDelaySeconds: 10 },
  ),
  'whose list of refused files is later than the counters is waited for': late(
    'whose list of refused files is later than the counters is waited for',
    { failureDelaySeconds: 10 },
  ),
  'whose list of server errors is later than the counters is waited for': late(
    'whose list of server errors is later than the counters is waited for',
    { filesWithServerError: 1, failureDelaySeconds: 10 },
  ),

  ...Object.fromEntries(
    (
      [
        'missing: UNVERIFIED, never success, after five minutes',
        'corrupt: UNVERIFIED',
        'without its list of imported files: UNVERIFIED, for counters alone prove nothing',
        'without its list of failures: the counters decide, and the gap is reported',
      ] as const
    ).map((title) => [title, afterFiveMinutes(title)]),
  ),

  'throttling every read for ten minutes delays the verdict and does not change it': survived(
    'throttle',
    datastore(2),
  ),

  'answering with %s for a while is survived': together(
    survived('500', datastore(3)),
    survived('503', datastore(4)),
    survived('drop', datastore(5)),
  ),

  'refusing the read fails the execution at that very step, after three more tries': async (world) => {
    const job = await failedWatch(world);
    await tellStatus(world, nameOf(job));
    await world.published(failedId(nameOf(job)));
    return [failedId(nameOf(job))];
  },

  'an execution input with %s fails at once': together(
    wrongInput('wrong-1', { datastoreId: DATASTORE_ID }),
    wrongInput('wrong-2', { datastoreId: 'nope', jobId: 'a1' }),
    wrongInput('wrong-3', { datastoreId: DATASTORE_ID, jobId: 'a1', patient: 'DOE^JANE' }),
  ),
};
