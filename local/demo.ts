import { Command, InvalidArgumentError } from 'commander';
import { readFolder } from './read-folder.ts';

interface Options {
  readonly input?: string;
  readonly events: boolean;
  readonly duration: number;
  readonly json: boolean;
}

const options = new Command('npm run demo --')
  .description(
    'Follows one DICOM import on this machine: the synthesized stack against a simulated HealthImaging.',
  )
  .option('--input <folder>', 'import these files instead of a small study of its own')
  .option('--no-events', 'lose every event, so that polling alone has to find the end')
  .option('--duration <seconds>', 'how long the import takes', parseSeconds, 8)
  .option('--json', 'print one JSON object on standard output, all else on standard error', false)
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

const print = options.json ? console.error : console.log;
try {
  const { input, json, ...rest } = options;
  const files = input === undefined ? undefined : await readFolder(input);
  // Not before: wrong input is told without all the rest having been loaded.
  const { runDemo, showResult } = await import('./run-demo.ts');
  const result = await runDemo({ ...rest, files, print });
  if (json) console.log(JSON.stringify(result, null, 2));
  else showResult(result, print);
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 1;
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) {
    throw new InvalidArgumentError('Expected a whole number from 1 to 3600.');
  }
  return seconds;
}
