import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installTools, runWithTools } from './tools.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Written by tools, or quoted from AWS. */
const GENERATED = /^(docs\/(api\.md|examples\/|schemas\/)|test\/upgrade\/definitions\/)|package-lock\.json$/;
const MARKDOWN_COLUMNS = 100;

/** Phrases that readers stumble over, each with what to write. cspell knows single words only. */
const PHRASES: readonly (readonly [phrase: RegExp, better: string])[] = [
  [/\b(?:is|are|was|were|be|been|being) told\b/i, 'is notified, or is reported'],
  [/\b(?:tell|tells|told|telling) of\b/i, 'report'],
  [/\bhardly any\b/i, 'almost no'],
  [/\b(?:is|are) none that\b/i, 'is not one that'],
];

/** A phrase in a file, and what to write. */
export function findPhrases(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    PHRASES.flatMap(([phrase, better]) => {
      const found = phrase.exec(line)?.[0];
      return found ? [`${file}:${index + 1} "${found}": write ${better}`] : [];
    }),
  );
}

interface Problem {
  readonly lineNumber: number;
}
interface Markdownlint {
  lint(options: object): Promise<Readonly<Record<string, readonly Problem[]>>>;
}

async function lintProse(): Promise<void> {
  const tools = await installTools('prose');
  const require = createRequire(join(tools, 'package.json'));
  const files = execFileSync('git', ['ls-files', '*.md', '*.ts'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !GENERATED.test(file) && !file.endsWith('lint-prose.ts'));

  const cspell = join(tools, 'node_modules/cspell/bin.mjs');
  const config = join(ROOT, 'tools/prose/cspell.json');
  const options = ['lint', '--no-progress', '--no-summary', '--no-gitignore', '--config', config];
  const { status } = spawnSync(process.execPath, [cspell, ...options, ...files], {
    cwd: ROOT,
    stdio: 'inherit',
  });

  const phrases = files.flatMap((file) => findPhrases(file, readFileSync(join(ROOT, file), 'utf8')));
  const { lint } = (await import(
    pathToFileURL(require.resolve('markdownlint/promise')).href
  )) as Markdownlint;
  const MD013 = { line_length: MARKDOWN_COLUMNS, tables: false, code_blocks: false, headings: false };
  const long = await lint({
    files: files.filter((file) => file.endsWith('.md')).map((file) => join(ROOT, file)),
    config: { default: false, MD013 },
  });
  const wide = Object.entries(long).flatMap(([file, problems]) =>
    problems.map(
      ({ lineNumber }) =>
        `${file.slice(ROOT.length)}:${lineNumber} is wider than ${MARKDOWN_COLUMNS} columns`,
    ),
  );
  for (const problem of [...phrases, ...wide]) console.error(problem);
  if (status !== 0 || phrases.length + wide.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runWithTools(lintProse);
