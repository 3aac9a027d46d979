import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTATIONS, type Mutation } from './mutations.ts';

/**
 * Plays the chaos runs with each mutation, in a copy of what git knows of this folder, until one catches it; or a test,
 * where only a test can.
 */
const RUNS = 400;

/** What catches a mutation, or undefined where nothing does. */
function play(mutation: Mutation): string | undefined {
  const copy = mkdtempSync(join(tmpdir(), 'chaos-'));
  try {
    const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' });
    execFileSync('tar', ['cf', join(copy, 'all.tar'), '--null', '-T', '-'], { input: files });
    execFileSync('tar', ['xf', 'all.tar'], { cwd: copy });
    for (const folder of ['node_modules', 'dist'])
      symlinkSync(join(process.cwd(), folder), join(copy, folder));
    for (const { file, from, to } of [mutation, ...(mutation.and ? [mutation.and] : [])]) {
      const path = join(copy, file);
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(from, () => to),
      );
    }
    return mutation.test ? playTest(copy, mutation.test) : playRuns(copy, mutation.seed ?? 1);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function node(cwd: string, args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 1e9 });
}

function playRuns(copy: string, seed: number): string | undefined {
  const args = ['proof/chaos/main.ts', '--stop', '--runs', String(RUNS), '--seed', String(seed)];
  const { stdout, stderr } = node(copy, args);
  if (!/ failed\n$/.test(stdout)) throw new Error(`the runs came to no end: ${stderr.slice(-500)}`);
  const [, failing, says] = /seed (\d+) fails:\n {2}(.*)/.exec(stdout) ?? [];
  return failing && `run ${failing}: ${says?.replace(/\d?\*?-?\b[0-9a-f]{4}\b/, 'X')}`;
}

function playTest(copy: string, test: string): string | undefined {
  const { stdout, stderr } = node(copy, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'behavior',
    test,
  ]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colors
  const [, counts] = /Tests +(.*)/.exec(stdout.replace(/\u001b\[\d*m/g, '')) ?? [];
  if (!counts) throw new Error(`${test} came to no end: ${(stderr || stdout).slice(-500)}`);
  return counts.includes('failed') ? `the test \`${test}\`` : undefined;
}

/** Only those of which `what` holds this text. */
const [wanted = ''] = process.argv.slice(2);
console.log('| change | caught by |\n| --- | --- |');
for (const mutation of MUTATIONS.filter(({ what }) => what.includes(wanted))) {
  const caught = play(mutation);
  if (caught === undefined) process.exitCode = 1;
  console.log(`| ${mutation.what} (\`${mutation.file}\`) | ${caught ?? 'NOTHING'} |`);
}
