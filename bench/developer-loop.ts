import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './table.ts';
import { machine, millisecondsOf, spread, spreadText } from './times.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What somebody does who works on it, with how often it is done here. */
const STEPS: readonly (readonly [name: string, runs: number, args: readonly string[]])[] = [
  ['install: `npm ci`', 3, ['ci']],
  ['build: `npm run build`', 5, ['run', 'build']],
  ['synth: `npm run synth`', 3, ['run', 'synth', '--', '-c', 'outputBuckets=my-import-output']],
  ['test: `npm test`', 2, ['test']],
  ['demo: `npm run demo`, an import of 2 s', 3, ['run', 'demo', '--', '--json', '--duration', '2']],
];

/** Seconds that each step takes in a fresh clone of what is committed. @throws Error where a step fails. */
export async function section(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-loop-'));
  try {
    execFileSync('git', ['clone', '--quiet', ROOT, folder]);
    const rows = [];
    for (const [name, runs, args] of STEPS) {
      console.error(`  ${name}`);
      const run = () => execFileSync('npm', args, { cwd: folder, stdio: 'ignore' });
      const seconds = (await millisecondsOf(runs, run)).map((milliseconds) => milliseconds / 1000);
      rows.push([name, runs, spreadText(spread(seconds), 1)]);
    }
    return `## Developer loop

Seconds in a fresh clone: the median, the least and the most. \`npm ci\` has the packages in npm's cache.
${machine()}

${table(['step', 'runs', 'seconds'], rows)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
