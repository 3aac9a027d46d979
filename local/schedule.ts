import { rateSeconds } from '../core/contract/rate.ts';

/**
 * Seconds between two firings of a rule.
 * @throws Error for anything but `rate(...)`, and for a rate that EventBridge would refuse
 */
export function everySeconds(expression: string): number {
  const seconds = rateSeconds(expression);
  if (seconds === undefined) {
    throw new Error(
      `the local runner does not know the schedule ${expression}, only rate(15 minutes) and the like`,
    );
  }
  return seconds;
}
