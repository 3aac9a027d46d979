import { JOB_STATUSES, type JobStatus, type ObservedStatus } from '../contract.ts';

/** An import job as `GetDICOMImportJob` describes it, times as ISO 8601 text. */
export interface ImportJob {
  readonly datastoreId: string;
  readonly jobId: string;
  readonly jobStatus: ObservedStatus;
  readonly jobName?: string;
  readonly message?: string;
  readonly dataAccessRoleArn?: string;
  readonly inputS3Uri?: string;
  readonly outputS3Uri?: string;
  readonly importConfiguration?: unknown;
  readonly submittedAt?: string;
  readonly endedAt?: string;
}

/** Whether HealthImaging will do no more on a job. Exhaustive: a new status does not compile. */
export function hasEnded(status: JobStatus): boolean {
  switch (status) {
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
