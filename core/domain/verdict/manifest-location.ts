import type { ImportJobId } from '../../contract/names.ts';
import { DATASTORE_ID, JOB_ID, within } from '../../contract/patterns.ts';

/** A place in S3; `key` has no leading slash. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** The files that HealthImaging writes for a job (docs/healthimaging.md#5-output-files). */
export type ManifestFile = 'job' | 'success' | 'failure' | 'warning';

/** Their names below the folder of the job. */
export const MANIFEST_FILES: Readonly<Record<ManifestFile, string>> = {
  job: 'job-output-manifest.json',
  success: 'SUCCESS/success.ndjson',
  failure: 'FAILURE/failure.ndjson',
  warning: 'WARNING/warning.ndjson',
};

/**
 * Where a job's manifests lie. `outputS3Uri` means two things: the prefix that `StartDICOMImportJob` was given, or the
 * job's own folder below it, which `GetDICOMImportJob` returns. Both give the same places.
 * @throws Error when `outputS3Uri` is not an S3 URI; the message does not repeat it, as it may identify a patient.
 */
export function manifestLocations(
  outputS3Uri: string,
  { datastoreId, jobId }: ImportJobId,
): Readonly<Record<ManifestFile, S3Location>> {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(outputS3Uri);
  if (!match?.[1]) {
    throw new Error('outputS3Uri is not an S3 URI, expected s3://bucket/prefix');
  }
  const [, bucket, path = ''] = match;
  const folder = `${datastoreId}-DicomImport-${jobId}`;
  const prefix = folderKey(path);
  const root = prefix.split('/').at(-2) === folder ? prefix : `${prefix}${folder}/`;
  return manifestsBelow({ bucket, key: root });
}

/** The key of a folder: empty, or with a slash at its end. */
export function folderKey(key: string): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`;
}

const FOLDER = new RegExp(
  `(?<=^|[/\\\\])(${within(DATASTORE_ID)})-DicomImport-(${within(JOB_ID)})(?=$|[/\\\\])`,
);

/** The folder that HealthImaging made for a job, and the job, by a path in it. */
export interface JobFolderPath extends ImportJobId {
  /** The path up to the name of the folder, without a slash at its end. */
  readonly path: string;
}

/** The job folder that a path is, or is in; undefined where it is in none. */
export function jobFolderIn(path: string): JobFolderPath | undefined {
  const found = FOLDER.exec(path);
  if (!found) return undefined;
  const [name, datastoreId = '', jobId = ''] = found;
  return { path: path.slice(0, found.index + name.length), datastoreId, jobId };
}

/** Where the manifests lie in the folder of a job. @param folder - its key ends with a slash. */
export function manifestsBelow({ bucket, key }: S3Location): Readonly<Record<ManifestFile, S3Location>> {
  const at = (file: ManifestFile): S3Location => ({ bucket, key: key + MANIFEST_FILES[file] });
  return { job: at('job'), success: at('success'), failure: at('failure'), warning: at('warning') };
}

/** `s3://bucket/key` */
export function s3Uri({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}
