import type { MetricName } from '../../core/contract/names.ts';
import { log } from '../runtime/log.ts';
import { measure } from '../runtime/metrics.ts';

/** What a sweep did, and on how much of it it failed. */
export class SweepTally {
  /** Of all jobs, or of those that run: the log tells them apart. */
  readonly sweep: SweepKind;
  /** The data stores whose lists were begun, and those of them that could not be read to their ends. */
  readonly datastores = { begun: new Set<string>(), failed: new Set<string>() };
  readonly counts = {
    watchesStarted: 0,
    newsGiven: 0,
    recordsFixed: 0,
    failuresTold: 0,
    redriven: 0,
    replaced: 0,
  };
  failed = 0;

  constructor(sweep: SweepKind) {
    this.sweep = sweep;
  }

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
      log.error('a part of the sweep failed', { sweep: this.sweep, ...ids, error: (error as Error).name });
      return false;
    }
  }
}

export type SweepKind = 'all' | 'running';

/** What a sweep did. */
export type SweepResult = SweepTally['counts'] & { readonly failed: number; readonly finished: boolean };

/**
 * Logs and measures what a sweep did.
 * @param done - whether it came to its end; whether all else that belongs to it was done, too; what else it measured.
 */
export function finishSweep(
  { sweep, counts, failed, datastores }: SweepTally,
  done: {
    readonly finished: boolean;
    readonly watchesSwept?: boolean;
    readonly gauges: Partial<Record<MetricName, number>>;
  },
): SweepResult {
  const { watchesSwept = true, gauges } = done;
  const datastoresFailed = datastores.failed.size;
  const finished = done.finished && datastoresFailed === 0;
  log.info('swept', {
    sweep,
    ...counts,
    failed,
    finished,
    datastores: datastores.begun.size,
    datastoresFailed,
  });
  measure({
    sweepFindings: Object.values(counts).reduce((sum, count) => sum + count, 0),
    eventsLost: counts.watchesStarted + counts.newsGiven,
    ...(sweep === 'all' && { sweepFailures: failed }),
    // Only a sweep that came to its end is counted: an alarm tells when none does. A single job or watch that failed is not
    // its matter.
    ...(finished && watchesSwept && { [sweep === 'all' ? 'sweeps' : 'runningSweeps']: 1 }),
    ...gauges,
  });
  return { ...counts, failed, finished };
}
