import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordedVerdict } from '../../../cli/aws/recorded-verdict.ts';
import { NO_RECORD } from '../../../core/aws/watches.ts';
import { campaignReportSchema } from '../../../core/contract/campaign.ts';
import type { ImportJobId } from '../../../core/contract/names.ts';
import { OUTPUT_BUCKET } from '../../../local/demo-stack.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { tooWide, unwrapped } from '../run-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

let world: WatchedAccount;
let partly: ImportJobId;
beforeAll(async () => {
  world = await startWatchedAccount();
  const { watched } = world;
  partly = await watched.import({ files: writeStudy() });
  await watched.import({ files: writeStudy({ withBrokenFiles: false }) });
  await watched.import({ fault: { failWith: 'no' } });
  await watched.import({ files: writeStudy({ seed: 2 }), fault: { manifest: 'missing' } });
  await watched.pass(3600);
});
afterAll(() => world.stop());

const list = (...args: string[]) => world.cli('list', '--datastore-id', DATASTORE_ID, ...args);
const summary = async (...args: string[]) => {
  const { status, stdout, stderr } = await list('--summary', '--json', ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return campaignReportSchema.parse(JSON.parse(stdout));
};

test('the table and the manifests say the same of the jobs of a data store', async () => {
  const place = `s3://${OUTPUT_BUCKET}/`;
  const { stdout } = await world.cli('report', place, '--datastore-id', DATASTORE_ID, '--format', 'json');
  const read = campaignReportSchema.parse(JSON.parse(stdout));
  const recorded = await summary();
  expect(recorded.jobs.total).toBe(4);
  const { generatedAt: _, location, failures, unexplained, warnings, ...known } = read;
  const { contradictory, repeated, ...jobs } = known.jobs;
  expect({ ...recorded, generatedAt: '' }).toEqual({ ...known, jobs, generatedAt: '' });
  // What only the manifests say, and the schema lets be absent.
  for (const only of [location, failures, unexplained, warnings, contradictory, repeated]) {
    expect(only).toBeDefined();
  }
});

test('a person reads it as a report', async () => {
  const { status, stdout, stderr } = await list('--summary');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Jobs +4: 1 SUCCEEDED, 1 PARTIALLY_FAILED, 1 FAILED, 1 UNVERIFIED$/m);
  expect(stdout).toContain(partly.jobId);
  expect(stdout).not.toContain('Why files were rejected');
  expect(tooWide(stdout)).toEqual([]);
});

test('jobs that run, that have no verdict, or no counts, are not passed over in silence', async () => {
  const { watched } = world;
  const { faults } = watched.cloud.simulator;
  await watched.clock.run(async () => {
    await watched.import({ fault: { eventsLost: true } });
    const { jobs, progress } = await summary();
    expect([jobs.total, progress]).toMatchObject([4, { ended: 4, expected: 5, running: 1, percent: 80 }]);
  });
  faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', forSeconds: 1200 });
  await watched.pass(1200);
  await watched.tableClient.send(
    new UpdateItemCommand({
      TableName: watched.table,
      Key: { datastoreId: { S: partly.datastoreId }, jobId: { S: partly.jobId } },
      UpdateExpression: 'REMOVE verdict',
    }),
  );
  const { stdout, stderr } = await list('--summary');
  expect(stdout).toMatch(/^Progress +75 %, 3 of 4, 0 running/m);
  expect(unwrapped(stderr)).toContain('Left out: 1 job with an outcome, but without counts in the table.');
  expect(unwrapped(stderr)).toContain('No verdict yet: 1 job that ended.');
});

test('without a watcher, and without a verdict, it says what to do', async () => {
  const none = await list('--summary', '--stack', 'Other');
  expect(none.status).toBe(1);
  expect(unwrapped(none.stderr)).toContain(
    'Without a watcher, report s3://bucket/prefix/ reads the manifests.',
  );
  const { status, stderr } = await list('--summary', '--since', '2100-01-01');
  expect(status).toBe(1);
  expect(unwrapped(stderr)).toContain('has a verdict with counts');
});

test('the counts are those of the verdict that holds', () => {
  const job = { datastoreId: DATASTORE_ID, jobId: 'a1' };
  const verdictOf = (id: string) => ({
    outcome: 'SUCCEEDED',
    summary: 's',
    eventId: `${DATASTORE_ID}-a1-finished${id}`,
  });
  const read = (id: string, more = {}) =>
    recordedVerdict(job, {
      ...NO_RECORD,
      outcome: 'ABANDONED',
      verdict: JSON.stringify(verdictOf(id)),
      ...more,
    });
  expect(read('')).toEqual(verdictOf(''));
  expect(read('-2', { laterOutcome: 'SUCCEEDED' })).toEqual(verdictOf('-2'));
  // A sweep recorded the later outcome, or the watch of the first one was late.
  expect(read('', { laterOutcome: 'SUCCEEDED' })).toBeUndefined();
  expect(recordedVerdict(job, NO_RECORD)).toBeUndefined();
});
