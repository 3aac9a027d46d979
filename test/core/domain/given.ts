import type { Disclosure } from '../../../core/contract/names.ts';
import { importReport } from '../../../core/domain/notices/import-report.ts';
import type { ImportReport } from '../../../core/domain/notices/notice.ts';
import type { JobSummary } from '../../../core/domain/verdict/job-manifest.ts';
import {
  type ManifestReading,
  tallyFailure,
  tallySuccess,
  tallyWarning,
} from '../../../core/domain/verdict/manifest.ts';
import type { ImportJob } from '../../../core/domain/watch/import-job.ts';
import type { FailedWatch } from '../../../core/domain/watch/repair.ts';
import { tallied } from '../../../proof/fixtures/tallied.ts';

export const datastoreId = '12345678901234567890123456789012';
export const jobId = '09876543210987654321098765432109';
export const folder = `${datastoreId}-DicomImport-${jobId}`;

export const completed: ImportJob = {
  datastoreId,
  jobId,
  jobStatus: 'COMPLETED',
  jobName: 'nightly',
  dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
  inputS3Uri: 's3://in-bucket/in/',
  outputS3Uri: `s3://out-bucket/out/${folder}/`,
  submittedAt: '2026-01-02T03:04:05.678Z',
  endedAt: '2026-01-02T03:05:36.900Z',
};

export const executionArn = `arn:aws:states:us-east-1:111122223333:execution:watch:${datastoreId}-${jobId}`;

/** What is disclosed unless the owner chooses otherwise. */
export const disclosure: Disclosure = { inEvents: false, inEmails: false, manifestLinks: true };

/** The report on a job, with what is disclosed by default. */
export function reportOf(
  job: ImportJob,
  manifest: ManifestReading | undefined,
  now: number,
  disclosed: Partial<Disclosure> = {},
): ImportReport {
  return importReport({ job, manifest, executionArn }, { ...disclosure, ...disclosed }, now);
}

/** The counters of a job-output-manifest.json. */
export function counters(
  scanned: number,
  imported: number,
  customerErrors = 0,
  serverErrors = 0,
): Required<Pick<JobSummary, Extract<keyof JobSummary, `numberOf${string}`>>> {
  return {
    numberOfScannedFiles: scanned,
    numberOfImportedFiles: imported,
    numberOfFilesWithCustomerError: customerErrors,
    numberOfFilesWithServerError: serverErrors,
    numberOfGeneratedImageSets: 1,
  };
}

export function successLine(imageSetId = 'set1', isPrimary = true): string {
  return JSON.stringify({ inputFile: 'in/1.dcm', importResponse: { imageSetId, isPrimary } });
}

export function failureLine(message = 'DICOM attributes does not exist', exceptionType?: string): string {
  return JSON.stringify({
    inputFile: 'in/2.dcm',
    exception: { exceptionType: exceptionType ?? 'ValidationException', message },
  });
}

export function warningLine(code: number, imageSetId = 'set1', isPrimary = true): string {
  const warnings = [{ warning_reason_code: code, type: 'Any', message: 'The file was imported.' }];
  return JSON.stringify({ inputFile: 'in/3.dcm', importResponse: { imageSetId, isPrimary, warnings } });
}

export function times<T>(count: number, value: T): T[] {
  return Array<T>(count).fill(value);
}

export interface Files {
  readonly success?: readonly string[];
  readonly failure?: readonly string[];
  readonly warning?: readonly string[];
}

/** A reading of these counters and these lines. */
export function manifest(
  summary: JobSummary,
  { success = [], failure = [], warning = [] }: Files = {},
): Extract<ManifestReading, { kind: 'read' }> {
  return {
    kind: 'read',
    summary,
    success: tallied(tallySuccess(), success),
    failure: tallied(tallyFailure(), failure),
    warning: tallied(tallyWarning(), warning),
  };
}

/** A watch that failed in its first state. */
export const stoppedAt = Date.parse('2026-01-02T03:04:05.678Z');
export const name = `${datastoreId}-${jobId}`;
export const failed: FailedWatch = {
  executionArn: `arn:aws:states:us-east-1:111122223333:execution:watch:${name}`,
  name,
  status: 'FAILED',
  job: { datastoreId, jobId },
  failedStep: 'Check import job',
  error: 'HealthImagingRefused',
  redriveCount: 0,
  redrivable: true,
  startedAt: stoppedAt - 5000,
  stoppedAt,
};
const { job: _job, ...rest } = failed;
/** The same, with an input that names no job. */
export const withoutJob: FailedWatch = rest;
