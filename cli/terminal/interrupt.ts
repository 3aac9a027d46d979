import { EXIT } from '../exit-status.ts';
import { write } from './stream.ts';

/** How to go on, for who interrupts a command. */
let hint: (() => string) | undefined;

/** Sets the message for Ctrl-C: none, if there is no way to continue. */
export function onInterrupt(howToGoOn: (() => string) | undefined): void {
  hint = howToGoOn;
}

const STATUS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;
const SIGNALS = Object.keys(STATUS) as (keyof typeof STATUS)[];

function end(signal: keyof typeof STATUS): void {
  write(process.stderr, hint ? `\n${hint()}\n` : '\n');
  process.exit(STATUS[signal]);
}

/** Ends at once on Ctrl-C and on SIGTERM, and says how to go on. */
export function endOnSignals(): void {
  for (const signal of SIGNALS) process.once(signal, end);
}

/** Resolves on Ctrl-C and on SIGTERM, for what runs until then. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.off(signal, end).once(signal, () => resolve());
  });
}
