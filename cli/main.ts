import { CommanderError } from 'commander';
import { explain } from './errors.ts';
import { EXIT } from './exit-status.ts';
import { endOnSignals } from './interrupt.ts';
import { program } from './program.ts';
import { widthOf, wrapped } from './wrap.ts';

/** Written by the build, from package.json. */
declare const VERSION: string;

// Until a command has said how it ended: a process that ends for want of work did not do its own.
process.exitCode = EXIT.failed;
endOnSignals();
// Who reads a pipe may stop reading: `| head`.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit();
});

program(VERSION)
  .parseAsync()
  .catch((error: unknown) => {
    // commander has told already, help or what was wrong.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    const { message, exitStatus } = explain(error);
    process.stderr.write(`${wrapped(`error: ${message}`, widthOf(process.stderr))}\n`);
    if (process.argv.includes('--debug')) console.error(error);
    process.exitCode = exitStatus;
  })
  // Once all is written: a connection that the SDK keeps, or a call that hangs, holds nobody up.
  .finally(() => process.stdout.write('', () => process.exit()));
