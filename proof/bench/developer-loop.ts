import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './table.ts';
import { machine, spread, spreadText } from './times.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What somebody does who works on it, with how often it is done here. */
const STEPS: readonly (readonly [name: string, runs: number, args: readonly string[]])[] = [
  ['install: `npm ci`', 3, ['ci']],
  ['build: `npm run build`', 5, ['run', 'build']],
  ['synth: `npm run synth`', 3, ['run', 'synth', '--', '-c', 'outputBuckets=my-import-output']],
  ['test: `npm test`', 3, ['test']],
  ['long proofs: `npm run test:slow`', 1, ['run', 'test:slow']],
  ['demo: `npm run demo`', 3, ['run', 'demo', '--', '--json']],
];

/** Runs npm, then prints what `times` of the shell says of itself and, in the last line, of all processes that it started. */
const TIMED = 'npm "$@" > /dev/null 2>&1 || exit; times';

/**
 * Wall seconds and processor seconds (user and system, of all processes) that one run of npm takes.
 * @throws Error where it fails.
 */
function run(cwd: string, args: readonly string[]): { wall: number; processor: number } {
  const start = performance.now();
  const times = execFileSync('sh', ['-c', TIMED, 'npm', ...args], { cwd, encoding: 'utf8' });
  return { wall: (performance.now() - start) / 1000, processor: processorSeconds(times) };
}

/** The seconds in the last line of `times`: "1m2.34s 0m5.67s" is 68.01. */
function processorSeconds(times: string): number {
  const [user, system, ...more] = [...(times.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (!user || !system || more.length > 0) throw new Error(`'times' of the shell printed ${times}`);
  return [user, system].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

/** What each step takes in a fresh clone of what is committed. @throws Error where a step fails. */
export async function section(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-loop-'));
  try {
    execFileSync('git', ['clone', '--quiet', ROOT, folder]);
    const rows = STEPS.map(([name, runs, args]) => {
      console.error(`  ${name}`);
      const measured = Array.from({ length: runs }, () => run(folder, args));
      const text = (of: 'wall' | 'processor') => spreadText(spread(measured.map((each) => each[of])), 1);
      return [name, runs, text('wall'), text('processor')];
    });
    return `## Developer loop

Seconds in a fresh clone, of real time and of processor time (user and system): the median, the
least and the most. \`npm ci\` finds the packages in npm's cache.
${machine()}

${table(['step', 'runs', 'seconds', 'processor seconds'], rows)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
