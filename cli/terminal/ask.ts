import { createInterface } from 'node:readline';
import { write } from './stream.ts';

/** Whether somebody can be asked. */
export const canAsk = () => process.stdin.isTTY === true;

/** Asks on standard error. Anything but `y` or `yes` is no, also the end of the input. */
export async function ask(question: string): Promise<boolean> {
  write(process.stderr, `${question} [y/N] `);
  // Without an output it leaves Ctrl-C to the process.
  for await (const line of createInterface({ input: process.stdin })) return /^\s*y(es)?\s*$/i.test(line);
  return false;
}
