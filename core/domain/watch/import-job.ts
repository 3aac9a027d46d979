import type { ImportJobFacts } from '../../contract/events.ts';
import {
  ERRORS,
  type HintedStatus,
  JOB_STATUSES,
  type JobStatus,
  type ObservedStatus,
} from '../../contract/names.ts';
import { oneLine } from '../text.ts';

/** An import job as `GetDICOMImportJob` describes it. */
export interface ImportJob extends Omit<ImportJobFacts, 'importConfiguration'> {
  /** As it came: it can identify a patient. */
  readonly importConfiguration?: unknown;
}

/**
 * Whether HealthImaging will do no more on a job. One that it does not know has not ended: it may be known a moment
 * later. A status that nobody knows is taken for an end: then the job is looked at. Exhaustive: a new status does not compile.
 */
export function hasEnded(status: ObservedStatus | HintedStatus): boolean {
  switch (status) {
    case 'NOT_FOUND':
    case 'SUBMITTED':
    case 'IN_PROGRESS':
      return false;
    case 'COMPLETED':
    case 'FAILED':
    case 'UNKNOWN':
      return true;
    default:
      return status satisfies never;
  }
}

/** HealthImaging gives a job a status that this version does not know. Neither a retry nor a redrive helps. */
export class UnknownJobStatusError extends Error {
  override readonly name = ERRORS.unknownJobStatus;
}

/** Narrows what the API answered. @throws UnknownJobStatusError for a status that this version does not know. */
export function parseJobStatus(value: string | undefined): JobStatus {
  const status = hintedStatus(value);
  if (status !== 'UNKNOWN') return status;
  const got = oneLine(String(value));
  throw new UnknownJobStatusError(`unknown jobStatus '${got}', expected one of ${JOB_STATUSES.join(', ')}`);
}

/** Narrows what is a hint only. */
export function hintedStatus(value: string | undefined): HintedStatus {
  return JOB_STATUSES.find((known) => known === value) ?? 'UNKNOWN';
}

/** Seconds between two ISO 8601 times, never negative, or undefined where one is missing. */
export function durationSeconds(from: string | undefined, to: string | undefined): number | undefined {
  if (!from || !to) return undefined;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
