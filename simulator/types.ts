/** JobStatus of the HealthImaging API. There is no "completed with errors": the manifests tell. */
export type JobStatus = 'SUBMITTED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** The operations the simulator speaks, by their API names. */
export const OPERATIONS = [
  'StartDICOMImportJob',
  'GetDICOMImportJob',
  'ListDICOMImportJobs',
  'ListDatastores',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** The tagged union of StartDICOMImportJob, newer than the SDK (docs/healthimaging.md#2-import-configuration). */
export interface ImportConfiguration {
  dicomJsonMetadataImportConfiguration: {
    dicomMetadataMappings: {
      studyInstanceUID: string;
      seriesInstanceUID?: string | undefined;
      metadataFilePath: string;
    }[];
  };
}

/** A job as the simulator keeps it. Times are milliseconds since the epoch; the wire uses seconds. */
export interface Job {
  /** Counts up over all jobs of a simulator, so that pages of a list stay stable while jobs are added. */
  sequence: number;
  jobId: string;
  jobName: string;
  jobStatus: JobStatus;
  datastoreId: string;
  dataAccessRoleArn: string;
  submittedAt: number;
  endedAt?: number;
  inputS3Uri: string;
  /** The parent prefix as passed to StartDICOMImportJob. */
  outputS3Uri: string;
  message?: string;
  importConfiguration?: ImportConfiguration | undefined;
}

/** The detail of an import-job event: exactly these seven strings (EventBridge schema registry). */
export interface ImportJobEventDetail {
  imagingVersion: string;
  datastoreId: string;
  jobId: string;
  jobName: string;
  jobStatus: JobStatus;
  inputS3Uri: string;
  outputS3Uri: string;
}

/** An EventBridge event as a rule's target receives it. */
export interface ImportJobEvent {
  version: '0';
  id: string;
  'detail-type':
    | 'Import Job Submitted'
    | 'Import Job In Progress'
    | 'Import Job Completed'
    | 'Import Job Failed';
  source: 'aws.medical-imaging';
  account: string;
  /** ISO 8601, whole seconds. */
  time: string;
  region: string;
  resources: string[];
  detail: ImportJobEventDetail;
}

/** A place in S3, taken from `s3://bucket/key`. */
export interface S3Location {
  bucket: string;
  key: string;
}

/** Splits an S3 URI that has passed validation. */
export function parseS3Uri(uri: string): S3Location {
  const [bucket = '', ...key] = uri.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}

/**
 * The job's own output folder, with a trailing slash: what GetDICOMImportJob and the manifest call outputS3Uri,
 * although StartDICOMImportJob was given the parent (docs/healthimaging.md#5-output-files).
 */
export function jobFolder(job: Pick<Job, 'outputS3Uri' | 'datastoreId' | 'jobId'>): string {
  return `${job.outputS3Uri.replace(/\/+$/, '')}/${job.datastoreId}-DicomImport-${job.jobId}/`;
}
