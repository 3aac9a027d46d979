import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LOCKS, missingFrom, type Packages } from '../../scripts/complete-lock.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('each of the tools has a lock file', () => {
  expect(LOCKS.toSorted()).toEqual([
    'package-lock.json',
    'tools/charts/package-lock.json',
    'tools/mutation/package-lock.json',
    'tools/package/package-lock.json',
    'tools/prose/package-lock.json',
    'tools/verify/package-lock.json',
  ]);
});

describe.each(LOCKS)('%s', (file) => {
  const text = read(file);
  const { packages } = JSON.parse(text) as { packages: Packages };

  test('holds no download addresses', () => {
    expect(text).not.toContain('"resolved"');
  });

  test('is written by npm without them: its folder has our settings of npm', () => {
    expect(read(join(file, '../.npmrc'))).toContain(read('.npmrc'));
  });

  test('knows every optional package, or npm ci refuses it (node scripts/complete-lock.ts)', () => {
    expect(missingFrom(packages).map(({ name }) => name)).toEqual([]);
  });

  test('asks for no version of Node, or npm ci refuses some (node scripts/complete-lock.ts)', () => {
    // `npm install` writes again what packages in the tarball of another one want.
    const asking = Object.entries(packages).filter(
      ([path, { engines, inBundle }]) => path && engines?.node && !inBundle,
    );
    expect(asking.map(([path]) => path)).toEqual([]);
  });
});

test('an optional package is found where Node would look for it', () => {
  const asks = { version: '1.0.0', optionalDependencies: { o: '^1.0.0' } };
  const o = { version: '1.2.3' };
  const missing = (packages: Packages) =>
    missingFrom(packages).map(({ name, version }) => `${name} ${version}`);
  const path = 'node_modules/a/node_modules/@x/b';
  for (const folder of ['', 'node_modules/a/', `${path}/`]) {
    expect(missing({ [path]: asks, [`${folder}node_modules/o`]: o })).toEqual([]);
  }
  for (const folder of ['node_modules/ab/', 'node_modules/c/']) {
    expect(missing({ [path]: asks, [`${folder}node_modules/o`]: o })).toEqual(['o ^1.0.0']);
  }
  expect(missing({ '': asks })).toEqual(['o ^1.0.0']);
});
