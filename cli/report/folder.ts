import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenManifest } from '../../core/aws/manifests.ts';
import { oneLine } from '../../core/domain/text.ts';
import { MANIFEST_FILES } from '../../core/domain/verdict/manifest-location.ts';
import { CliError } from '../errors.ts';
import { reasonOf } from '../system-errors.ts';

/** Opens manifests that were downloaded to a folder. @throws CliError where there is no such folder, or it cannot be read. */
export async function openInFolder(folder: string): Promise<OpenManifest> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw unreadable(folder, error);
    throw noFolder(folder);
  });
  if (!found.isDirectory()) {
    throw new CliError(
      `${oneLine(folder)} is a file. Expected the folder that holds job-output-manifest.json.`,
    );
  }
  return async (file) => {
    const path = join(folder, MANIFEST_FILES[file]);
    try {
      const handle = await open(path);
      if ((await handle.stat()).isDirectory()) {
        await handle.close();
        throw Object.assign(new Error(), { code: 'EISDIR' });
      }
      return handle.createReadStream();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
      throw unreadable(path, error);
    }
  };
}

export function noFolder(path: string): CliError {
  return new CliError(`There is no folder ${oneLine(path)}. Expected a folder, or s3://bucket/prefix/.`);
}

export function unreadable(path: string, error: unknown): CliError {
  return new CliError(`${oneLine(path)} cannot be read (${reasonOf(error)}).`, { cause: error });
}
