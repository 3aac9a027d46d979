import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { afterEach, describe, expect, test } from 'vitest';
import { bundledFunction } from '../../local/functions.ts';
import { HANDLERS } from '../../scripts/bundle/options.ts';
import { built } from '../support/built.ts';

const bundleOf = (handler: string) => `${built('lambda')}/${handler}`;
const JOB = { datastoreId: '1'.repeat(32), jobId: '2'.repeat(32) };

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Invokes on-import-event beside a Step Functions that gives one answer. @returns what that was asked with. */
async function onImportEvent(
  status: number,
  answer: object,
  credentials: Record<string, string>,
): Promise<IncomingHttpHeaders[]> {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  const watched = bundledFunction({
    name: 'OnImportEvent',
    bundle: bundleOf('on-import-event'),
    environment: {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:000000000000:stateMachine:Watch',
      WATCHES_TABLE: 'watches',
      ...credentials,
    },
    timeoutSeconds: 20,
  });
  stops.push(() => watched.stop());
  const detail = { ...JOB, jobStatus: 'IN_PROGRESS' };
  await watched.invoke({ 'detail-type': 'Import Job In Progress', detail });
  return asked;
}

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIDLAMBDA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

test.each(HANDLERS)('the bundle of %s is below 400 KB', (handler) => {
  const files = readdirSync(bundleOf(handler)).filter((file) => file.endsWith('.mjs'));
  const sizes = files.map((file) => statSync(`${bundleOf(handler)}/${file}`).size);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(400_000);
});

test('the command line bundles no Powertools: it has no metrics and no log of its own', () => {
  const { inputs } = JSON.parse(readFileSync(`${built('cli')}.meta.json`, 'utf8'));
  const files = Object.keys(inputs);
  expect(files.filter((file) => file.includes('@aws-sdk/client-medical-imaging'))).not.toEqual([]);
  expect(files.filter((file) => file.includes('@aws-lambda-powertools'))).toEqual([]);
});

test('a bundle takes credentials, region and endpoint from the environment, as Lambda gives them', async () => {
  const exists = { __type: 'com.amazonaws.states#ExecutionAlreadyExists', message: 'exists' };
  const [headers] = await onImportEvent(400, exists, CREDENTIALS);
  expect(headers).toMatchObject({
    authorization: expect.stringMatching(/Credential=AKIDLAMBDA\/\d{8}\/eu-west-1\/states\/aws4_request/),
    'x-amz-security-token': 'token',
    'x-amz-target': 'AWSStepFunctions.StartExecution',
  });
});

test('a bundle knows an error by its name: another than that of a watch that was there before is thrown', async () => {
  const limit = { __type: 'com.amazonaws.states#ExecutionLimitExceeded', message: 'too many' };
  await expect(onImportEvent(400, limit, CREDENTIALS)).rejects.toMatchObject({
    name: 'ExecutionLimitExceeded',
    message: 'too many',
  });
});

test('without credentials a bundle says which it needs', async () => {
  await expect(onImportEvent(200, {}, {})).rejects.toThrow('Unable to find environment variable credentials');
});

/** Runs code in a process of its own, as Lambda starts Node. @returns what it wrote. */
async function run(code: string, env: Record<string, string> = {}): Promise<string> {
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { AWS_REGION: 'eu-west-1', ...env },
  });
  return stdout;
}

/** A copy of a bundle without some of its files. */
function bundleWithout(handler: string, file: RegExp): string {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-bundle-'));
  stops.push(() => rmSync(folder, { recursive: true }));
  const gone = readdirSync(bundleOf(handler)).filter((name) => file.test(name));
  expect(gone).not.toEqual([]);
  cpSync(bundleOf(handler), folder, { recursive: true, filter: (path) => !gone.includes(basename(path)) });
  return folder;
}

const importing = (folder: string) =>
  `const { handler } = await import(${JSON.stringify(pathToFileURL(`${folder}/index.mjs`).href)});`;

describe('the stack of an error', () => {
  const stackOf = (folder: string, event: object) =>
    run(`${importing(folder)}
      await handler(${JSON.stringify(event)}).catch(({ stack }) => console.log(stack));`);

  test('tells functions, files and lines of the source', async () => {
    const stack = await stackOf(bundleOf('check-import-job'), {});
    expect(stack).toMatch(/^UnreadablePayload: /);
    const [, line] = /^ {4}at parseWatchRequest \(core\/domain\/incoming\.ts:(\d+):\d+\)$/m.exec(stack) ?? [];
    const source = readFileSync('core/domain/incoming.ts', 'utf8').split('\n');
    expect(source[Number(line) - 1]).toContain('throw new UnreadablePayloadError(');
    expect(stack).toMatch(/^ {4}at lambda\/runtime\/with-sources\.ts:\d+:\d+$/m);
    // Who called the handler is not ours.
    expect(stack).toMatch(/^ {4}at file:.*\[eval1\]:\d+:\d+$/m);
  });

  test('tells who waited, and of packages the files only', async () => {
    const stack = await stackOf(bundleOf('on-import-event'), {
      'detail-type': 'Import Job In Progress',
      detail: { ...JOB, jobStatus: 'IN_PROGRESS' },
    });
    expect(stack).toMatch(/^Error: environment variable STATE_MACHINE_ARN is not set$/m);
    expect(stack).toMatch(/^ {4}at requireEnv \(lambda\/runtime\/env\.ts:\d+:\d+\)$/m);
    const waited = await run(
      `${importing(bundleOf('on-import-event'))}
      await handler(${JSON.stringify({
        'detail-type': 'Import Job In Progress',
        detail: { ...JOB, jobStatus: 'IN_PROGRESS' },
      })}).catch(({ stack }) => console.log(stack));`,
      { STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:000000000000:stateMachine:Watch' },
    );
    expect(waited).toMatch(/^CredentialsProviderError: /);
    expect(waited).toMatch(/^ {4}at async .*core\/aws\/executions\.ts:\d+:\d+\)?$/m);
    expect(waited).toMatch(/^ {4}at async .*node_modules\/@aws-sdk\/core\/.*\.js\)?$/m);
  });

  test('is that of the bundle where the map is gone, and the error is the same', async () => {
    const stack = await stackOf(bundleWithout('check-import-job', /\.map$/), {});
    expect(stack).toMatch(/^UnreadablePayload: /);
    expect(stack).toMatch(/^ {4}at \w+ \(file:.*\/index\.mjs:\d+:\d+\)$/m);
  });
});

test('a bundle imports its own files and what is in Node, nothing else', () => {
  const { outputs }: Metafile = JSON.parse(readFileSync(`${built('lambda')}.meta.json`, 'utf8'));
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect(imported).not.toEqual([]);
  expect(imported.filter((path) => !(path in outputs))).toEqual([]);
});

describe('a check of a job that runs', () => {
  /** Checks a job beside a HealthImaging that gives one answer. */
  async function check(folder: string, jobStatus: string, after = ''): Promise<string> {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jobProperties: { ...JOB, jobStatus, submittedAt: Date.now() / 1000 } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => server.close());
    const event = {
      executionInput: JOB,
      watch: JOB,
      watchStartedAt: new Date().toISOString(),
      executionArn: 'arn:aws:states:eu-west-1:000000000000:execution:Watch:job',
    };
    return run(
      `${importing(folder)}
      await handler(${JSON.stringify(event)}).then(({ next }) => console.log(next), ({ code }) => console.log(code));
      ${after}`,
      {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        POLL_INTERVAL_SECONDS: '600',
        OVERDUE_AFTER_SECONDS: '21600',
        GIVE_UP_AFTER_SECONDS: '172800',
        WATCHES_TABLE: 'watches',
        ...CREDENTIALS,
      },
    );
  }

  const WITHOUT_TABLE = /^table-\w+\.mjs$/;

  test('does without the table, and what is about to be published does not', async () => {
    const folder = bundleWithout('check-import-job', WITHOUT_TABLE);
    expect(await check(folder, 'IN_PROGRESS')).toMatch(/^running$/m);
    expect(await check(folder, 'COMPLETED')).toMatch(/^ERR_MODULE_NOT_FOUND$/m);
  });

  test('does not load fetch and WebSocket, which an import of node:http brings', async () => {
    const modules = await check(
      bundleOf('check-import-job'),
      'IN_PROGRESS',
      `console.log(process.moduleLoadList.filter((name) => /undici|_http_client/.test(name)).join());`,
    );
    expect(modules).toMatch(/^NativeModule _http_client$/m);
  });
});
