import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { oneLine, plainLines } from '../../core/domain/text.ts';
import { CliError } from '../errors.ts';
import { reasonOf } from '../system-errors.ts';
import type { Sink } from '../terminal/sink.ts';

/** @throws CliError where a file is there already that may not be overwritten. Nothing is written yet. */
export async function refuseExisting(path: string, force: boolean): Promise<void> {
  if (force) return;
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw existing(path);
}

/** A file that only this user can read. @throws CliError as {@link refuseExisting}, or where it cannot be written. */
export async function intoFile(path: string, force: boolean): Promise<Sink> {
  const problem = (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return existing(path);
    return new CliError(`${oneLine(path)} cannot be written (${reasonOf(error)}).`, { cause: error });
  };
  let file: FileHandle;
  try {
    file = await open(path, force ? 'w' : 'wx', 0o600);
    // One that was there keeps the mode that it had.
    await file.chmod(0o600);
  } catch (error) {
    throw problem(error);
  }
  return {
    async write(text, lineEnd = '\n') {
      await file.writeFile(plainLines(text).replaceAll('\n', lineEnd)).catch((error: unknown) => {
        throw problem(error);
      });
    },
    close: () => file.close(),
    async discard() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}

function existing(path: string): CliError {
  return new CliError(`There is a file ${oneLine(path)} already. Name another, or add --force.`);
}
