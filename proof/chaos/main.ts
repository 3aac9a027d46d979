import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';

interface Options {
  readonly runs?: number;
  readonly seed: number;
  readonly timeline: boolean;
  readonly stop: boolean;
  readonly migration: boolean;
}

/** What a thread reports of a run. */
interface RunResult {
  readonly failed: boolean;
  /** Its story, where somebody wants to know. */
  readonly story?: string;
  /** What people got of a migration, where that was asked for. */
  readonly figures?: readonly string[];
}

/** The runs of one thread. */
interface Share {
  readonly first: number;
  readonly runs: number;
  readonly step: number;
  readonly timeline: boolean;
  readonly migration: boolean;
}

if (isMainThread) await main();
else await playShare(workerData as Share);

async function main(): Promise<void> {
  const options = new Command('npm run chaos --')
    .description(
      'Follows imports while everything goes wrong, in virtual time, and checks what must always hold.',
    )
    .option('--runs <number>', 'how many runs; default: 200, and of migrations 1', wholeNumber(1))
    .option('--seed <number>', 'the seed of the first run; each further run has the next', wholeNumber(0), 1)
    .option('--timeline', 'tell the story of every run, not only of those that fail', false)
    .option('--stop', 'stop at the first run that fails', false)
    .option('--migration', 'a day of a migration, with 5,000 jobs that fail', false)
    .allowExcessArguments(false)
    .parse()
    .opts<Options>();
  const { seed, timeline, stop, migration } = options;
  const runs = options.runs ?? (migration ? 1 : 200);
  const started = Date.now();
  const threads = Math.min(runs, availableParallelism());
  let done = 0;
  let failed = 0;
  const workers: Worker[] = [];
  const share = (thread: number) =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: {
          first: seed + thread,
          runs: Math.ceil((runs - thread) / threads),
          step: threads,
          timeline,
          migration,
        } satisfies Share,
        // commander would read the options a second time.
        argv: [],
      });
      workers.push(worker);
      worker.on('message', ({ failed: failing, story, figures = [] }: RunResult) => {
        done++;
        if (failing) failed++;
        if (story) console.log(`${story}\n`);
        for (const figure of figures) console.log(figure);
        if (failing && stop) for (const each of workers) void each.terminate();
        if (done % 1000 === 0) console.error(`${done} of ${runs} runs`);
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: threads }, (_, thread) => share(thread)));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${done} runs from seed ${seed} in ${seconds} s: ${done - failed} well, ${failed} failed`);
  process.exitCode = failed > 0 || done < runs ? 1 : 0;
}

async function playShare({ first, runs, step, timeline, migration }: Share): Promise<void> {
  // Not before: a wrong option is reported without a stack having been synthesized.
  const { describe, run } = await import('./run.ts');
  for (let i = 0; i < runs; i++) {
    const result = await run(first + i * step, migration);
    const failed = result.violations.length > 0;
    const story = failed || timeline ? describe(result, migration) : undefined;
    const told: RunResult = { failed, story, ...(migration && { figures: result.figures }) };
    parentPort?.postMessage(told);
  }
}

function wholeNumber(least: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    }
    return number;
  };
}
