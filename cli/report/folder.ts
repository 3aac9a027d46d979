import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenManifest } from '../../core/aws/manifests.ts';
import { oneLine } from '../../core/domain/text.ts';
import { MANIFEST_FILES } from '../../core/domain/verdict/manifest-location.ts';
import { CliError } from '../errors.ts';

/** Opens manifests that were downloaded to a folder. @throws CliError where there is no such folder. */
export async function openInFolder(folder: string): Promise<OpenManifest> {
  const found = await stat(folder).catch(() => undefined);
  if (!found)
    throw new CliError(`There is no folder ${oneLine(folder)}. Expected a folder, or s3://bucket/prefix/.`);
  if (!found.isDirectory()) {
    throw new CliError(
      `${oneLine(folder)} is a file. Expected the folder that holds job-output-manifest.json.`,
    );
  }
  return async (file) => {
    const path = join(folder, MANIFEST_FILES[file]);
    try {
      await access(path, constants.R_OK);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'forbidden';
    }
    return createReadStream(path);
  };
}
