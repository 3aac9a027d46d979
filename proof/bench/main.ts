/**
 * `npm run bench` runs all parts and writes docs/proof/benchmarks.md; `npm run bench -- NAME...` runs some and rewrites only
 * their sections.
 *
 * A part is one module with a `section()`, which returns its markdown: a `##` heading, sentences, and tables from
 * `table.ts`. Times stand in them as `spread()` of `times.ts` has them. To add one, write the module and give it a line in
 * `parts.ts`. A part that is computed or seeded is `repeatable`: test/proof/bench holds its section in the docs to what it prints.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { runWithTools } from '../../scripts/tools.ts';
import { DOCS, PAGE, pageOf, sectionsIn } from './page.ts';
import { PARTS } from './parts.ts';

const names = Object.keys(PARTS);
const [chosen] = new Command('npm run bench --')
  .description('Measures and computes what docs/proof/benchmarks.md shows.')
  .addArgument(new Argument('[part...]', 'what to run').choices(names).default(names, 'all'))
  .parse().processedArgs as [string[]];

await runWithTools(async () => {
  for (const name of names.filter((each) => chosen.includes(each))) {
    console.error(`${name} ...`);
    const part = await PARTS[name]?.load();
    const markdown = (await part?.section()) ?? '';
    console.log(`${markdown}\n`);
    for (const [file, text] of Object.entries((await part?.pictures?.()) ?? {})) {
      writeFileSync(new URL(file, DOCS), text);
    }
    // After each part: one that fails does not take the others along. Another command may have written its part meanwhile.
    const sections = existsSync(PAGE) ? sectionsIn(readFileSync(PAGE, 'utf8')) : new Map<string, string>();
    writeFileSync(PAGE, pageOf(sections.set(name, markdown), names));
  }
  console.error(`wrote ${fileURLToPath(PAGE)}`);
});
