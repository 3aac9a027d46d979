import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { jsonText, oneLine, plainLines } from '../core/domain/text.ts';
import type { LocalCloud } from './cloud.ts';
import { narrator } from './narrator.ts';
import { readFolder } from './read-folder.ts';
import type { DemoResult } from './run-demo.ts';
import type { Template } from './template.ts';

interface Options {
  readonly input?: string;
  readonly events: boolean;
  readonly duration: number;
  readonly json: boolean;
  readonly hold: boolean;
  readonly jobs?: number;
}

const options = new Command('npm run demo --')
  .description(
    'Follows one DICOM import on this machine: the synthesized stack against a simulated HealthImaging.',
  )
  .option('--input <folder>', 'import these files instead of a small study of its own')
  .option('--no-events', 'lose every event, so that polling alone has to find the end')
  .option('--duration <seconds>', 'how long the import takes', wholeNumber(3600), 2)
  .option('--json', 'print one JSON object on standard output, all else on standard error', false)
  .addOption(
    new Option('--hold', 'leave everything up, and print how to try the command line on it')
      .default(false)
      .conflicts('json'),
  )
  .addOption(
    new Option('--jobs <number>', 'import so many small studies, and show the digest that people get of them')
      .argParser(wholeNumber(1000))
      .conflicts(['input', 'events', 'hold']),
  )
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

// Whoever reads has seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// To exit is what removes temporary folders.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.on(signal, () => {
    if (!held) process.exit(128 + number);
  });
}
let held = false;

const print = (text: string) => (options.json ? console.error : console.log)(plainLines(text));
try {
  const { input, json, hold, jobs, ...rest } = options;
  const files = input === undefined ? undefined : await readFolder(input);
  const story = narrator(print, Date.now);
  story.say('building', 'the functions, as they are deployed');
  // Not before: wrong input, and the start, are reported at once. Loading takes as long as building.
  const [{ PREFIX, runDemo, showResult }] = await Promise.all([import('./run-demo.ts'), build()]);
  const show = (result: DemoResult) => (json ? console.log(jsonText(result, 2)) : showResult(result, print));
  const holdOn = async (result: DemoResult, cloud: LocalCloud, template: Template) => {
    const { holdDemo } = await import('./hold.ts');
    held = true;
    show(result);
    await holdDemo(cloud, template, PREFIX, print);
  };
  if (jobs !== undefined) {
    const { runMigration, showMigration } = await import('./run-migration.ts');
    const result = await runMigration({ jobs, duration: rest.duration, say: story.say });
    if (json) console.log(jsonText(result, 2));
    else showMigration(result, print);
  } else {
    const result = await runDemo({ ...rest, files, story, hold: hold ? holdOn : undefined });
    if (!hold) show(result);
  }
} catch (error) {
  console.error(`demo: ${oneLine((error as Error).message)}`);
  process.exitCode = 1;
}

async function build(): Promise<void> {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const child = spawn(process.execPath, ['scripts/build.ts'], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('the functions cannot be built');
}

function wholeNumber(most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < 1 || number > most) {
      throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
    }
    return number;
  };
}
