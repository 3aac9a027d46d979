import type { ImportJobFacts } from '../../contract/events.ts';
import { JOB_STATUSES, type JobStatus, type ObservedStatus } from '../../contract/names.ts';

/** An import job as `GetDICOMImportJob` describes it. */
export interface ImportJob extends Omit<ImportJobFacts, 'importConfiguration'> {
  /** As it came: it can identify a patient. */
  readonly importConfiguration?: unknown;
}

/**
 * Whether HealthImaging will do no more on a job. One that it does not know has not ended: it may be known a moment
 * later. Exhaustive: a new status does not compile.
 */
export function hasEnded(status: ObservedStatus): boolean {
  switch (status) {
    case 'NOT_FOUND':
    case 'SUBMITTED':
    case 'IN_PROGRESS':
      return false;
    case 'COMPLETED':
    case 'FAILED':
      return true;
    default:
      return status satisfies never;
  }
}

/** Narrows what the API answered. @throws Error for a status that this version does not know. */
export function parseJobStatus(value: string | undefined): JobStatus {
  const status = JOB_STATUSES.find((known) => known === value);
  if (!status) {
    throw new Error(`unknown jobStatus '${value}', expected one of ${JOB_STATUSES.join(', ')}`);
  }
  return status;
}

/** Seconds between two ISO 8601 times, never negative, or undefined where one is missing. */
export function durationSeconds(from: string | undefined, to: string | undefined): number | undefined {
  if (!from || !to) return undefined;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
