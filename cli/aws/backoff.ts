import { systemTime } from '../../core/time.ts';

/** How long AWS may be out of reach before the first answer; afterwards it was right once, and is waited for. */
export const NO_ANSWER_SECONDS = 60;

const LONGEST_SECONDS = 30;

/**
 * Seconds before the next try, after some failures in a row: doubled each time up to half a minute, the second half of
 * it by chance, so that those who were throttled together do not come back together.
 */
export function backoffSeconds(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST_SECONDS, 2 ** failures);
  return longest * (0.5 + random() / 2);
}

/** Does something, and again after failures that pass. @throws the last of so many failures, or one that does not pass. */
export async function withRetries<T>(
  tries: number,
  isPassing: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (failures === tries || !isPassing(error)) throw error;
      await systemTime.sleep(backoffSeconds(failures) * 1000);
    }
  }
}
