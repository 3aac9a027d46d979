import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { sourceStack } from '../../../lambda/runtime/source-stack.ts';
import { withSources } from '../../../lambda/runtime/with-sources.ts';

test('a handler gets its event and gives its result', async () => {
  const handler = withSources(async (event: { n: number }) => event.n + 1);
  expect(await handler({ n: 1 })).toBe(2);
});

test.each([
  ['an error', new Error('refused')],
  ['an error without a stack', Object.assign(new Error('refused'), { stack: undefined })],
  [
    'an error that cannot be changed',
    Object.defineProperty(new Error('refused'), 'stack', { value: 'Error: refused', writable: false }),
  ],
  ['what is no error', 'refused'],
])('%s is thrown as it is', async (_, thrown) => {
  const handler = withSources(() => Promise.reject(thrown));
  const caught = await handler(undefined).then(
    () => 'nothing',
    (error: unknown) => error,
  );
  expect(caught).toBe(thrown);
});

// The message of an error is part of its stack, and can be anything.
test('of other folders no map is read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-maps-'));
  writeFileSync(
    join(folder, 'other.mjs.map'),
    JSON.stringify({ version: 3, sources: ['secret.ts'], names: [], mappings: 'AAAA' }),
  );
  const ours = new URL('../../../lambda/runtime/', import.meta.url).href;
  const urls = [
    pathToFileURL(join(folder, 'other.mjs')).href,
    `${ours}../../../../..${folder}/other.mjs`,
    `${ours}%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e${folder}/other.mjs`,
  ];
  const stack = ['Error: a', ...urls.map((url) => `    at f (${url}:1:1)`)].join('\n');
  expect(sourceStack(stack)).toBe(stack);
  rmSync(folder, { recursive: true });
});
