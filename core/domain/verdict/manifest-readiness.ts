import type { LastCheck, ObservedStatus } from '../../contract/names.ts';
import { hasEnded, type ImportJob } from '../watch/import-job.ts';
import type { FileTally, ManifestReading } from './manifest.ts';

/**
 * How long after the end of a job its manifest may be late. AWS says nowhere that it is there when the status says
 * COMPLETED (docs/healthimaging.md#5-output-files).
 */
export const MANIFEST_GRACE_SECONDS = 300;

/** Whether a manifest that cannot be read now may be readable soon. A FAILED job may have none: no wait for it. */
export function mayStillAppear(job: Pick<ImportJob, 'jobStatus' | 'endedAt'>, now: number): boolean {
  return (
    job.jobStatus === 'COMPLETED' &&
    job.endedAt !== undefined &&
    now - Date.parse(job.endedAt) < MANIFEST_GRACE_SECONDS * 1000
  );
}

/**
 * Whether a manifest counts files of which no line tells. Soon after the end the lines may still be on their way; later
 * that is a discrepancy.
 */
export function isIncomplete({
  summary,
  success,
  failure,
}: Extract<ManifestReading, { kind: 'read' }>): boolean {
  const rejected =
    (summary.numberOfFilesWithCustomerError ?? 0) + (summary.numberOfFilesWithServerError ?? 0);
  const none = ({ lines, malformed, unreadable }: FileTally) => lines + malformed === 0 && !unreadable;
  return ((summary.numberOfImportedFiles ?? 0) > 0 && none(success)) || (rejected > 0 && none(failure));
}

/**
 * Whether a read is older than the check that led here: an ended job neither runs again nor vanishes at once. Only a check
 * that gave up leads here before the end.
 */
export function isStale(jobStatus: ObservedStatus, check: LastCheck | undefined): boolean {
  return check?.next !== 'abandoned' && !hasEnded(jobStatus);
}
