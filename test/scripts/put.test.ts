import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { put } from '../../scripts/bundle/put.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => ({ path: join(folder, name), contents: Buffer.from(text) });

test('a folder that holds the files already is not touched', async () => {
  await put(folder, [file('a/index.mjs', 'a'), file('b/index.mjs', 'b')]);
  const long = new Date('2020-01-01');
  for (const name of ['a/index.mjs', 'b/index.mjs']) utimesSync(join(folder, name), long, long);
  await put(folder, [file('a/index.mjs', 'a'), file('b/index.mjs', 'changed')]);
  expect(statSync(join(folder, 'a/index.mjs')).mtime).toEqual(long);
  expect(readFileSync(join(folder, 'b/index.mjs'), 'utf8')).toBe('changed');
});

test('what is not made any more is taken out', async () => {
  mkdirSync(join(folder, 'old'));
  writeFileSync(join(folder, 'old/index.mjs'), 'old');
  writeFileSync(join(folder, 'a.map'), 'old');
  await put(folder, [file('a.mjs', 'a')]);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['a.mjs', 'old']);
});
