import {
  BatchGetItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  InvalidArn,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CheckResult, ImportReport } from '../../core/domain/notices/notice.ts';
import type { Time } from '../../core/time.ts';
import {
  datastoreId,
  raw,
  type SimulatorWorld,
  startParameters,
  startWorld,
} from '../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../simulator/index.ts';
import { mockClient } from '../support/mock-client.ts';
import { executionArn, thrownBy } from './given.ts';

/** In everything below that could identify a patient, and nowhere else. */
const MARKERS = /ZZDOE|1\.2\.826/;
const UID = '1.2.826.0.1.3680043.77';

type Handler = (time: Time) => (event: unknown) => Promise<unknown>;
let world: SimulatorWorld;
let checkImportJob: Handler;
let summarizeImport: Handler;
let onImportEvent: Handler;
let onWatchEnded: Handler;
let sweep: Handler;
const states = mockClient(SFNClient);
const table = mockClient(DynamoDBClient);
const bus = mockClient(EventBridgeClient);
const topic = mockClient(SNSClient);

beforeAll(async () => {
  world = await startWorld();
  // The handlers' own clients, with their real middleware: they find their endpoints in the environment.
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_MEDICAL_IMAGING: world.simulator.endpoint,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${world.s3Server.port}`,
    POLL_INTERVAL_SECONDS: '1200',
    OVERDUE_AFTER_SECONDS: '21600',
    GIVE_UP_AFTER_SECONDS: '86400',
    STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:111122223333:stateMachine:watch',
    WATCHES_TABLE: 'watches',
    BUS_NAME: 'bus',
    TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:topic',
    DATASTORE_IDS: datastoreId,
    // The links are looked at in test/workflow/patient-data-*.test.ts.
    DISCLOSURE: JSON.stringify({ inEvents: false, inEmails: false, manifestLinks: false }),
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
  });
  ({ checkImportJob } = await import('../../lambda/handlers/check-import-job.ts'));
  ({ summarizeImport } = await import('../../lambda/handlers/summarize-import.ts'));
  ({ onImportEvent } = await import('../../lambda/handlers/on-import-event.ts'));
  ({ onWatchEnded } = await import('../../lambda/handlers/on-watch-ended.ts'));
  ({ sweep } = await import('../../lambda/handlers/sweep.ts'));
  for (const { name, bytes } of writeStudy()) await world.put(`in/ZZDOE/${UID}/${name}`, bytes);
});
afterAll(() => world.stop());

let output: string;
beforeEach(() => {
  output = '';
  const keep = (chunk: unknown) => {
    output += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    vi.spyOn(console, name).mockImplementation((...parts) => void keep(parts.map(String).join(' ')));
  }
  states.reset();
  states.on(StartExecutionCommand).resolves({});
  states.on(SendTaskSuccessCommand).resolves({});
  table.reset();
  table.on(GetItemCommand).resolves({ Item: { taskToken: { S: 'token-1' } } });
  bus.reset();
  bus.on(PutEventsCommand).resolves({});
  topic.reset();
  topic.on(PublishCommand).resolves({});
});
afterEach(() => {
  vi.restoreAllMocks();
  world.simulator.faults.clear();
});

async function start(): Promise<string> {
  const { body } = await raw(
    world.simulator.endpoint,
    'POST',
    `/startDICOMImportJob/datastore/${datastoreId}`,
    {
      ...startParameters,
      inputS3Uri: `s3://in-bucket/in/ZZDOE/${UID}/`,
      outputS3Uri: 's3://out-bucket/out/ZZDOE/',
      jobName: 'ZZDOE-JANE',
      clientToken: crypto.randomUUID(),
      importConfiguration: {
        dicomJsonMetadataImportConfiguration: {
          dicomMetadataMappings: [{ studyInstanceUID: UID, metadataFilePath: 'ZZDOE.json' }],
        },
      },
    },
  );
  return String(body.jobId);
}

function request(jobId: string, more: object = {}, input: object = {}) {
  return {
    watch: { datastoreId, jobId, ...more },
    watchStartedAt: new Date(world.clock.now()).toISOString(),
    executionArn,
    executionInput: { datastoreId, jobId, ...input },
  };
}

const time: Time = { now: () => world.clock.now(), sleep: async () => {} };

/** All that is in an error: what Lambda would log of it. */
function everythingIn(error: Error): string {
  return [error.name, error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n');
}

test('nothing that identifies a patient leaves a check or gets into a log', async () => {
  const jobId = await start();
  const running = await checkImportJob(time)(request(jobId));
  await world.clock.pass(90);
  const finished = await checkImportJob(time)(request(jobId));

  expect([running, finished]).toEqual([
    { next: 'running', jobStatus: 'SUBMITTED', waitSeconds: expect.any(Number), known: true, checks: 1 },
    { next: 'finished', jobStatus: 'COMPLETED', waitSeconds: 1, known: true, checks: 1 },
  ]);
  expect(output).toContain('"message":"checked"');
  expect(output).toContain(jobId);
  expect(output).not.toMatch(MARKERS);
});

describe('a summary', () => {
  /** The report of an import whose manifest quotes what it can. */
  async function summarize(): Promise<ImportReport> {
    const jobId = await start();
    await world.clock.pass(90);
    const failures = [
      `Value 'ZZDOE JANE' is too long`,
      `It doesn't match "ZZDOE JANE"`,
      `Study ${UID} of ZZDOE^JANE exists`,
      `Object in/ZZDOE/1.dcm is empty`,
    ].map((message) => ({
      inputFile: `in/ZZDOE/${UID}.dcm`,
      exception: { exceptionType: 'ValidationException', message },
    }));
    const warning = {
      inputFile: `in/ZZDOE/${UID}.dcm`,
      importResponse: {
        imageSetId: 'set1',
        isPrimary: true,
        warnings: [{ warning_reason_code: 45330, type: 'ZZDOE', message: `ZZDOE ${UID}` }],
      },
    };
    const folder = `out/ZZDOE/${datastoreId}-DicomImport-${jobId}`;
    const write = (name: string, lines: object[]) =>
      world.s3.send(
        new PutObjectCommand({
          Bucket: 'out-bucket',
          Key: `${folder}/${name}`,
          Body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
        }),
      );
    await write('FAILURE/failure.ndjson', failures);
    await write('WARNING/warning.ndjson', [warning]);
    return (await summarizeImport(time)(request(jobId))) as ImportReport;
  }

  test('of an import: neither the log, nor the receipt, nor the email', async () => {
    const { detail, receipt, email } = await summarize();

    expect(detail.data).toMatchObject({
      outcome: 'PARTIALLY_FAILED',
      jobName: 'ZZDOE-JANE',
      importConfiguration: { dicomJsonMetadataImportConfiguration: { dicomMetadataMappingsCount: 1 } },
    });
    expect(output).toContain('"message":"summarized"');
    expect(output).not.toMatch(MARKERS);
    expect(JSON.stringify(receipt)).not.toMatch(MARKERS);
    expect(email.subject + email.body).toContain('Value # is too long');
    expect(email.subject + email.body).not.toMatch(MARKERS);
    expect(JSON.stringify(detail.data.failures)).not.toMatch(MARKERS);
    expect(JSON.stringify(detail.data.warnings)).not.toMatch(MARKERS);
    expect(JSON.stringify(detail.data)).not.toContain(`${UID}.dcm`);
    expect(JSON.stringify(detail.data.importConfiguration)).not.toMatch(MARKERS);
  });

  test('of a failed import: the message is in the event, and masked in the email', async () => {
    world.simulator.faults.job({ failWith: `Study ${UID} of 'ZZDOE'` });
    const { detail, receipt, email } = await summarize();

    expect(detail.data).toMatchObject({ outcome: 'FAILED', message: `Study ${UID} of 'ZZDOE'` });
    expect(output + JSON.stringify(receipt) + email.subject + email.body).not.toMatch(MARKERS);
  });

  test('of a manifest that is not there yet', async () => {
    world.simulator.faults.job({ manifest: 'missing' });
    const error = await thrownBy(summarize);

    expect(error.name).toBe('ManifestNotReady');
    expect(everythingIn(error) + output).not.toMatch(MARKERS);
  });
});

test('an event is handled without repeating it', async () => {
  const jobId = await start();
  const detail = {
    imagingVersion: '1.0',
    datastoreId,
    jobId,
    jobName: 'ZZDOE-JANE',
    jobStatus: 'COMPLETED',
    inputS3Uri: `s3://in-bucket/in/ZZDOE/${UID}/`,
    outputS3Uri: 's3://out-bucket/out/ZZDOE/',
  };
  await onImportEvent(time)({ 'detail-type': 'Import Job Completed', detail });

  expect(output).toContain('"message":"import event"');
  expect(output).toContain('"news":"delivered"');
  expect(output).not.toMatch(MARKERS);
  expect(states.calls()).toHaveLength(2);
  for (const call of states.calls()) expect(JSON.stringify(call.args[0].input)).not.toMatch(MARKERS);
});

test('an event of CloudTrail is refused without repeating it', async () => {
  const detail = {
    userIdentity: { arn: 'arn:aws:iam::111122223333:user/ZZDOE' },
    requestParameters: { jobName: 'ZZDOE-JANE', inputS3Uri: `s3://in-bucket/in/ZZDOE/${UID}/` },
    responseElements: { datastoreId, jobId: '1', jobStatus: 'SUBMITTED' },
  };
  const event = { 'detail-type': 'AWS API Call via CloudTrail', detail };
  const error = await thrownBy(() => onImportEvent(time)(event));

  expect(error.name).toBe('InvalidEvent');
  expect(everythingIn(error) + output).not.toMatch(MARKERS);
  expect(states.calls()).toHaveLength(0);
});

test('an overdue notice has the name and places of the job in its event only', async () => {
  world.simulator.faults.job({ neverEnds: true });
  const jobId = await start();
  await world.clock.pass(21_600);
  const { notice, ...check } = (await checkImportJob(time)(request(jobId))) as CheckResult;

  expect(check).toMatchObject({ next: 'overdue', jobStatus: 'IN_PROGRESS' });
  expect(notice?.detail.data).toMatchObject({
    jobName: 'ZZDOE-JANE',
    inputS3Uri: `s3://in-bucket/in/ZZDOE/${UID}/`,
  });
  expect(JSON.stringify(notice)).not.toContain('ZZDOE.json');
  expect(notice?.email.body).toContain(jobId);
  expect(JSON.stringify([check, notice?.email, notice?.detail.metadata])).not.toMatch(MARKERS);
  expect(output).toContain('"next":"overdue"');
  expect(output).not.toMatch(MARKERS);
});

/** All messages to systems and people, and all requests to the table. */
function everythingSent(): string {
  return [bus, topic, table]
    .flatMap((mock) => mock.calls().map((call) => JSON.stringify(call.args[0].input)))
    .join('\n');
}

/** A watch that failed on what nobody may repeat: `input`, `cause` and an error that is no name. */
function failedWatch(name: string, more: object = {}) {
  const executionArn = `arn:aws:states:us-east-1:111122223333:execution:watch:${name}`;
  states.on(ListExecutionsCommand).resolves({ executions: [] });
  states.on(ListExecutionsCommand, { statusFilter: 'FAILED' }).resolves({
    executions: [
      {
        executionArn,
        name,
        stateMachineArn: 'arn',
        status: 'FAILED',
        startDate: new Date(world.clock.now()),
      },
    ],
  });
  states.on(DescribeExecutionCommand).resolves({
    executionArn,
    name,
    status: 'FAILED',
    input: JSON.stringify({ datastoreId, jobId: '1', jobName: 'ZZDOE-JANE', study: UID }),
    output: `{"ZZDOE":"${UID}"}`,
    error: `ZZDOE^JANE ${UID}`,
    cause: `the input {"jobName":"ZZDOE-JANE"} of ${UID}`,
    redriveStatus: 'REDRIVABLE',
    stopDate: new Date(world.clock.now()),
    ...more,
  });
  states.on(GetExecutionHistoryCommand).resolves({
    events: [
      {
        timestamp: new Date(0),
        type: 'TaskStateEntered',
        id: 2,
        stateEnteredEventDetails: { name: 'Check import job', input: `{"jobName":"ZZDOE ${UID}"}` },
      },
    ],
  });
  return {
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn, input: `{"jobName":"ZZDOE ${UID}"}`, cause: `ZZDOE ${UID}`, error: 'ZZDOE' },
  };
}

describe('a watch that failed', () => {
  beforeEach(() => {
    table.on(GetItemCommand).resolves({});
    table.on(UpdateItemCommand).resolves({});
    table.on(BatchGetItemCommand).resolves({ Responses: { watches: [] } });
    table.on(DescribeTableCommand).resolves({ Table: { CreationDateTime: new Date(world.clock.now()) } });
  });

  test.each([
    ['by its input', 'by-hand', {}],
    [
      'by an error that quotes it',
      `${datastoreId}-1`,
      { input: JSON.stringify({ datastoreId, jobId: '1' }) },
    ],
  ])(
    '%s is reported without input, cause and error, by its event and by the sweep',
    async (_, name, more) => {
      const event = failedWatch(name, more);
      await onWatchEnded(time)(event);
      await sweep(time)({});

      expect(bus.commandCalls(PutEventsCommand)).toHaveLength(2);
      expect(topic.commandCalls(PublishCommand)).toHaveLength(2);
      expect(everythingSent()).toContain('Check import job');
      expect(everythingSent()).not.toMatch(MARKERS);
      expect(output).toContain('"message":"watch failed"');
      expect(output).toContain('"message":"swept"');
      expect(output).not.toMatch(MARKERS);
    },
  );

  test('and cannot be reported leaves nothing in the log either', async () => {
    const event = failedWatch('by-hand');
    bus
      .on(PutEventsCommand)
      .resolves({ Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: `ZZDOE ${UID}` }] });
    const error = await thrownBy(() => onWatchEnded(time)(event));
    await sweep(time)({});

    expect(everythingIn(error)).not.toMatch(MARKERS);
    expect(output).toContain('"message":"a part of the sweep failed"');
    expect(output).not.toMatch(MARKERS);
  });

  test('is reported for an event that is not one, without repeating it', async () => {
    const error = await thrownBy(() => onWatchEnded(time)({ 'detail-type': 'ZZDOE', detail: { name: UID } }));
    expect(error.name).toBe('InvalidEvent');
    expect(everythingIn(error) + output).not.toMatch(MARKERS);
  });
});

describe('a sweep', () => {
  beforeEach(() => {
    states.on(ListExecutionsCommand).resolves({ executions: [] });
    table.on(GetItemCommand).resolves({});
    table.on(BatchGetItemCommand).resolves({ Responses: { watches: [] } });
    table.on(DescribeTableCommand).resolves({ Table: { CreationDateTime: new Date(0) } });
    table.on(QueryCommand).resolves({});
  });

  test('starts the watches of jobs without repeating what HealthImaging lists of them', async () => {
    const jobId = await start();
    await sweep(time)({});

    expect(states.commandCalls(StartExecutionCommand).map((call) => call.args[0].input.name)).toContain(
      `${datastoreId}-${jobId}`,
    );
    for (const call of states.calls()) expect(JSON.stringify(call.args[0].input)).not.toMatch(MARKERS);
    expect(everythingSent()).not.toMatch(MARKERS);
    expect(output).toContain('"message":"swept"');
    expect(output).not.toMatch(MARKERS);
  });

  const quoted = { message: `ZZDOE ${UID}`, $metadata: { httpStatusCode: 500 } };

  test('that fails in part logs the names of errors, not their messages', async () => {
    await start();
    states.on(StartExecutionCommand).rejects(new InvalidArn(quoted));
    table.on(BatchGetItemCommand).resolvesOnce({}).rejects(new InternalServerError(quoted));
    await sweep(time)({});

    expect(output).toContain('"error":"InvalidArn"');
    expect(output).toContain('"error":"InternalServerError"');
    expect(output).not.toMatch(MARKERS);
  });

  test('that fails altogether says nothing of why', async () => {
    states.on(ListExecutionsCommand).rejects(new InvalidArn(quoted));
    table.on(GetItemCommand).rejects(new InternalServerError(quoted));
    const error = await thrownBy(() => sweep(time)({}));

    expect(everythingIn(error) + output).not.toMatch(MARKERS);
  });

  test('that HealthImaging refuses logs the name of the error', async () => {
    world.simulator.faults.request({ kind: 'denied', operation: 'ListDICOMImportJobs' });
    await sweep(time)({});

    expect(output).toContain('"error":"AccessDeniedException"');
    expect(output).not.toMatch(/not authorized|ZZDOE/);
  });
});

describe('errors', () => {
  test.each(['throttle', 'denied', 'drop'] as const)('of HealthImaging (%s)', async (kind) => {
    const jobId = await start();
    world.simulator.faults.request({ kind, operation: 'GetDICOMImportJob' });
    for (const handler of [checkImportJob, summarizeImport]) {
      const error = await thrownBy(() => handler(time)(request(jobId)));
      expect(error.name).toMatch(/^HealthImaging/);
      // What the simulator says with them.
      expect(everythingIn(error) + output).not.toMatch(/Rate exceeded|not authorized|ZZDOE/);
    }
  });

  test.each([
    ['checkImportJob', {}, { jobId: 'ZZDOE' }, 'InvalidWatchInput'],
    ['checkImportJob', {}, { jobName: 'ZZDOE' }, 'InvalidWatchInput'],
    ['summarizeImport', { jobId: 'ZZDOE' }, {}, 'UnreadablePayload'],
  ] as const)('of a payload that %s does not take', async (name, more, input, expected) => {
    const handler = { checkImportJob, summarizeImport }[name];
    const error = await thrownBy(() => handler(time)(request('1', more, input)));
    expect(error.name).toBe(expected);
    expect(everythingIn(error) + output).not.toMatch(MARKERS);
  });

  test('of an event that is none', async () => {
    const detail = { datastoreId: 'ZZDOE', jobId: UID, jobStatus: 'ZZDOE', jobName: 'ZZDOE' };
    const error = await thrownBy(() =>
      onImportEvent(time)({ 'detail-type': 'Import Job Completed', detail }),
    );
    expect(error.name).toBe('InvalidEvent');
    expect(everythingIn(error) + output).not.toMatch(MARKERS);
  });
});
