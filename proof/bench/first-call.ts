import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ENV } from '../../core/contract/names.ts';

const JOB = { datastoreId: '1'.repeat(32), jobId: '2'.repeat(32) };
const EXECUTION = `arn:aws:states:us-east-1:000000000000:execution:Watch:${JOB.jobId}`;
const REQUEST = {
  executionInput: JOB,
  watch: JOB,
  watchStartedAt: '2026-01-01T00:00:00Z',
  executionArn: EXECUTION,
};

/** What each handler is called with first: what happens most. */
const EVENTS: Readonly<Record<string, object>> = {
  'check-import-job': REQUEST,
  'summarize-import': REQUEST,
  'on-import-event': {
    'detail-type': 'Import Job In Progress',
    detail: { ...JOB, jobStatus: 'IN_PROGRESS' },
  },
  'on-watch-ended': {
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn: EXECUTION },
  },
  'send-digests': {},
  sweep: { only: 'running', datastoreIds: [JOB.datastoreId] },
};

/** The same in words. */
export const FIRST_CALLS: Readonly<Record<string, string>> = {
  'check-import-job': 'the job runs',
  'summarize-import': 'the job is completed, and four files are read',
  'on-import-event': 'the job began',
  'on-watch-ended': 'the watch was redriven in the meantime',
  'send-digests': 'nothing is due',
  sweep: 'one data store, where no job runs; the sweep waits between its calls',
};

/** What services answer, by the operation or by the path; undefined is an empty file. */
function answer(target: string, path: string, handler: string): object | undefined {
  if (path.startsWith('/getDICOMImportJob')) {
    const jobStatus = handler === 'summarize-import' ? 'COMPLETED' : 'IN_PROGRESS';
    const outputS3Uri = 's3://output/imports/';
    // A job that runs has been submitted just now: it is not overdue.
    const submittedAt = Date.now() / 1000;
    return { jobProperties: { ...JOB, jobStatus, outputS3Uri, submittedAt, endedAt: submittedAt } };
  }
  if (path.endsWith('.ndjson')) return undefined;
  if (path.endsWith('job-output-manifest.json')) {
    const none = { numberOfScannedFiles: 0, numberOfImportedFiles: 0, numberOfGeneratedImageSets: 0 };
    return { jobSummary: { ...none, numberOfFilesWithCustomerError: 0, numberOfFilesWithServerError: 0 } };
  }
  if (target.endsWith('.StartExecution')) return { executionArn: EXECUTION, startDate: 1 };
  if (target.endsWith('.DescribeExecution'))
    return { executionArn: EXECUTION, status: 'RUNNING', startDate: 1 };
  return {};
}

const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  [ENV.stateMachineArn]: 'arn:aws:states:us-east-1:000000000000:stateMachine:Watch',
  [ENV.watchesTable]: 'watches',
  [ENV.busName]: 'bus',
  [ENV.topicArn]: 'arn:aws:sns:us-east-1:000000000000:topic',
  [ENV.watcher]: 'bench',
  [ENV.timeZone]: 'UTC',
  [ENV.emailsPerHour]: '20',
  [ENV.pollIntervalSeconds]: '600',
  [ENV.overdueAfterSeconds]: '21600',
  [ENV.giveUpAfterSeconds]: '172800',
  [ENV.disclosure]: '{}',
};

/** Since the start of the load. */
export interface Elapsed {
  readonly milliseconds: number;
  /** What the process had of the cores, in milliseconds: that of other work does not count. */
  readonly cpu: number;
}

/** How long a start takes. */
export interface Start {
  readonly loaded: Elapsed;
  /** The first call is done as well. */
  readonly called: Elapsed;
}

/** Starts bundles in processes of their own, beside services that answer over TLS, as AWS does. */
export interface Starter {
  start(handler: string, file: string): Promise<Start>;
  stop(): void;
}

/** @param folder - gets the certificate of the services, which `openssl` makes. */
export async function starter(folder: string): Promise<Starter> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const how = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
  ];
  const whose = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...how, ...whose, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  let running = '';
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const { pathname } = new URL(request.url ?? '', endpoint);
      response.end(JSON.stringify(answer(target, pathname, running)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...ENVIRONMENT, AWS_ENDPOINT_URL: endpoint, NODE_EXTRA_CA_CERTS: cert };
  return {
    async start(handler, file) {
      running = handler;
      const args = ['--input-type=module', '--eval', program(file, EVENTS[handler])];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    },
    stop: () => server.close(),
  };
}

/** As Lambda loads it: CommonJS by `require`. */
function program(file: string, event: object | undefined): string {
  const name = JSON.stringify(file);
  const load = file.endsWith('.mjs') ? `await import(${name})` : `createRequire(${name})(${name})`;
  return `const { createRequire } = process.getBuiltinModule('node:module');
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    const elapsed = () => {
      const { user, system } = process.cpuUsage(cpu);
      return { milliseconds: performance.now() - start, cpu: (user + system) / 1000 };
    };
    const { handler } = ${load};
    const loaded = elapsed();
    await handler(${JSON.stringify(event)});
    const called = elapsed();
    console.log(JSON.stringify({ loaded, called }));`;
}
