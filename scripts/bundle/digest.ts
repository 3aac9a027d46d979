import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Files of packages, and what a plugin of the bundler makes. */
const NOT_OURS = /(^|\/)node_modules\/|^[\w-]+:/;

/** A digest of those of our sources that are in a bundle, as they are now. Unlike their times it outlives a checkout. */
export function digestOfSources({ inputs }: Pick<Metafile, 'inputs'>, root = ''): string {
  const digest = createHash('sha256');
  const ours = Object.keys(inputs).filter((path) => !NOT_OURS.test(path));
  for (const path of ours.sort()) digest.update(`${path}\n`).update(readFileSync(join(root, path)));
  return digest.digest('hex');
}
