import { EXIT } from '../exit-status.ts';
import { systemReason } from '../system-errors.ts';
import { write } from './stream.ts';

/** Why standard output could not be written; undefined where it could, or where nobody reads it any more. */
let problem: string | undefined;

/**
 * Keeps the process alive where its output cannot be written. A pipe that nobody reads (`| head`) is no error: the command goes
 * on to its end, without a word, and ends with its own status.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || problem !== undefined) return;
    problem = systemReason(error) ?? error.code ?? error.message;
    write(process.stderr, `error: Standard output cannot be written (${problem}).\n`);
  });
  // There is no way left to say it.
  process.stderr.on('error', () => {});
}

/** Ends the process once all is written: a connection that the SDK keeps, or a call that hangs, holds nobody up. */
export function endWith(status: number): void {
  process.exitCode = status;
  // Errors are reported after the callback of the write that failed.
  process.stdout.write('', () =>
    setImmediate(() => process.exit(problem === undefined ? status : EXIT.failed)),
  );
}
