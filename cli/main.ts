import { EXIT } from './exit-status.ts';
import { run } from './run.ts';
import { endOnSignals } from './terminal/interrupt.ts';

/** Written by the build, from package.json. */
declare const VERSION: string;

// Until a command has said how it ended: a process that ends for want of work did not do its own.
process.exitCode = EXIT.failed;
endOnSignals();
// Who reads a pipe may stop reading: `| head`.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit();
});

run(process.argv.slice(2), VERSION).then((status) => {
  process.exitCode = status;
  // Once all is written: a connection that the SDK keeps, or a call that hangs, holds nobody up.
  process.stdout.write('', () => process.exit());
});
