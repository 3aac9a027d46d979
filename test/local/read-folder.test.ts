import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFolder } from '../../local/read-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-folder-'));
  mkdirSync(join(folder, 'scans/a'), { recursive: true });
  writeFileSync(join(folder, 'scans/a/1.dcm'), '1');
  mkdirSync(join(folder, 'links'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const names = async () => (await readFolder(join(folder, 'links'))).map(({ name }) => name);

test('symbolic links to files and folders are followed', async () => {
  symlinkSync('../scans', join(folder, 'links/all'));
  symlinkSync('../scans/a/1.dcm', join(folder, 'links/one.dcm'));
  expect(await names()).toEqual(['all/a/1.dcm', 'one.dcm']);
});

test('a link to a folder above does not go on for ever', async () => {
  symlinkSync('..', join(folder, 'links/up'));
  expect(await names()).toEqual(['up/scans/a/1.dcm']);
});

test('a link that leads nowhere is named', async () => {
  symlinkSync('gone', join(folder, 'links/lost'));
  await expect(names()).rejects.toThrow(`the symbolic link '${join(folder, 'links/lost')}' leads nowhere`);
});
