import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digestOfSources } from '../../scripts/bundle/digest.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const inDist = (name: string) => readFileSync(`${ROOT}dist/${name}`, 'utf8');

/** The folder of what the build made of a folder of ours. @throws Error where the sources have changed since. */
export function built(what: 'cli' | 'lambda'): string {
  if (!isCurrent(what)) throw new Error('dist is older than the sources: run npm run build');
  return `${ROOT}dist/${what}`;
}

function isCurrent(what: string): boolean {
  try {
    return digestOfSources(JSON.parse(inDist(`${what}.meta.json`)), ROOT) === inDist(`${what}.digest`);
  } catch (error) {
    // Never built, or of a source that is gone.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
