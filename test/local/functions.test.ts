import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { bundledFunction, type LocalFunction } from '../../local/functions.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function bundle(
  source: string,
  environment: Record<string, string> = {},
  timeoutSeconds = 20,
): LocalFunction {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  writeFileSync(join(folder, 'index.mjs'), source);
  const fn = bundledFunction({ name: 'F', bundle: folder, environment, timeoutSeconds });
  stops.push(
    () => fn.stop(),
    () => rmSync(folder, { recursive: true }),
  );
  return fn;
}

test('a bundle runs with its own environment and nothing else, and gets JSON', async () => {
  const fn = bundle('export const handler = async (event) => ({ event, env: { ...process.env } })', {
    A: 'b',
  });
  expect(await fn.invoke({ at: new Date(0), none: undefined })).toEqual({
    event: { at: '1970-01-01T00:00:00.000Z' },
    env: { A: 'b', AWS_LAMBDA_FUNCTION_NAME: 'F' },
  });
});

test('it keeps its state between invocations, as a warm function does', async () => {
  const fn = bundle('let n = 0; export const handler = async () => ++n;');
  expect([await fn.invoke({}), await fn.invoke({})]).toEqual([1, 2]);
});

test('an error has the name that the handler gave it', async () => {
  const fn = bundle(
    'export const handler = async () => { throw Object.assign(new Error("so"), { name: "Mine" }) }',
  );
  await expect(fn.invoke({})).rejects.toMatchObject({ name: 'Mine', message: 'so' });
});

test('a bundle that does not load fails each invocation', async () => {
  const fn = bundle('throw new TypeError("broken bundle")');
  for (const _ of [1, 2]) await expect(fn.invoke({})).rejects.toMatchObject({ message: 'broken bundle' });
});

test('a function that hangs is timed out as Lambda does', async () => {
  const fn = bundle('export const handler = () => new Promise(() => {})', {}, 0.2);
  await expect(fn.invoke({})).rejects.toMatchObject({ name: 'Sandbox.Timedout' });
});
