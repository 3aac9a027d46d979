import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../local/services.ts';
import { datastoreId } from '../../proof/fixtures/simulator-world.ts';
import { runCli } from './run-cli.ts';

test('commands that run here at once keep to themselves, and what they call is not one of them', async () => {
  const before = { ...process.env };
  const seen: unknown[] = [];
  const server = createServer((_, response) => {
    seen.push(process.env.NAME_OF_TEST, process.env.PATH);
    response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{}');
  });
  const { endpoint, stop } = await listen(server);
  const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const wait = ['wait', '--datastore-id', datastoreId, '--job-id', '1', '--endpoint-url', endpoint];
  const [denied, plan, nowhere] = await Promise.all([
    runCli(wait, { ...credentials, AWS_REGION: 'us-east-1', NAME_OF_TEST: 'x' }),
    runCli(['plan', '90s']),
    runCli(wait, credentials),
  ]);
  await stop();
  expect(denied).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('do not allow this action'),
  });
  expect(plan).toMatchObject({ status: 0, stdout: expect.stringContaining('1 min 30 s'), stderr: '' });
  expect(nowhere).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('no AWS region') });
  expect(new Set(seen)).toEqual(new Set([undefined, process.env.PATH]));
  expect({ ...process.env }).toEqual(before);
});
