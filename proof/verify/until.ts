import { setTimeout as sleep } from 'node:timers/promises';

/** A limit for what never comes, not for what is slow. */
const PATIENCE_SECONDS = 150;

/** Waits until something comes about on a server, by looking again and again. @throws Error where it does not */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${PATIENCE_SECONDS} s`);
    await sleep(250);
  }
}
