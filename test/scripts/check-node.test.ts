import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHECK = 'scripts/check-node.cjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-check-'));
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(ROOT, CHECK), join(folder, CHECK));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, value: object) => writeFileSync(join(folder, file), JSON.stringify(value));

/** Runs the check. @returns its exit status and what it says. */
function check(...options: string[]): [number | null, string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, join(folder, CHECK)], {
    encoding: 'utf8',
  });
  return [status, stdout + stderr];
}

test('an old Node is reported in one sentence, installed or not', () => {
  write('package.json', { name: 'a-package', engines: { node: '>=99' } });
  expect(check()).toEqual([1, `a-package needs Node 99 or newer; this is ${process.version}.\n`]);
});

test('before npm ci, one sentence says so', () => {
  const before = [1, 'Run npm ci first: it brings all that the scripts need.\n'];
  write('package.json', { name: 'a-package', engines: { node: '>=20' } });
  expect(check()).toEqual(before);
  write('node_modules/.package-lock.json', {});
  expect(check()).toEqual([0, '']);
  // As it is where the Node that npm ci brings is not the one that runs.
  expect(check('--no-experimental-strip-types')).toEqual(before);
});

test('every npm script begins with the check, or with the build, which does', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const unchecked = Object.entries<string>(scripts).filter(
    ([name, script]) =>
      !script.startsWith(`node ${CHECK} && `) &&
      scripts[`pre${name}`] !== 'npm run --silent build' &&
      script !== 'npm run --silent build',
  );
  expect(unchecked).toEqual([]);
});
