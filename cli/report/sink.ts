import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { jsonText, oneLine, plainLines } from '../../core/domain/text.ts';
import { CliError } from '../errors.ts';
import { reasonOf } from '../system-errors.ts';
import { writeMuch } from '../terminal/stream.ts';

/** Where a report goes. */
export interface Sink {
  /** @param lineEnd - in place of each line end. */
  write(text: string, lineEnd?: string): Promise<void>;
  /** All is written. */
  close(): Promise<void>;
  /** What was written is incomplete: a file is removed. */
  discard(): Promise<void>;
}

export const standardOutput: Sink = {
  write: (text, lineEnd) => writeMuch(process.stdout, text, lineEnd),
  close: async () => {},
  discard: async () => {},
};

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

/** Writes one JSON value, and members of it that are lists: what there can be a million of is written one by one. */
export async function writeJson(
  sink: Sink,
  value: object,
  lists: Readonly<Record<string, Iterable<unknown> | AsyncIterable<unknown>>>,
): Promise<void> {
  await sink.write(jsonText(value, 2).slice(0, -2));
  for (const [name, values] of Object.entries(lists)) await writeList(sink, name, values);
  await sink.write('\n}\n');
}

async function writeList(
  sink: Sink,
  name: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  let text = `,\n  "${name}": [`;
  let separator = '\n    ';
  for await (const value of values) {
    text += `${separator}${jsonText(value)}`;
    separator = ',\n    ';
    if (text.length < 65_536) continue;
    await sink.write(text);
    text = '';
  }
  await sink.write(`${text}\n  ]`);
}
