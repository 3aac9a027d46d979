import type { Outcome, WatchState } from '../../contract/names.ts';
import type { ImportReport } from './notice.ts';

/** What a finished import adds to the metrics. */
export interface Measurements {
  readonly outcome: Outcome;
  readonly filesImported?: number;
  readonly filesRejected?: number;
  readonly watchLag?: number;
  readonly pollsPerWatch?: number;
  readonly eventsLost: number;
  readonly manifestUnavailable?: number;
}

/** @param now - milliseconds since the epoch. */
export function measurements(
  { detail: { data } }: Pick<ImportReport, 'detail'>,
  { check, news }: Pick<WatchState, 'check' | 'news'>,
  now: number,
): Measurements {
  const { outcome, endedAt, files } = data;
  return {
    outcome,
    ...(files && { filesImported: files.imported }),
    // An hour in which a metric has a value is paid for: no zeros of what is rare.
    ...(files && files.rejected > 0 && { filesRejected: files.rejected }),
    ...(endedAt !== undefined && { watchLag: Math.max(0, (now - Date.parse(endedAt)) / 1000) }),
    ...(check?.checks !== undefined && { pollsPerWatch: check.checks }),
    // The last wait ended by its own timeout: no signal of the end had arrived.
    eventsLost: endedAt !== undefined && news?.Error === 'States.Timeout' ? 1 : 0,
    ...(outcome === 'UNVERIFIED' && { manifestUnavailable: 1 }),
  };
}

/** How many files were refused for each type of error, the most frequent first, ten at most: reasons can quote anything. */
export function refusals({ failures }: Pick<ImportReport['detail']['data'], 'failures'>): {
  readonly exceptionType: string;
  readonly count: number;
}[] {
  const counts = new Map<string, number>();
  for (const { exceptionType, count } of failures ?? []) {
    counts.set(exceptionType, (counts.get(exceptionType) ?? 0) + count);
  }
  return [...counts]
    .map(([exceptionType, count]) => ({ exceptionType, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
}
