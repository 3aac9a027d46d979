import { MedicalImagingClient, StartDICOMImportJobCommand } from '@aws-sdk/client-medical-imaging';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { StudyFile } from '../simulator/index.ts';
import type { LocalCloud } from './cloud.ts';
import { INPUT_BUCKET, OUTPUT_BUCKET } from './demo-stack.ts';

/** The data store that the local jobs import into. */
export const DATASTORE_ID = '11111111111111111111111111111111';

/** Puts the files into the input bucket. */
export async function putFiles(
  { s3 }: LocalCloud,
  prefix: string,
  files: readonly StudyFile[],
): Promise<void> {
  for (const Bucket of [INPUT_BUCKET, OUTPUT_BUCKET]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
  }
  for (const { name, bytes } of files) {
    await s3.send(new PutObjectCommand({ Bucket: INPUT_BUCKET, Key: `${prefix}${name}`, Body: bytes }));
  }
}

/** Starts an import of what lies below the prefix, with the real client. @returns the job's id. */
export async function startImport(
  { environment }: LocalCloud,
  prefix: string,
  jobName: string,
): Promise<string> {
  const client = new MedicalImagingClient({
    endpoint: environment.AWS_ENDPOINT_URL_MEDICAL_IMAGING ?? '',
    region: environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  try {
    const { jobId = '' } = await client.send(
      new StartDICOMImportJobCommand({
        datastoreId: DATASTORE_ID,
        jobName,
        dataAccessRoleArn: 'arn:aws:iam::000000000000:role/DicomImport',
        inputS3Uri: `s3://${INPUT_BUCKET}/${prefix}`,
        outputS3Uri: `s3://${OUTPUT_BUCKET}/imports/`,
      }),
    );
    return jobId;
  } finally {
    client.destroy();
  }
}
