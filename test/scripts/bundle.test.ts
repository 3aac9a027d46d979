import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
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
  expect(statSync(`${bundleOf(handler)}/index.mjs`).size).toBeLessThan(400_000);
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

test('the stack of an error tells files and lines of the source', async () => {
  const call = `const { handler } = await import(${JSON.stringify(`${bundleOf('check-import-job')}/index.mjs`)});
    await handler({}).catch(({ stack }) => console.log(stack));`;
  const node = ['--enable-source-maps', '--input-type=module', '--eval', call];
  const { stdout } = await promisify(execFile)(process.execPath, node, { env: { AWS_REGION: 'eu-west-1' } });
  expect(stdout).toMatch(/^UnreadablePayload: /);
  expect(stdout).toMatch(/at parseWatchRequest \(.*\/core\/domain\/incoming\.ts:\d+:\d+\)/);
});
