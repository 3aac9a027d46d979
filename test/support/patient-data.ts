import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Duration } from 'aws-cdk-lib';
import { vi } from 'vitest';
import type { Disclosure } from '../../core/contract/names.ts';
import { manifestLocations, type S3Location } from '../../core/domain/verdict/manifest-location.ts';
import { log } from '../../lambda/runtime/log.ts';
import { EMAIL, INPUT_BUCKET, OUTPUT_BUCKET } from '../../local/demo-stack.ts';
import { DATASTORE_ID, putFiles } from '../../local/import-files.ts';
import type { Step } from '../../local/state-machine.ts';
import { raw } from '../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../simulator/index.ts';
import { CHAT, WatchedCloud } from './watched-cloud.ts';

/** Somebody who gets digests. */
const HOURLY = 'hourly@hospital.example';

/** What stands in each field and nowhere else. */
const MARKERS: Readonly<Record<string, string>> = {
  'job name': 'ZZNAME',
  'input S3 URI': 'ZZINPUT',
  'output S3 URI': 'ZZOUTPUT',
  'value quoted in the job message': 'ZZMESSAGE',
  'role of the job (`dataAccessRoleArn`)': 'ZZROLE',
  'S3 key of a refused file': 'ZZKEY',
  'value quoted in a reason': 'ZZREASON',
  'id of an image set': 'ZZIMAGESET',
  'type of error of a refused file (`exceptionType`)': 'ZZTYPE',
  'Study Instance UID of the request': '1.2.826.0.1.77',
  'Series Instance UID of the request': '1.2.826.0.1.88',
  'metadata path of the request': 'ZZPATH',
  'unknown member of an execution input': 'ZZMEMBER',
  'name of an execution that somebody started': 'ZZHAND',
};

export type Findings = Record<string, Record<string, boolean>>;

/** The table of docs/patient-data.md for a choice: per field, in which channels it is. */
export function documented(disclosure: Disclosure): Findings {
  const text = readFileSync(fileURLToPath(new URL('../../docs/patient-data.md', import.meta.url)), 'utf8');
  const [head = [], , ...rows] = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const holds = (cell: string) =>
    cell.split(' or ').some((word) => {
      if (word === 'always') return true;
      if (word === 'never') return false;
      const choice = disclosure[word as keyof Disclosure];
      if (choice === undefined) throw new Error(`docs/patient-data.md: '${word}' is no choice`);
      return choice;
    });
  return Object.fromEntries(
    rows.map(([field = '', ...cells]) => [
      field,
      Object.fromEntries(cells.map((cell, index) => [head[index + 1], holds(cell)])),
    ]),
  );
}

/**
 * Plays three imports with a marker in each field, one partly refused, one FAILED, one whose events nobody can read; and an
 * execution that somebody started with an input that is wrong; then the digest of all of them.
 */
export async function observed(disclosure: Disclosure): Promise<Findings> {
  let logs = '';
  const keep = (chunk: unknown) => {
    logs += String(chunk);
    return true;
  };
  const statusEvents: string[] = [];
  const watched = await WatchedCloud.start(
    {
      disclosure,
      chat: true,
      overdueAfter: Duration.minutes(1),
      emails: [EMAIL, CHAT, { address: HOURLY, every: 'hour' }],
    },
    { onStatusEvent: (event) => statusEvents.push(JSON.stringify(event)), chatInbox: true },
  );
  try {
    log.setLogLevel('DEBUG');
    process.env.POWERTOOLS_METRICS_DISABLED = 'false';
    vi.spyOn(process.stdout, 'write').mockImplementation(keep);
    vi.spyOn(process.stderr, 'write').mockImplementation(keep);
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, name).mockImplementation((...parts) => void keep(parts.map(String).join(' ')));
    }
    await refuse(watched);
    await fail(watched);
    publishUnreadable(watched);
    const input = { datastoreId: DATASTORE_ID, jobId: '1', ZZMEMBER: 'ZZMEMBER' };
    watched.cloud.machine.start('ZZHAND', JSON.stringify(input));
    await watched.clock.idle();
    // An event that no function takes, as one that no function could be called for.
    const failed = JSON.parse(statusEvents.findLast((event) => event.includes('FAILED')) ?? '');
    watched.cloud.buses.publish('default', { ...failed, detail: { ...failed.detail, executionArn: 1 } });
    await watched.clock.idle();

    const { machine } = watched.cloud;
    const executions = [...machine.executions.values()];
    const { events, emails, chat } = await watched.takeMessages();
    // With what waits for the digest.
    const table = await watched.tableClient.send(new ScanCommand({ TableName: watched.table }));
    await watched.pass(3600);
    await watched.cloud.schedules.find(({ name }) => name.includes('Digest'))?.fire();
    await watched.clock.idle();
    const digests = await watched.drain(watched.cloud.inboxes.get(HOURLY) ?? '');
    if (!digests.some((digest) => digest.includes('1 PARTIALLY_FAILED'))) throw new Error('no digest came');
    const channels: Record<string, unknown> = {
      // Lambda logs what a function throws.
      'logs, metrics': [logs, executions.flatMap(({ steps }) => steps.flatMap(thrown))],
      'execution input': executions.map(({ input }) => input),
      'execution history': executions.map(({ history }) => history),
      'execution output': [executions.map(({ output }) => output), statusEvents],
      table: table.Items,
      events,
      emails,
      chat,
      digests,
      'dead letters': await watched.drain(watched.queueLike('FunctionDeadLetters')),
    };
    if (!logs.includes('"Namespace":"DicomImportWatcher"')) throw new Error('nothing was measured');
    for (const [name, content] of Object.entries(channels)) {
      // A channel that nothing comes through proves nothing.
      if (!JSON.stringify(content).includes(DATASTORE_ID)) throw new Error(`nothing was seen of ${name}`);
    }
    return Object.fromEntries(
      Object.entries(MARKERS).map(([field, marker]) => [
        field,
        Object.fromEntries(
          Object.entries(channels).map(([name, content]) => [name, JSON.stringify(content).includes(marker)]),
        ),
      ]),
    );
  } finally {
    vi.restoreAllMocks();
    await watched.stop();
  }
}

/** The error of a step that failed. */
function thrown({ what, data }: Step): string[] {
  return what === 'failed' ? [`${(data as Error).name}: ${(data as Error).message}`] : [];
}

async function start({ cloud }: WatchedCloud, jobName: string): Promise<string> {
  await putFiles(
    cloud,
    'in/ZZINPUT/',
    writeStudy().map(({ name, bytes }) => ({ name: `ZZKEY-${name}`, bytes })),
  );
  const { body } = await raw(
    cloud.simulator.endpoint,
    'POST',
    `/startDICOMImportJob/datastore/${DATASTORE_ID}`,
    {
      jobName,
      dataAccessRoleArn: 'arn:aws:iam::000000000000:role/ZZROLE',
      clientToken: crypto.randomUUID(),
      inputS3Uri: `s3://${INPUT_BUCKET}/in/ZZINPUT/`,
      outputS3Uri: `s3://${OUTPUT_BUCKET}/out/ZZOUTPUT/`,
      importConfiguration: {
        dicomJsonMetadataImportConfiguration: {
          dicomMetadataMappings: [
            {
              studyInstanceUID: MARKERS['Study Instance UID of the request'],
              seriesInstanceUID: MARKERS['Series Instance UID of the request'],
              metadataFilePath: 'ZZPATH.json',
            },
          ],
        },
      },
    },
  );
  return String(body.jobId);
}

/** Some files are refused, for a reason that quotes a value. */
async function refuse(watched: WatchedCloud): Promise<void> {
  const { cloud, clock } = watched;
  // No news of the end: there is time to write the reason before the watch looks.
  cloud.simulator.faults.job({ jobName: 'ZZNAME-1', eventsLost: ['COMPLETED'] });
  const jobId = await clock.run(async () => {
    const jobId = await start(watched, 'ZZNAME-1');
    await clock.sleep(602_000);
    const at = manifestLocations(`s3://${OUTPUT_BUCKET}/out/ZZOUTPUT/`, { datastoreId: DATASTORE_ID, jobId });
    await rewrite(cloud, at.failure, '"message":"', (lines) =>
      lines.replace(/"message":"/g, `$&'ZZREASON' of `).replace('ValidationException', 'ZZTYPE'),
    );
    for (const file of [at.job, at.success]) {
      await rewrite(cloud, file, '"imageSetId":"', (text) => text.replace(/"imageSetId":"/g, '$&ZZIMAGESET'));
    }
    return jobId;
  });
  await watched.ended(jobId);
}

/** Changes what HealthImaging wrote. @throws Error where a text is not in it. */
async function rewrite(
  { s3 }: WatchedCloud['cloud'],
  { bucket: Bucket, key: Key }: S3Location,
  text: string,
  change: (text: string) => string,
): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const content = (await Body?.transformToString()) ?? '';
  if (!content.includes(text)) throw new Error(`${Key} has no ${text}`);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: change(content) }));
}

async function fail(watched: WatchedCloud): Promise<void> {
  watched.cloud.simulator.faults.job({ jobName: 'ZZNAME-2', failWith: "Access denied for 'ZZMESSAGE'" });
  await watched.ended(await watched.clock.run(() => start(watched, 'ZZNAME-2')));
}

/** An event of HealthImaging that a function fails on, and that so becomes a dead letter. */
function publishUnreadable({ cloud, clock }: WatchedCloud): void {
  cloud.buses.publish('default', {
    version: '0',
    id: crypto.randomUUID(),
    'detail-type': 'Import Job Submitted',
    source: 'aws.medical-imaging',
    account: '000000000000',
    time: new Date(clock.now()).toISOString(),
    region: 'us-east-1',
    resources: [],
    detail: {
      imagingVersion: '1.0',
      datastoreId: DATASTORE_ID,
      jobId: 'NOT-AN-ID',
      jobName: 'ZZNAME',
      jobStatus: 'SUBMITTED',
      inputS3Uri: 's3://hospital-dicom-input/in/ZZINPUT/',
      outputS3Uri: 's3://hospital-import-output/out/ZZOUTPUT/',
    },
  });
}
