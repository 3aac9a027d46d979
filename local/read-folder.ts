import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { StudyFile } from '../simulator/index.ts';

/**
 * Every file below a folder, by its path with slashes.
 * @throws Error, fit to be shown as it is, when there is no such folder or no file in it.
 */
export async function readFolder(folder: string): Promise<StudyFile[]> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new Error(`there is no folder '${folder}'`);
  if (!found.isDirectory()) throw new Error(`'${folder}' is a file, expected a folder of DICOM files`);
  const paths = await filesBelow(folder, new Set());
  if (paths.length === 0) throw new Error(`there is no file in the folder '${folder}'`);
  return Promise.all(
    paths.sort().map(async (path) => ({
      name: relative(folder, path).split(sep).join('/'),
      bytes: await readFile(path),
    })),
  );
}

/** Follows symbolic links, as archives are often made of them. @param seen - folders that are not entered again. */
async function filesBelow(folder: string, seen: Set<string>): Promise<string[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const below = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      if (!found) throw new Error(`the symbolic link '${path}' leads nowhere`);
      return found.isDirectory() ? filesBelow(path, seen) : found.isFile() ? [path] : [];
    }),
  );
  return below.flat();
}
