import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTATIONS, type Mutation } from './mutations.ts';

/** Plays the chaos runs with each mutation, in a copy of what git knows of this folder, and says which are caught. */
const RUNS = 400;

function play(mutation: Mutation): string {
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
    const args = ['proof/chaos/main.ts', '--runs', String(RUNS), '--seed', '1'];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    const failed = /(\d+) failed\n$/.exec(stdout)?.[1];
    if (failed === undefined) throw new Error(`the runs came to no end: ${stderr.slice(-500)}`);
    const first = /fails:\n {2}(.*)/.exec(stdout)?.[1]?.replace(/\d?\*?-?\b[0-9a-f]{4}\b/, 'X') ?? '';
    return `${failed === '0' ? 'NOT CAUGHT' : `${failed} of ${RUNS}`} | ${first}`;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

console.log('| change | runs that fail | what the first says |\n| --- | --- | --- |');
for (const mutation of MUTATIONS) {
  const result = play(mutation);
  if (result.startsWith('NOT')) process.exitCode = 1;
  console.log(`| ${mutation.what} (\`${mutation.file}\`) | ${result} |`);
}
