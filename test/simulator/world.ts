import { type ListDICOMImportJobsCommandOutput, MedicalImaging } from '@aws-sdk/client-medical-imaging';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import {
  type ImportJobEvent,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../simulator/index.ts';
import { FakeClock } from './fake-clock.ts';

export const datastoreId = '12345678901234567890123456789012';
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
export const unlimited = { perSecond: 1, burst: Infinity };

/** A simulator on a clock that stands still, S3 with the buckets `in` and `out`, and the SDK's client. */
export interface World {
  clock: FakeClock;
  s3: S3Client;
  s3Server: FauxqsServer;
  simulator: Simulator;
  client: MedicalImaging;
  events: ImportJobEvent[];
  problems: string[];
  put(key: string, body: Uint8Array | string): Promise<void>;
  /** An output file's text; undefined where there is none. */
  output(jobId: string | undefined, name: string): Promise<string | undefined>;
  start(parameters?: Record<string, string>): Promise<string>;
  stop(): Promise<void>;
}

export async function startWorld(
  options: Partial<SimulatorOptions> = {},
  clock = new FakeClock(),
): Promise<World> {
  const s3Server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  s3Server.createBucket('in-bucket');
  s3Server.createBucket('out-bucket');
  const s3Target = { endpoint: `http://127.0.0.1:${s3Server.port}`, credentials };
  const s3 = new S3Client({ ...s3Target, region: 'us-east-1', forcePathStyle: true });
  const events: ImportJobEvent[] = [];
  const problems: string[] = [];
  const simulator = await startSimulator({
    s3: s3Target,
    clock,
    events: (event) => void events.push(event),
    onProblem: (problem) => void problems.push(problem),
    quotas: {
      rates: { StartDICOMImportJob: unlimited, GetDICOMImportJob: unlimited, ListDICOMImportJobs: unlimited },
    },
    ...options,
  });
  const client = new MedicalImaging({
    endpoint: simulator.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  return {
    clock,
    s3,
    s3Server,
    simulator,
    client,
    events,
    problems,
    async put(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: 'in-bucket', Key: key, Body: Buffer.from(body) }));
    },
    async output(jobId, name) {
      const url = `${s3Target.endpoint}/out-bucket/out/${datastoreId}-DicomImport-${jobId}/${name}`;
      const answer = await fetch(url);
      return answer.ok ? answer.text() : undefined;
    },
    async start(parameters = {}) {
      const { jobId } = await client.startDICOMImportJob({ ...startParameters, ...parameters });
      return jobId ?? '';
    },
    async stop() {
      client.destroy();
      s3.destroy();
      await simulator.stop();
      await s3Server.stop();
    },
  };
}

export const startParameters = {
  datastoreId,
  dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
  inputS3Uri: 's3://in-bucket/in/',
  outputS3Uri: 's3://out-bucket/out/',
  jobName: 'job-1',
  clientToken: undefined as string | undefined,
};

/** A request as the wire sees it, for what the SDK would not send. */
export async function raw(
  endpoint: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{
  status: number;
  error: string | null;
  requestId: string | null;
  body: Record<string, unknown>;
}> {
  const answer = await fetch(endpoint + path, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    error: answer.headers.get('x-amzn-errortype'),
    requestId: answer.headers.get('x-amzn-requestid'),
    body: (await answer.json()) as Record<string, unknown>,
  };
}

export function names(page: ListDICOMImportJobsCommandOutput): (string | undefined)[] {
  return page.jobSummaries?.map(({ jobName }) => jobName) ?? [];
}

export function lines(text: string | undefined): unknown[] {
  return (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
