import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installTools, runWithTools } from '../tools.ts';

/**
 * Changes the code of the product in small ways, one at a time, in a copy, and runs the tests of its part with each. Prints the
 * changes that no test notices, and per folder the score: how many of all are noticed. Usage: `npm run mutate [-- FOLDER...]`.
 * What is left is explained in docs/proof/mutations.md.
 */

/** What is changed, and the folder of the tests that have to notice it: these alone, so that a run takes minutes. */
const PARTS: Readonly<Record<string, string>> = {
  'core/domain': 'test/core/domain',
  'core/domain/notices': 'test/core/domain/notices',
  'core/domain/verdict': 'test/core/domain/verdict',
  'core/domain/watch': 'test/core/domain/watch',
  'lambda/handlers': 'test/lambda',
  'lambda/runtime': 'test/lambda',
  'lambda/sweep': 'test/lambda',
};

/** Percent, of each folder. */
const WANTED_SCORE = 90;

/** What Stryker says of a change (its type `MutantResult`), as far as it is used here. */
interface Mutant {
  readonly status: string;
}

interface Score {
  readonly folder: string;
  readonly mutants: number;
  readonly noticed: number;
  /** Percent. */
  readonly score: number;
}

async function mutate(folder: string, tests: string): Promise<Score> {
  const installed = join(
    await installTools('mutation'),
    'node_modules/@stryker-mutator/core/dist/src/index.js',
  );
  const { Stryker } = await import(pathToFileURL(installed).href);
  const copy = await mkdtemp(join(tmpdir(), 'mutate-'));
  try {
    const mutants: Mutant[] = await new Stryker({
      mutate: [`${folder}/*.ts`],
      testRunner: 'vitest',
      vitest: {
        configFile: 'scripts/mutate/vitest.config.ts',
        dir: tests,
        related: false,
      },
      concurrency: 1,
      // On a busy machine, too: a change that makes an endless loop counts as noticed.
      timeoutMS: 30_000,
      tempDirName: copy,
      cleanTempDir: 'always',
      // The tests run what is in the copy as it is: nothing is compiled, and no other file is needed.
      tsconfigFile: 'none.json',
      ignorePatterns: ['/cdk.out', '/coverage', '/dist', '/tools', '/.venv-verify'],
      logLevel: 'error',
      warnings: false,
      reporters: ['clear-text', 'progress-append-only'],
      clearTextReporter: { reportTests: false, logTests: false, reportScoreTable: false },
    }).runMutationTest();
    const noticed = mutants.filter(({ status }) => status !== 'Survived' && status !== 'NoCoverage').length;
    return { folder, mutants: mutants.length, noticed, score: (100 * noticed) / mutants.length };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

await runWithTools(async () => {
  const asked = process.argv.slice(2);
  const unknown = asked.find((folder) => !PARTS[folder]);
  if (unknown !== undefined) {
    console.error(`There is no '${unknown}' to change. Say one or more of ${Object.keys(PARTS).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const scores: Score[] = [];
  for (const [folder, tests] of Object.entries(PARTS)) {
    if (asked.length === 0 || asked.includes(folder)) scores.push(await mutate(folder, tests));
  }
  console.log('| folder | changes | noticed | score |\n| --- | --- | --- | --- |');
  for (const { folder, mutants, noticed, score } of scores) {
    console.log(`| \`${folder}\` | ${mutants} | ${noticed} | ${score.toFixed(1)} % |`);
    if (score < WANTED_SCORE) process.exitCode = 1;
  }
});
