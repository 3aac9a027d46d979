import { EXIT } from './exit-status.ts';
import { run } from './run.ts';
import { endOnSignals } from './terminal/interrupt.ts';
import { endWith, watchOutput } from './terminal/output-errors.ts';

/** Written by the build, from package.json. */
declare const VERSION: string;

// Until a command has said how it ended: a process that ends for want of work did not do its own.
process.exitCode = EXIT.failed;
endOnSignals();
watchOutput();

run(process.argv.slice(2), VERSION).then(endWith);
