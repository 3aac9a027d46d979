import { type MedicalImagingClient, StartDICOMImportJobCommand } from '@aws-sdk/client-medical-imaging';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ImportJobId } from '../../core/contract/names.ts';
import { INPUT_BUCKET, OUTPUT_BUCKET } from '../../local/demo-stack.ts';
import type { StudyFile } from '../../simulator/index.ts';

/** Puts files below a prefix, which is the name of the job as well, and starts their import. */
export async function importStudy(
  { s3, healthImaging }: { readonly s3: S3Client; readonly healthImaging: MedicalImagingClient },
  datastoreId: string,
  prefix: string,
  files: readonly StudyFile[],
): Promise<ImportJobId> {
  for (const { name, bytes } of files) {
    await s3.send(new PutObjectCommand({ Bucket: INPUT_BUCKET, Key: `${prefix}${name}`, Body: bytes }));
  }
  const { jobId = '' } = await healthImaging.send(
    new StartDICOMImportJobCommand({
      datastoreId,
      jobName: prefix,
      dataAccessRoleArn: 'arn:aws:iam::000000000000:role/DicomImport',
      inputS3Uri: `s3://${INPUT_BUCKET}/${prefix}`,
      outputS3Uri: `s3://${OUTPUT_BUCKET}/imports/`,
    }),
  );
  return { datastoreId, jobId };
}
