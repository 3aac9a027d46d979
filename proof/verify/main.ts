import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { Argument, Command } from 'commander';
import pLimit from 'p-limit';
import { CannotRun, type Part } from './part.ts';
import { PARTS } from './parts.ts';
import { Results } from './results.ts';
import { Servers } from './servers.ts';

/** Runs one part to its end, whatever happens in it. */
export async function runPart(
  name: string,
  part: Part,
  write = false,
  print?: (line: string) => void,
): Promise<Results> {
  const results = new Results(name, print);
  const servers = new Servers();
  try {
    await part.run({
      results,
      servers,
      document: (path, text) => hold(results, path, text, write),
      write,
    });
    if (results.passed + results.failed === 0)
      results.fail('made no check', 'A part without checks proves nothing.');
  } catch (error) {
    if (error instanceof CannotRun) results.fail('cannot run', error.message);
    else results.fail('ended early', (error as Error).stack ?? String(error));
  } finally {
    await servers.stop();
  }
  return results;
}

async function hold(results: Results, path: string, text: string, write: boolean): Promise<void> {
  const file = new URL(`../../${path}`, import.meta.url);
  if (write) await writeFile(file, text);
  await results.check(`${path} says what was found`, async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
      throw new Error(
        `It differs: run \`npm run verify -- ${results.part} --write\` and look at what changed.`,
      );
    }
  });
}

async function main(): Promise<void> {
  const command = new Command('npm run verify --')
    .description('Asks what others wrote: clients, interpreters, emulators, validators and schemas')
    .addArgument(new Argument('[parts...]', 'which parts; all if none is named').choices(Object.keys(PARTS)))
    .option('--write', 'write the documents that the parts hold, in place of comparing them', false)
    .parse();
  const names = command.args;
  const { write } = command.opts<{ write: boolean }>();
  const total = { passed: 0, failed: 0 };
  // Most of a part is waiting for what others wrote to start or to answer.
  await pLimit(3).map(Object.entries(PARTS), async ([name, load]) => {
    if (names.length > 0 && !names.includes(name)) return;
    const { part } = await load().catch((error): { part: Part } => ({
      part: { proves: 'nothing, as it cannot be loaded', run: () => Promise.reject(error) },
    }));
    console.log(`\n${name}: ${part.proves}`);
    const started = Date.now();
    const { passed, failed } = await runPart(name, part, write);
    console.log(
      `\n${name}: ${passed} passed, ${failed} failed, in ${((Date.now() - started) / 1000).toFixed(0)} s`,
    );
    total.passed += passed;
    total.failed += failed;
  });
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
