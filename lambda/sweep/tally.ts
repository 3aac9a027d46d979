import type { MetricName } from '../../core/contract/names.ts';
import { log } from '../runtime/log.ts';
import { measure } from '../runtime/metrics.ts';

/** What a sweep did, and on how much of it it failed. */
export class SweepTally {
  readonly counts = {
    watchesStarted: 0,
    newsGiven: 0,
    recordsMended: 0,
    failuresTold: 0,
    redriven: 0,
    replaced: 0,
  };
  failed = 0;

  count(what: keyof SweepTally['counts']): void {
    this.counts[what]++;
  }

  /** Does one part of the sweep, which does not stop the others when it fails. @returns whether it was done. */
  async attempt(ids: Readonly<Record<string, string>>, part: () => Promise<void>): Promise<boolean> {
    try {
      await part();
      return true;
    } catch (error) {
      this.failed++;
      // The name only: AWS's message can quote anything.
      log.error('a part of the sweep failed', { ...ids, error: (error as Error).name });
      return false;
    }
  }
}

/** What a sweep did. */
export type SweepResult = SweepTally['counts'] & { readonly failed: number; readonly finished: boolean };

/** Logs and measures what a sweep did. @param more - what else it measured. */
export function finishSweep(
  { counts, failed }: SweepTally,
  finished: boolean,
  more: Partial<Record<MetricName, number>> = {},
): SweepResult {
  log.info('swept', { ...counts, failed, finished });
  measure({
    sweepFindings: Object.values(counts).reduce((sum, count) => sum + count, 0),
    sweepFailures: failed,
    eventsLost: counts.watchesStarted + counts.newsGiven,
    ...more,
  });
  return { ...counts, failed, finished };
}
