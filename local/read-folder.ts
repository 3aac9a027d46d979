import { readdir, readFile, stat } from 'node:fs/promises';
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
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (paths.length === 0) throw new Error(`there is no file in the folder '${folder}'`);
  return Promise.all(
    paths.sort().map(async (path) => ({
      name: relative(folder, path).split(sep).join('/'),
      bytes: await readFile(path),
    })),
  );
}
