import type { HeldNotice } from '../../core/aws/digests.ts';

/** Longer than the function can run: whoever had the lease before is gone when it ends. */
export const LEASE_MS = 6 * 60_000;
/** How long what was sent stays in the table, without its content, so that nobody holds it a second time. */
const REMEMBER_SENT_SECONDS = 7 * 24 * 3600;
/** Items that are written at once. */
const WRITES_AT_ONCE = 25;

/** Until when it is remembered that something was sent: epoch seconds, as text. @param now - milliseconds since the epoch. */
export function expiryOfSent(now: number): string {
  return String(Math.floor(now / 1000) + REMEMBER_SENT_SECONDS);
}

/** Writes for each notice of a page, some of them at once. */
export async function writeEach(
  page: readonly HeldNotice[],
  write: (notice: HeldNotice) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < page.length; start += WRITES_AT_ONCE) {
    await Promise.all(page.slice(start, start + WRITES_AT_ONCE).map(write));
  }
}
