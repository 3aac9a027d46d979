import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { statusOf } from './command.ts';
import { explain } from './errors.ts';
import { EXIT } from './exit-status.ts';
import { program } from './program.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { write } from './terminal/stream.ts';
import { widthOf, wrapped } from './terminal/wrap.ts';

/**
 * Runs a command line. What it prints is on the streams of the process, also what went wrong: it never rejects.
 * @param args - what was typed after the name of the program.
 * @param version - what `--version` shows.
 * @returns the status to end with. Calls that hang may still be under way then, and timers run: who has no more to do exits.
 */
export async function run(args: readonly string[], version: string): Promise<number> {
  const root = program(version, args);
  try {
    await root.parseAsync(args, { from: 'user' });
    return statusOf(root);
  } catch (error) {
    // commander has told already, help or what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, exitStatus } = explain(error);
    write(process.stderr, `${wrapped(`error: ${message}`, widthOf(process.stderr), '  ')}\n`);
    if (args.includes('--debug')) write(process.stderr, `${inspect(error)}\n`);
    return exitStatus;
  } finally {
    // There is nothing left to go on with.
    onInterrupt(undefined);
  }
}
