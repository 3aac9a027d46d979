import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CannotInstall, installTools } from '../../scripts/tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-tools-'));
  mkdirSync(join(folder, 'some'));
  write('some/.npmrc', '');
  asks('1.0.0');
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
const installed = () => readdirSync(join(folder, 'some/installed'));

/** Lists nothing but itself, so that no registry is asked. */
function asks(version: string): void {
  const manifest = { name: 'some', version };
  write('some/package.json', JSON.stringify(manifest));
  write(
    'some/package-lock.json',
    JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest } }),
  );
}

test('tools are installed once, and said to be', async () => {
  const first = await installTools('some', folder);
  expect(existsSync(join(first, 'package-lock.json'))).toBe(true);
  expect(console.error).toHaveBeenCalledExactlyOnceWith(
    'Installing what tools/some/package.json lists. This is done once.',
  );
  expect(await installTools('some', folder)).toBe(first);
  expect(console.error).toHaveBeenCalledTimes(1);
});

test('another lock is another install, and what was there before goes', async () => {
  const before = await installTools('some', folder);
  asks('2.0.0');
  const after = await installTools('some', folder);
  expect(after).not.toBe(before);
  expect(installed().map((name) => join(folder, 'some/installed', name))).toEqual([after]);
});

test('two at once do not disturb each other', async () => {
  const [one, other] = await Promise.all([installTools('some', folder), installTools('some', folder)]);
  expect(one).toBe(other);
  expect(installed()).toHaveLength(1);
});

test('what npm refuses is reported in one sentence, and nothing is left of it', async () => {
  write('some/package.json', '{');
  const error = await installTools('some', folder).catch((error: Error) => error);
  expect(error).toBeInstanceOf(CannotInstall);
  expect((error as Error).message).toMatch(
    /^npm cannot install the tools in tools\/some: .*Invalid package\.json.*\.$/,
  );
  expect(installed()).toEqual([]);
});
