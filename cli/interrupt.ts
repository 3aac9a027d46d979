import { EXIT } from './exit-status.ts';

/** How to go on, for who interrupts a command. */
let hint: (() => string) | undefined;

/** Says what is told on Ctrl-C. */
export function onInterrupt(howToGoOn: () => string): void {
  hint = howToGoOn;
}

/** Ends at once on Ctrl-C and on SIGTERM, and says how to go on. */
export function endOnSignals(): void {
  const end = (status: number) => () => {
    process.stderr.write(hint ? `\n${hint()}\n` : '\n');
    process.exit(status);
  };
  process.once('SIGINT', end(EXIT.interrupted));
  process.once('SIGTERM', end(EXIT.terminated));
}
