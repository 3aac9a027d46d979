import { Duration } from 'aws-cdk-lib';
import { JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ImportJobId } from '../../core/contract/names.ts';
import { ImportDicom, type ImportOutcomeOptions, WatchDicomImport } from '../../lib/index.ts';
import type { Definition } from '../../local/definition.ts';
import { INPUT_BUCKET, OUTPUT_BUCKET } from '../../local/demo-stack.ts';
import { DATASTORE_ID, putFiles } from '../../local/import-files.ts';
import type { Execution, LocalStateMachine } from '../../local/state-machine.ts';
import { pipelineDefinition } from '../../proof/fixtures/pipeline-definition.ts';
import { writeStudy } from '../../simulator/index.ts';
import { startPipeline } from '../support/pipeline.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;
type Options = Omit<ImportOutcomeOptions, 'watcher'>;

let watched: WatchedCloud;
beforeAll(async () => {
  watched = await WatchedCloud.start();
});
afterEach(async () => {
  watched.cloud.simulator.faults.clear();
  await watched.clock.idle();
  await watched.takeMessages();
});
afterAll(() => watched.stop());

let runs = 0;
function start(definition: Definition, input: object): { pipeline: LocalStateMachine; execution: Execution } {
  const pipeline = startPipeline(watched, definition);
  return { pipeline, execution: pipeline.start(`run-${++runs}`, JSON.stringify(input)) };
}

const importing = (options: Options = {}) =>
  pipelineDefinition(
    (stack, watcher, dataAccessRole) =>
      new ImportDicom(stack, 'Import', {
        watcher,
        datastoreId: DATASTORE_ID,
        inputS3Uri: JsonPath.stringAt('$.input'),
        outputS3Uri: `s3://${OUTPUT_BUCKET}/`,
        dataAccessRole,
        ...options,
      }),
  ).definition;
const watching = (options: Options = {}) =>
  pipelineDefinition(
    (stack, watcher) =>
      new WatchDicomImport(stack, 'Watch', {
        watcher,
        datastoreId: JsonPath.stringAt('$.job.datastoreId'),
        jobId: JsonPath.stringAt('$.job.jobId'),
        ...options,
      }),
  ).definition;

/** Puts a study into the input bucket and imports it by the pipeline. */
async function importStudy(definition: Definition, { withBrokenFiles = false } = {}): Promise<Execution> {
  const prefix = `pipeline-${runs}/`;
  await putFiles(watched.cloud, prefix, writeStudy({ withBrokenFiles }));
  const { execution } = start(definition, { input: `s3://${INPUT_BUCKET}/${prefix}`, patientFree: true });
  await watched.clock.idle();
  return execution;
}
/** No watch can read a job, and each fails. */
const denyReads = (forSeconds: number) =>
  watched.cloud.simulator.faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', forSeconds });
const nameOf = ({ datastoreId, jobId }: ImportJobId) => `${datastoreId}-${jobId}`;
const outcomeOf = (job: ImportJobId, outcome: string) => ({
  ...job,
  outcome,
  eventId: `${nameOf(job)}-finished`,
});

describe('an import', () => {
  test('comes back with its outcome, and what the state had before', async () => {
    const { status, output } = await importStudy(importing());
    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual({
      input: expect.stringMatching(/^s3:/),
      patientFree: true,
      dicomImport: {
        datastoreId: DATASTORE_ID,
        jobId: expect.stringMatching(/^[0-9a-f]{32}$/),
        outcome: 'SUCCEEDED',
        eventId: expect.stringMatching(/-finished$/),
      },
    });
  });

  test('is branched on: files were refused, and the job is COMPLETED', async () => {
    const { output } = await importStudy(importing(), { withBrokenFiles: true });
    expect(output).toMatchObject({ dicomImport: { outcome: 'PARTIALLY_FAILED' } });
  });

  test('fails by an outcome that is not wanted, with its name', async () => {
    const { status, error } = await importStudy(importing({ failOn: ['PARTIALLY_FAILED', 'FAILED'] }), {
      withBrokenFiles: true,
    });
    expect([status, error?.name]).toEqual(['FAILED', 'DicomImport.PARTIALLY_FAILED']);
  });

  test('goes on by an outcome that is wanted', async () => {
    const { status, output } = await importStudy(importing({ failOn: ['PARTIALLY_FAILED', 'FAILED'] }));
    expect([status, output]).toEqual([
      'SUCCEEDED',
      expect.objectContaining({ dicomImport: expect.any(Object) }),
    ]);
  });

  test('is started again when HealthImaging throttles', async () => {
    watched.cloud.simulator.faults.request({
      kind: 'throttle',
      operation: 'StartDICOMImportJob',
      forSeconds: 2 * MINUTE,
    });
    expect((await importStudy(importing())).status).toBe('SUCCEEDED');
  });
});

describe('the outcome comes back', () => {
  test('when the watch was begun by an event', async () => {
    const job = await watched.import();
    await watched.pass(MINUTE);
    expect(watched.executionOf(job)?.status).toBe('RUNNING');
    const { execution } = start(watching(), { job });
    await watched.clock.idle();
    expect(execution.output).toEqual({ job, dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('when no event comes, and the pipeline begins the watch', async () => {
    const job = await watched.import({ fault: { eventsLost: true } });
    const { execution } = start(watching(), { job });
    await watched.clock.idle();
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
    expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
  });

  test('when the pipeline begins the watch, and the events come after', async () => {
    const job = await watched.import({ fault: { eventsDelayedSeconds: 2 * MINUTE } });
    const { execution } = start(watching(), { job });
    await watched.pass(MINUTE);
    // No event has come yet: the pipeline began it.
    const watch = watched.executionOf(job);
    expect([watch?.status, watch?.steps.some(({ state }) => state === 'Wait for news')]).toEqual([
      'RUNNING',
      true,
    ]);
    await watched.clock.idle();
    expect(execution.output).toEqual({ job, dicomImport: outcomeOf(job, 'SUCCEEDED') });
    // The event found the watch, and woke it.
    expect([...watched.cloud.machine.executions.keys()].filter((name) => name.includes(job.jobId))).toEqual([
      nameOf(job),
    ]);
  });

  test('when the events come twice and last to first, around the start of the pipeline', async () => {
    const job = await watched.import({ fault: { eventsReordered: true, eventsDoubled: true } });
    const { execution } = start(watching(), { job });
    await watched.clock.idle();
    expect(execution.output).toEqual({ job, dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('when the watch had ended before', async () => {
    const { jobId } = await watched.watch();
    const job = { datastoreId: DATASTORE_ID, jobId };
    const { execution } = start(watching(), { job });
    await watched.clock.idle();
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('when somebody else began the watch with input that is written otherwise', async () => {
    const job = await watched.import({ fault: { eventsLost: true } });
    const { datastoreId, jobId } = job;
    watched.cloud.machine.start(nameOf(job), `{ "jobId": "${jobId}", "datastoreId": "${datastoreId}" }`);
    const { execution } = start(watching(), { job });
    await watched.clock.idle();
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('when somebody else’s watch with other input had ended before', async () => {
    const job = await watched.import({ fault: { eventsLost: true } });
    const { datastoreId, jobId } = job;
    watched.cloud.machine.start(nameOf(job), `{ "jobId": "${jobId}", "datastoreId": "${datastoreId}" }`);
    await watched.clock.idle();
    expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
    const { execution } = start(watching(), { job });
    await watched.clock.idle();
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('when the watch had failed before the pipeline came, and is redriven after', async () => {
    denyReads(20 * MINUTE);
    const job = await watched.import();
    await watched.pass(HOUR);
    expect(watched.executionOf(job)?.status).toBe('FAILED');
    const { execution } = start(watching(), { job });
    await watched.pass(MINUTE);
    expect(execution.status).toBe('RUNNING');
    await watched.sweep();
    await watched.clock.idle();
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
    expect(watched.executionOf(job)?.redriveCount).toBe(1);
  });

  test('when the watch failed again and again, and one of another name took its place', async () => {
    denyReads(4 * DAY);
    const job = await watched.import();
    const { execution } = start(watching({ repairWithin: Duration.days(10) }), { job });
    for (let redrives = 0; redrives < 7; redrives++) {
      await watched.pass(9 * HOUR);
      await watched.sweep();
    }
    await watched.pass(DAY);
    watched.cloud.simulator.faults.clear();
    await watched.sweep();
    await watched.clock.idle();
    expect([watched.executionOf(job)?.status, watched.executionOf(job, 2)?.status]).toEqual([
      'FAILED',
      'SUCCEEDED',
    ]);
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('when the watch failed, and was redriven by the sweep', async () => {
    denyReads(20 * MINUTE);
    const job = await watched.import();
    const { execution } = start(watching(), { job });
    await watched.pass(HOUR);
    expect(execution.status).toBe('RUNNING');
    await watched.sweep();
    await watched.clock.idle();
    expect(execution.output).toMatchObject({ dicomImport: outcomeOf(job, 'SUCCEEDED') });
  });

  test('twice, to two pipelines that watch the same job', async () => {
    const job = await watched.import();
    const both = [start(watching(), { job }), start(watching({ resultPath: '$.other' }), { job })];
    await watched.clock.idle();
    expect(both.map(({ execution }) => execution.output)).toEqual([
      { job, dicomImport: outcomeOf(job, 'SUCCEEDED') },
      { job, other: outcomeOf(job, 'SUCCEEDED') },
    ]);
  });
});

test('a watch that nobody repairs fails the pipeline in time, by name', async () => {
  denyReads(99 * HOUR);
  const job = await watched.import();
  const begun = watched.clock.now();
  const { execution } = start(watching({ repairWithin: Duration.hours(6) }), { job });
  await watched.clock.idle();
  expect([execution.status, execution.error?.name]).toEqual(['FAILED', 'DicomImport.WatchFailed']);
  const hours = (watched.clock.now() - begun) / HOUR / 1000;
  expect(hours).toBeGreaterThan(6);
  expect(hours).toBeLessThan(7);
  // A wait costs some ten events of the 25,000 of a history.
  expect(execution.steps.length).toBeLessThan(500);
});

test('a job that there is not fails the pipeline in time, by the same name', async () => {
  const job = { datastoreId: DATASTORE_ID, jobId: '0'.repeat(32) };
  const { execution } = start(watching({ repairWithin: Duration.hours(1) }), { job });
  await watched.clock.idle();
  expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
  expect([execution.status, execution.error?.name]).toEqual(['FAILED', 'DicomImport.WatchFailed']);
});

test('a pipeline that is stopped leaves the watch alone', async () => {
  const job = await watched.import();
  const { pipeline, execution } = start(watching(), { job });
  await watched.pass(MINUTE);
  pipeline.abort(execution.name);
  await watched.clock.idle();
  expect(watched.executionOf(job)?.status).toBe('SUCCEEDED');
});
