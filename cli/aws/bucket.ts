import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { httpStatus, isPassing } from '../../core/aws/errors.ts';
import { oneLine } from '../../core/domain/text.ts';
import type { ManifestReading } from '../../core/domain/verdict/manifest.ts';
import type { S3Location } from '../../core/domain/verdict/manifest-location.ts';

/** The bucket and the key of an S3 URI; undefined where it is none. */
export function s3Place(uri: string): S3Location | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? [];
  return bucket ? { bucket, key } : undefined;
}

/** S3 refuses these credentials for every bucket. */
const BAD_CREDENTIALS =
  /ExpiredToken|TokenRefreshRequired|InvalidToken|InvalidAccessKeyId|SignatureDoesNotMatch|RequestTimeTooSkewed/;

/**
 * Whether S3 has no bucket of this name. One that these credentials may not list is there.
 * @throws the error of AWS where the credentials are no good, or S3 cannot answer now.
 */
export async function isMissingBucket(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
    return false;
  } catch (error) {
    if (httpStatus(error) === 404) return true;
    if (isPassing(error) || BAD_CREDENTIALS.test((error as Error).name)) throw error;
    return false;
  }
}

/**
 * What stands in the way of a manifest that was not found or may not be read, where that is not the manifest itself.
 * @param uri - where the manifest should be.
 * @throws as {@link isMissingBucket}.
 */
export async function problemOfManifest(
  client: S3Client,
  uri: string | undefined,
  manifest: ManifestReading | undefined,
): Promise<string | undefined> {
  const { bucket } = s3Place(uri ?? '') ?? {};
  if (!bucket || manifest?.kind !== 'unavailable' || manifest.reason === 'MANIFEST_CORRUPT') return undefined;
  return (await isMissingBucket(client, bucket)) ? `There is no bucket ${oneLine(bucket)}.` : undefined;
}
