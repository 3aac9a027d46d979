import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateTableCommand, type CreateTableCommandInput, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DATASTORE_ID } from '../../local/import-files.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const outdir = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-image-sets-'));

// biome-ignore lint/suspicious/noExplicitAny: resources of any kind
type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties: any }>>;
interface Batch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

let watched: WatchedCloud;
let resources: Resources;
let handler: (batch: Batch) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>;

/** The only resource of a type whose logical id begins like this. */
function resource(type: string, id: string): [id: string, properties: Resources[string]['Properties']] {
  const [found, ...more] = Object.entries(resources).filter(
    ([each, { Type }]) => Type === type && each.startsWith(id),
  );
  if (!found || more.length > 0) throw new Error(`the template has not one ${type} ${id}`);
  return [found[0], found[1].Properties];
}

beforeAll(async () => {
  // The function as it would be deployed, and the table as the template has it.
  await promisify(execFile)(process.execPath, [join(ROOT, 'examples/image-sets.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: outdir },
  });
  resources = JSON.parse(readFileSync(join(outdir, 'ImageSets.template.json'), 'utf8')).Resources;
  const [, { Code }] = resource('AWS::Lambda::Function', 'FillTable');
  const [table, { KeySchema, AttributeDefinitions }] = resource('AWS::DynamoDB::Table', 'Imports');
  watched = await WatchedCloud.start();
  const input = { TableName: table, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' };
  await watched.tableClient.send(new CreateTableCommand(input as CreateTableCommandInput));
  process.env.TABLE = table;
  // Lambda brings the SDK.
  await symlink(join(ROOT, 'node_modules'), join(outdir, 'node_modules'));
  const bundle = join(outdir, `asset.${Code.S3Key.replace('.zip', '')}`, 'index.js');
  ({ handler } = createRequire(import.meta.url)(bundle));
});
afterAll(async () => {
  await watched.stop();
  await rm(outdir, { recursive: true });
});

/** Plays the function with these messages. @returns the numbers of those that it gives back. */
async function deliver(...bodies: readonly string[]): Promise<number[]> {
  const Records = bodies.map((body, index) => ({ messageId: String(index), body }));
  const { batchItemFailures } = await handler({ Records });
  return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
}

/** The items of a job, by `item`, with the key of the job left out. */
async function itemsOf(datastoreId: string, jobId: string): Promise<Record<string, object>> {
  const TableName = process.env.TABLE ?? '';
  const { Items = [] } = await watched.tableClient.send(new ScanCommand({ TableName }));
  const mine = Items.filter(({ job }) => job?.S === `${datastoreId}/${jobId}`);
  return Object.fromEntries(
    mine.map(({ job: _, item, ...rest }) => [
      item?.S,
      Object.fromEntries(
        Object.entries(rest).map(([name, { S, N, BOOL }]) => [
          name,
          S ?? BOOL ?? (N === undefined ? undefined : Number(N)),
        ]),
      ),
    ]),
  );
}

const read = (example: string) => readFileSync(join(ROOT, `docs/examples/${example}.json`), 'utf8');

test('the table has each import, and of each image set what the job manifest says', async () => {
  const outcomes: unknown[] = [];
  for (const imported of [await watched.watch(), await watched.watch()]) {
    const bodies = imported.events.map((event) => JSON.stringify(event));
    expect(bodies.length).toBeGreaterThan(0);
    // Delivery is at least once.
    for (const body of [...bodies, ...bodies]) expect(await deliver(body)).toEqual([]);
    const { Body } = await watched.cloud.s3.send(
      new GetObjectCommand({
        Bucket: 'hospital-import-output',
        Key: `imports/${DATASTORE_ID}-DicomImport-${imported.jobId}/job-output-manifest.json`,
      }),
    );
    const { jobSummary } = JSON.parse((await Body?.transformToString()) ?? '');
    const { import: job, ...sets } = await itemsOf(DATASTORE_ID, imported.jobId);
    const written = jobSummary.imageSetsSummary.map((set: Record<string, unknown>) => [
      set.imageSetId,
      {
        version: set.imageSetVersion,
        isPrimary: set.isPrimary,
        instances: set.numberOfMatchedSOPInstances,
      },
    ]);
    expect(written.length).toBeGreaterThan(1);
    expect(sets).toEqual(Object.fromEntries(written));
    outcomes.push(job);
  }
  const counts = { outcome: 'SUCCEEDED', generated: 2, nonPrimary: 0, imageSetsOmitted: 0 };
  expect(outcomes).toEqual([
    { ...counts, created: 2, changed: 0 },
    { ...counts, created: 0, changed: 2 },
  ]);
});

test('more image sets than one call may write are written, and how many the event left out', async () => {
  const event = JSON.parse(read('succeeded'));
  const items = Array.from({ length: 60 }, (_, index) => ({ imageSetId: `${index}`.padStart(32, '0') }));
  event.detail.data.jobId = 'many';
  event.detail.data.imageSets = { generated: 70, nonPrimary: 0, items };
  event.detail.data.omitted.imageSets = 10;
  expect(await deliver(JSON.stringify(event))).toEqual([]);
  const { import: job, ...sets } = await itemsOf(event.detail.data.datastoreId, 'many');
  expect(Object.keys(sets).sort()).toEqual(items.map(({ imageSetId }) => imageSetId));
  expect(job).toMatchObject({ generated: 70, imageSetsOmitted: 10 });
});

test.each([
  ['first', ['abandoned', 'succeeded-after-abandoned']],
  ['late', ['succeeded-after-abandoned', 'abandoned']],
])('a verdict that supersedes ABANDONED holds, also where that comes %s', async (jobId, examples) => {
  const events = examples.map((name) => JSON.parse(read(name)));
  for (const { detail } of events) detail.data.jobId = jobId;
  expect(await deliver(...events.map((event) => JSON.stringify(event)))).toEqual([]);
  const { import: job } = await itemsOf(events[0].detail.data.datastoreId, jobId);
  expect(job).toMatchObject({ outcome: 'SUCCEEDED', supersedes: expect.any(String) });
});

test('what is no event goes back to the queue, alone; notices that are no verdict do not', async () => {
  expect(await deliver(read('overdue'), '{}', read('watch-failed'), 'no JSON', read('failed'))).toEqual([
    1, 3,
  ]);
  const { datastoreId, jobId } = JSON.parse(read('failed')).detail.data;
  expect(await itemsOf(datastoreId, jobId)).toEqual({ import: { outcome: 'FAILED' } });
});

test('the function may read its queue and write its table, and nothing of S3', () => {
  const [, { Role }] = resource('AWS::Lambda::Function', 'FillTable');
  const roleId = Role['Fn::GetAtt'][0];
  const policies = Object.values(resources).filter(
    ({ Type, Properties }) =>
      Type === 'AWS::IAM::Policy' && JSON.stringify(Properties.Roles).includes(roleId),
  );
  const actions = policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  expect([...new Set(actions)].sort()).toEqual([
    'dynamodb:BatchWriteItem',
    'dynamodb:PutItem',
    'kms:Decrypt',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:ReceiveMessage',
  ]);
  const [, { ManagedPolicyArns, Policies }] = resource('AWS::IAM::Role', roleId);
  expect([JSON.stringify(ManagedPolicyArns).match(/service-role\/\w+/g), Policies]).toEqual([
    ['service-role/AWSLambdaBasicExecutionRole'],
    undefined,
  ]);
});
