import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { JobFault } from './faults.ts';
import type { ImageSetSummary, Placement } from './image-sets.ts';
import type { ImportWarning } from './pixel-data.ts';
import { type Job, jobFolder, parseS3Uri } from './types.ts';

/** A line of success.ndjson (docs/healthimaging.md#7-lines-and-warnings; AWS guide "Understanding import jobs"). */
export interface SuccessLine {
  /** The S3 key, without the bucket. */
  inputFile: string;
  importResponse: Placement;
}

/** A line of failure.ndjson. */
export interface FailureLine {
  inputFile: string;
  exception: { exceptionType: string; message: string };
}

/** A line of warning.ndjson. */
export interface WarningLine {
  inputFile: string;
  importResponse: Placement & { warnings: ImportWarning[] };
}

/** What an import found and did. */
export interface Outcome {
  numberOfScannedFiles: number;
  numberOfFilesWithCustomerError: number;
  numberOfFilesWithServerError: number;
  successes: SuccessLine[];
  failures: FailureLine[];
  warnings: WarningLine[];
  imageSetsSummary: ImageSetSummary[];
}

/** job-output-manifest.json (docs/healthimaging.md#6-job-manifest). */
export function jobOutputManifest(job: Job, outcome: Outcome): { jobSummary: Record<string, unknown> } {
  const folder = jobFolder(job);
  return {
    jobSummary: {
      jobId: job.jobId,
      datastoreId: job.datastoreId,
      inputS3Uri: job.inputS3Uri,
      outputS3Uri: folder,
      successOutputS3Uri: `${folder}SUCCESS/`,
      failureOutputS3Uri: `${folder}FAILURE/`,
      warningsOutputS3Uri: `${folder}WARNING/`,
      numberOfScannedFiles: outcome.numberOfScannedFiles,
      numberOfImportedFiles: outcome.successes.length,
      numberOfFilesWithCustomerError: outcome.numberOfFilesWithCustomerError,
      numberOfFilesWithServerError: outcome.numberOfFilesWithServerError,
      numberOfGeneratedImageSets: outcome.imageSetsSummary.length,
      imageSetsSummary: outcome.imageSetsSummary,
    },
  };
}

/** What is written about a job, and how. */
export interface OutputRequest {
  readonly s3: S3Client;
  readonly job: Job;
  readonly outcome: Outcome;
  readonly fault: JobFault;
  /** Whether a file without lines is written empty or left out; which of them AWS does is unverified. */
  readonly emptyFiles: 'absent' | 'written';
  readonly signal: AbortSignal;
}

/** What it says cannot be made text. */
const UNEXPECTED = '{"inputFile":"x","exception":{"exceptionType":{"toString":null},"message":"m"}}\n';

/** How late the output files are that are late, in seconds, the least first. */
export function delaysOf(fault: JobFault): number[] {
  const late = Object.values(delays(fault)).filter((seconds) => seconds > 0);
  return [...new Set(late)].sort((a, b) => a - b);
}

function delays(fault: JobFault): Record<'manifest' | 'success' | 'failure' | 'warning', number> {
  const all = fault.manifestDelaySeconds ?? 0;
  return {
    manifest: fault.jobManifestDelaySeconds ?? all,
    success: fault.successDelaySeconds ?? all,
    failure: fault.failureDelaySeconds ?? all,
    warning: fault.warningDelaySeconds ?? all,
  };
}

/**
 * Writes a job's output files, the manifest last, so that who finds it finds the others.
 * @param delaySeconds - only the files that are as late as this.
 */
export async function writeOutputs(request: OutputRequest, delaySeconds: number): Promise<void> {
  const { s3, job, outcome, fault, emptyFiles, signal } = request;
  const { bucket, key: folder } = parseS3Uri(jobFolder(job));
  const delay = delays(fault);
  const put = (name: string, type: string, body: string) => {
    const object = { Bucket: bucket, Key: folder + name, ContentType: type };
    // Bytes, for the SDK takes an empty string for a stream of unknown length and warns.
    const bytes = new TextEncoder().encode(body);
    return s3.send(new PutObjectCommand({ ...object, Body: bytes }), { abortSignal: signal });
  };
  const lists = [
    { name: 'SUCCESS/success.ndjson', lines: outcome.successes, fault: fault.success, late: delay.success },
    { name: 'FAILURE/failure.ndjson', lines: outcome.failures, fault: fault.failure, late: delay.failure },
    // A file with warnings has been imported: it is among the successes as well (unverified).
    { name: 'WARNING/warning.ndjson', lines: outcome.warnings, fault: fault.warning, late: delay.warning },
  ];
  for (const { name, lines, fault, late } of lists) {
    if (late !== delaySeconds) continue;
    const begin = fault === 'unexpected' ? UNEXPECTED : '';
    const text = begin + lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (fault === 'missing' || (text === '' && emptyFiles === 'absent')) continue;
    await put(name, 'application/x-ndjson', fault === 'truncated' ? text.slice(0, -20) : text);
  }
  if (fault.manifest === 'missing' || delay.manifest !== delaySeconds) return;
  const text = JSON.stringify(jobOutputManifest(job, outcome));
  const body = fault.manifest === 'corrupt' ? text.slice(0, text.length / 2) : text;
  await put('job-output-manifest.json', 'application/json', body);
}
