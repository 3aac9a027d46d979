import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
const packages: Record<string, { optionalDependencies?: Record<string, string> }> = JSON.parse(text).packages;

test('the lock file holds no download addresses', () => {
  expect(text).not.toContain('"resolved"');
});

test('the lock file knows every optional package, or npm ci refuses it (node scripts/complete-lock.ts)', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});
