import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOfSources } from '../../scripts/bundle/digest.ts';

test('the digest of a bundle is that of our sources, whenever they were written', async () => {
  const root = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
  const source = join(root, 'a.ts');
  const digest = () => digestOfSources({ inputs: { 'a.ts': input, 'node_modules/b/b.js': input } }, root);
  const input = { bytes: 1, imports: [] };
  await writeFile(source, '1');
  const before = digest();
  await utimes(source, new Date(), new Date(Date.now() + 60_000));
  expect(digest()).toBe(before);
  await writeFile(source, '2');
  expect(digest()).not.toBe(before);
  await rm(source);
  expect(digest).toThrow('ENOENT');
  await rm(root, { recursive: true });
});
