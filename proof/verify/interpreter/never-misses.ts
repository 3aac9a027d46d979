import { ok, partialDeepStrictEqual, strictEqual } from 'node:assert';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ImportJobId, PUBLISHED } from '../../../core/contract/names.ts';
import { watchName } from '../../../core/domain/watch/watch-name.ts';
import {
  completed,
  dataOf,
  datastore,
  expectVerdict,
  failedId,
  failedWatch,
  finishedId,
  nameOf,
  overdueId,
  type Scenarios,
  tellStatus,
  wokenByNews,
} from './playing.ts';
import { GIVE_UP_MINUTES, type InterpreterWorld, OVERDUE_MINUTES } from './world.ts';

/** What is played before the rest, since it has to be in time. */
export const NEWS_BY_SWEEP: Scenarios = {
  'is reported by the sweep to the watch that waits for its end': wokenByNews(async (world) => {
    const job = await world.import({ fault: { eventsLost: ['COMPLETED'] } });
    await world.jobEnded(job);
    await world.sweep();
    return { job, history: await expectVerdict(world, job, { outcome: 'SUCCEEDED' }) };
  }),

  'is reported by the sweep of running jobs to the watch that waits for its end': wokenByNews(
    async (world) => {
      const job = await world.import({ fault: { eventsLost: ['COMPLETED'] } });
      await world.jobEnded(job);
      await world.sweepRunning();
      return { job, history: await expectVerdict(world, job, { outcome: 'SUCCEEDED' }) };
    },
  ),
};

const NO_REDRIVE = 'moto has no RedriveExecution';
const NO_END_TO_CHOOSE = 'the jobs here go by the clock on the wall, and end before they are given up';

/** Minutes until the sweep: after what is waited for five minutes. */
const UNTIL_SWEEP = 6;

/** Lets a job that never ends be overdue, and then be given up. */
async function toTheBitterEnd(world: InterpreterWorld, job: ImportJobId): Promise<readonly string[]> {
  await world.waiting(job);
  await world.clock.rest(OVERDUE_MINUTES);
  await world.published(overdueId(job));
  await world.clock.rest(GIVE_UP_MINUTES);
  await expectVerdict(world, job, { outcome: 'ABANDONED' });
  return [overdueId(job), finishedId(job)];
}

/** As `test/workflow/never-misses.test.ts` plays them, by the titles there. */
export const NEVER_MISSES: Scenarios = {
  'is found by the sweep while it runs, and followed to its end': async (world) => {
    const job = await world.import({ fault: { eventsLost: true, neverEnds: true } });
    strictEqual(await world.moto.describe(nameOf(job)), undefined);
    await world.clock.rest(UNTIL_SWEEP);
    await world.sweep();
    return toTheBitterEnd(world, job);
  },

  'is found by the sweep of running jobs': async (world) => {
    const job = await world.import({ fault: { eventsLost: true, neverEnds: true } });
    await world.clock.rest(UNTIL_SWEEP);
    await world.sweepRunning();
    return toTheBitterEnd(world, job);
  },

  'is found by the sweep although it began and ended since the last one': async (world) => {
    const job = await world.import({ fault: { eventsLost: true } });
    await world.jobEnded(job);
    await world.clock.rest(UNTIL_SWEEP);
    await world.sweep();
    await expectVerdict(world, job, { outcome: 'SUCCEEDED' });
    return [finishedId(job)];
  },

  'is reported once, when it becomes overdue, and followed on': async (world) => {
    const job = await world.import({ fault: { neverEnds: true } });
    const ids = await toTheBitterEnd(world, job);
    const overdue = await world.published(overdueId(job));
    strictEqual(overdue['detail-type'], PUBLISHED.importOverdue);
    const { runningSeconds, ...data } = dataOf(overdue);
    partialDeepStrictEqual(data, {
      ...job,
      jobStatus: 'IN_PROGRESS',
      overdueAfterSeconds: OVERDUE_MINUTES * 60,
    });
    ok(Number(runningSeconds) >= OVERDUE_MINUTES * 60);
    await world.emailed(`OVERDUE: DICOM import ${job.jobId}`);
    return ids;
  },

  'is reported once also across a redrive': NO_REDRIVE,

  'is reported to systems and people, with its step, its error and what to do': async (world) => {
    const job = await failedWatch(world);
    await tellStatus(world, nameOf(job));
    partialDeepStrictEqual(dataOf(await world.published(failedId(nameOf(job)))), {
      ...job,
      executionStatus: 'FAILED',
      failedStep: 'Check import job',
      error: 'HealthImagingRefused',
      redriveCount: 0,
    });
    await world.emailed(`WATCH FAILED: DICOM import ${job.jobId}`);
    return [failedId(nameOf(job))];
  },

  'is reported by the sweep if its status event was lost, and only once': async (world) => {
    const job = await failedWatch(world);
    await world.clock.rest(UNTIL_SWEEP);
    await world.sweep();
    await world.sweep();
    await world.published(failedId(nameOf(job)));
    return [failedId(nameOf(job))];
  },

  'is redriven by the sweep after a while, and publishes its verdict as if nothing had happened': NO_REDRIVE,
  'is reported again when it fails again, and replaced when it was redriven often enough': NO_REDRIVE,

  'that somebody stopped is reported and left alone':
    'moto goes on with the wait of a stopped execution, and then has it FAILED',

  'by its input is reported without that input': async (world) => {
    await world.moto.startExecution('by-hand', JSON.stringify({ patient: 'DOE^JANE' }));
    await tellStatus(world, 'by-hand');
    const event = await world.published(failedId('by-hand'));
    partialDeepStrictEqual(dataOf(event), { executionName: 'by-hand', error: 'InvalidWatchInput' });
    await world.emailed('WATCH FAILED: DICOM import unknown');
    ok(!JSON.stringify([world.events, world.emails]).includes('DOE^JANE'));
    return [failedId('by-hand')];
  },

  'is not published again: by events, sweeps, another watch or a table that forgot': async (world) => {
    const job = await world.import();
    await expectVerdict(world, job, { outcome: 'SUCCEEDED' });
    world.cloud.buses.publish('default', completed(job));
    const watchedBy = async (name: string) => {
      await world.moto.startExecution(name, JSON.stringify(job));
      const { status, output = '' } = await world.ended(name);
      strictEqual(status, 'SUCCEEDED');
      partialDeepStrictEqual(JSON.parse(output), { next: 'told', outcome: 'SUCCEEDED' });
    };
    await watchedBy('by-somebody-else');
    await world.clock.rest(UNTIL_SWEEP);
    await world.sweep();
    await forget(world, job);
    await world.sweep();
    await world.sweep();
    await watchedBy('by-somebody-else-later');
    strictEqual(await world.moto.describe(watchName(job, 2)), undefined);
    return [finishedId(job)];
  },

  'gets one later verdict, which supersedes the first': NO_END_TO_CHOOSE,
  'gets it from the sweep where the event was lost, and no second one': NO_END_TO_CHOOSE,
  'gets it once where its events are doubled': NO_END_TO_CHOOSE,
  'is reported as FAILED if it failed': NO_END_TO_CHOOSE,
  'gets none while it runs, and no watch at each sweep': async (world) => {
    const job = await world.import({ fault: { neverEnds: true } });
    const ids = await toTheBitterEnd(world, job);
    for (let sweeps = 0; sweeps < 3; sweeps++) await world.sweep();
    strictEqual(await world.moto.describe(watchName(job, 2)), undefined);
    return ids;
  },
  'gets it although an event had reported an end that did not come': NO_END_TO_CHOOSE,
  'gets it although its second watch failed': NO_REDRIVE,
  'gets no second later verdict where the table forgot both': NO_END_TO_CHOOSE,

  'is followed by another when the sweep sees the job': async (world) => {
    const datastoreId = datastore(7);
    world.cloud.simulator.faults.request({
      kind: 'not-found',
      operation: 'GetDICOMImportJob',
      datastoreId,
      forSeconds: 8 * 60,
    });
    const job = await world.import({ datastoreId });
    await world.waiting(job);
    await world.clock.rest(5);
    const { output = '' } = await world.ended(nameOf(job));
    strictEqual(JSON.parse(output).next, 'unknown');
    await world.clock.rest(UNTIL_SWEEP);
    await world.sweep();
    strictEqual(await world.moto.describe(watchName(job, 2)), undefined);
    await world.clock.rest(15 - UNTIL_SWEEP);
    await world.sweep();
    strictEqual((await world.ended(watchName(job, 2))).status, 'SUCCEEDED');
    await world.published(finishedId(job));
    return [finishedId(job)];
  },
};

/** Takes what is known of a job out of the table. */
async function forget(world: InterpreterWorld, { datastoreId, jobId }: ImportJobId): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: world.cloud.environment.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const Key = { datastoreId: { S: datastoreId }, jobId: { S: jobId } };
  await client.send(new DeleteItemCommand({ TableName: world.table, Key }));
  client.destroy();
}
