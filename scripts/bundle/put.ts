import { globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder hold these files and no others, by `write`: `cdk` builds before each command, and somebody may be reading what
 * an earlier build has made.
 */
export async function put(
  folder: string,
  files: readonly { readonly path: string; readonly contents: Uint8Array }[],
): Promise<void> {
  const paths = new Set(files.map(({ path }) => path));
  const there = globSync(`${folder}/**/*`, { withFileTypes: true }).filter((entry) => entry.isFile());
  const stale = there
    .map(({ parentPath, name }) => resolve(parentPath, name))
    .filter((path) => !paths.has(path));
  for (const path of stale) await rm(path);
  for (const { path, contents } of files) await write(path, contents);
}

/** Writes a file, unless it is there with these contents. */
export async function write(path: string, contents: Uint8Array): Promise<void> {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
