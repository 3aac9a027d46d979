import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { datastoreId } from '../../proof/fixtures/simulator-world.ts';

const main = new URL('../../simulator/main.ts', import.meta.url).pathname;
const run = (...options: string[]) => spawn(process.execPath, [main, ...options], { stdio: 'pipe' });

test('prints its endpoints, serves, and ends on SIGTERM', async () => {
  const child = run('--duration', '1', '--fault', 'throttle,times=1');
  const output: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    output.push(line);
    if (line.startsWith('aws ')) break;
  }
  const setting = output.find((line) => line.startsWith('export AWS_ENDPOINT_URL_MEDICAL_IMAGING='));
  const endpoint = setting?.split('=')[1] ?? '';
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(output.join('\n')).toMatch(/^S3 \(started with it\): http:\/\/127\.0\.0\.1:\d+$/m);
  const list = async () => (await fetch(`${endpoint}/listDICOMImportJobs/datastore/${datastoreId}`)).status;
  expect([await list(), await list()]).toEqual([429, 200]);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  [['--port', 'x'], 'A port is a number from 0 to 65535.'],
  [['--duration', '-1'], 'A duration is a number of seconds.'],
  [['--s3-endpoint', 'localhost'], 'An endpoint is a URL'],
  [['--event-endpoint', 'ftp://x'], 'An endpoint is a URL'],
  [['--fault', 'bogus'], 'unknown fault "bogus"'],
  [['--bogus'], "unknown option '--bogus'"],
  [['extra'], 'too many arguments'],
])('%j is an error', async (options, message) => {
  const child = run(...options);
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(text).toContain(message);
});
