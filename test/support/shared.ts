import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What `make` makes of these settings, once for all test files of a run: later calls with equal settings get a copy, in
 * whichever process they are. Settings that hold constructs have no text, and are made each time.
 * @param name - tells apart what is made of equal settings.
 * @param make - returns JSON.
 */
export function shared<T>(name: string, settings: object, make: () => T): T {
  const text = textOf(settings);
  if (text === undefined) return make();
  // The folder is of this run only, so that the sources are the same for all who look here.
  const file = join(tmpdir(), `${name}-${createHash('sha256').update(text).digest('hex')}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    const made = make();
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(made));
    renameSync(`${file}.${process.pid}`, file);
    return made;
  }
}

function textOf(settings: object): string | undefined {
  try {
    return JSON.stringify(settings, (_, value) => {
      if (typeof value === 'object' && value !== null && 'node' in value) throw new Error('a construct');
      return value;
    });
  } catch {
    return undefined;
  }
}
