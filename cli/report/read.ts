import { getImportJob } from '../../core/aws/import-jobs.ts';
import { type OpenManifest, openObject, readManifestFiles } from '../../core/aws/manifests.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { describeImport } from '../../core/domain/notices/import-report.ts';
import { oneLine } from '../../core/domain/text.ts';
import type { ManifestReading } from '../../core/domain/verdict/manifest.ts';
import {
  folderKey,
  jobFolderIn,
  manifestLocations,
  manifestsBelow,
} from '../../core/domain/verdict/manifest-location.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { problemOfManifest, s3Place } from '../aws/bucket.ts';
import { connect } from '../aws/connect.ts';
import { PROGRAM } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import type { AwsOptions } from '../options.ts';
import type { ImportRecord } from '../terminal/import-record.ts';
import { tell } from '../terminal/output.ts';
import { openInFolder } from './folder.ts';

/** The record of an import, and how to read the files that it rests on. */
export interface Read {
  readonly record: ImportRecord;
  readonly open: OpenManifest;
}

/** Reads a job that has ended, and its manifests. @throws CliError where it has not, or is unknown. */
export async function readJob(id: ImportJobId, options: AwsOptions): Promise<Read> {
  const aws = await connect(options);
  const job = await getImportJob(aws.medicalImaging(), id);
  if (job.jobStatus === 'NOT_FOUND') {
    throw new CliError(
      `HealthImaging knows no import job ${id.jobId} in the data store ${id.datastoreId}. Check both ids, the region and the account; its manifests may still be there: --manifest s3://...`,
    );
  }
  if (!hasEnded(job.jobStatus)) {
    throw new CliError(
      `The import job is ${job.jobStatus}: there is no verdict yet. Wait for it with ${PROGRAM} wait.`,
    );
  }
  const s3 = aws.s3();
  const locations = job.outputS3Uri && manifestLocations(job.outputS3Uri, id);
  const open: OpenManifest = async (file) => (locations ? openObject(s3, locations[file]) : 'missing');
  const manifest = locations && (await readManifestFiles(open, id.jobId));
  const problem = await problemOfManifest(s3, job.outputS3Uri, manifest || undefined);
  if (problem) tell(problem);
  return { record: describeImport({ job, manifest: manifest || undefined }, false), open };
}

/** Reads manifests alone. @throws CliError where there are none. */
export async function readManifest(where: string, options: AwsOptions): Promise<Read> {
  const { open, problem } = where.startsWith('s3://')
    ? await openBelow(where, options)
    : { open: await openInFolder(where), problem: undefined };
  const manifest = await readManifestFiles(open);
  if (manifest.kind === 'unavailable') {
    const what = `${WHY[manifest.reason]} ${oneLine(where)}${EXPECTED}`;
    throw new CliError((await problem?.(manifest)) ?? what);
  }
  return { record: recordOf(manifest, where), open };
}

const WHY = {
  MANIFEST_MISSING: 'There is no job-output-manifest.json in',
  MANIFEST_FORBIDDEN:
    'These credentials do not allow reading (s3:GetObject, s3:ListBucket) job-output-manifest.json in',
  MANIFEST_CORRUPT: 'This is not a file that HealthImaging wrote: the job-output-manifest.json in',
} as const;
const EXPECTED =
  '. Expected is the folder that HealthImaging made for the job, whose name is <data store>-DicomImport-<job>.';

/** How to open manifests in S3, and how to find what stands in the way of them. */
async function openBelow(
  uri: string,
  options: AwsOptions,
): Promise<{ open: OpenManifest; problem(manifest: ManifestReading): Promise<string | undefined> }> {
  const place = s3Place(uri);
  if (!place) throw usageError(`--manifest is ${oneLine(uri)}. Expected s3://bucket/prefix/ or a folder.`);
  const aws = await connect(options);
  const s3 = aws.s3();
  const locations = manifestsBelow({ ...place, key: folderKey(place.key) });
  return {
    open: (file) => openObject(s3, locations[file]),
    problem: (manifest) => problemOfManifest(s3, uri, manifest),
  };
}

/** The record of what the manifest tells, as of a job that has completed. */
function recordOf(manifest: ManifestReading & { kind: 'read' }, where: string): ImportRecord {
  const { datastoreId, jobId } = jobFolderIn(where) ?? {};
  const { summary } = manifest;
  const known = {
    datastoreId: datastoreId ?? summary.datastoreId,
    jobId: jobId ?? summary.jobId,
  };
  const {
    jobStatus: _,
    datastoreId: __,
    jobId: ___,
    ...record
  } = describeImport(
    { job: { datastoreId: datastoreId ?? '', jobId: '', jobStatus: 'COMPLETED' }, manifest },
    false,
  );
  return {
    ...record,
    ...(known.datastoreId && { datastoreId: known.datastoreId }),
    ...(known.jobId && { jobId: known.jobId }),
  };
}
