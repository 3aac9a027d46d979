import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MANIFEST_FILES, type ManifestFile } from '../../../core/domain/verdict/manifest-location.ts';

export const DATASTORE_ID = '12345678901234567890123456789012';

/** What a job folder holds. */
export interface Given {
  readonly jobId: string;
  /** Whether there is a job manifest. Default: true. */
  readonly hasManifest?: boolean;
  /** Counters; those that are not given agree with the lines. */
  readonly scanned?: number;
  readonly imported?: number;
  readonly refused?: number;
  readonly success?: readonly string[];
  readonly warning?: readonly (readonly [key: string, code: number])[];
  readonly failure?: readonly (readonly [key: string, type: string, message: string])[];
  /** Default: `s3://in-bucket/in/`. */
  readonly inputS3Uri?: string;
  /** Seconds since the epoch at which the manifest was written. */
  readonly endedAt?: number;
}

const line = (value: object) => `${JSON.stringify(value)}\n`;
const response = { imageSetId: 'set-1', isPrimary: true };

/** The files of a job by their names. */
export function filesOf(given: Given): Partial<Record<ManifestFile, string>> {
  const { jobId, hasManifest = true, success = [], warning = [], failure = [] } = given;
  const { inputS3Uri = 's3://in-bucket/in/' } = given;
  const named = new Set([...success, ...warning.map(([key]) => key)]);
  const imported = given.imported ?? named.size;
  const refused = given.refused ?? failure.length;
  const summary = {
    jobId,
    datastoreId: DATASTORE_ID,
    inputS3Uri,
    numberOfScannedFiles: given.scanned ?? imported + refused,
    numberOfImportedFiles: imported,
    numberOfFilesWithCustomerError: refused,
    numberOfFilesWithServerError: 0,
    numberOfGeneratedImageSets: imported > 0 ? 1 : 0,
    imageSetsSummary: imported > 0 ? [{ imageSetId: 'set-1', imageSetVersion: 1, isPrimary: true }] : [],
  };
  return {
    ...(hasManifest && { job: JSON.stringify({ jobSummary: summary }) }),
    success: success.map((inputFile) => line({ inputFile, importResponse: response })).join(''),
    warning: warning
      .map(([inputFile, code]) =>
        line({ inputFile, importResponse: { ...response, warnings: [{ warning_reason_code: code }] } }),
      )
      .join(''),
    failure: failure
      .map(([inputFile, exceptionType, message]) =>
        line({ inputFile, exception: { exceptionType, message } }),
      )
      .join(''),
  };
}

export const folderOf = (jobId: string) => `${DATASTORE_ID}-DicomImport-${jobId}`;

/** Writes the folder of a job below another one. */
export async function writeJobFolder(root: string, given: Given): Promise<void> {
  for (const [file, text] of Object.entries(filesOf(given))) {
    const path = join(root, folderOf(given.jobId), MANIFEST_FILES[file as ManifestFile]);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    if (file === 'job' && given.endedAt !== undefined) await utimes(path, given.endedAt, given.endedAt);
  }
}
