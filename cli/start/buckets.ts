import { HeadBucketCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { httpStatus } from '../../core/aws/errors.ts';
import { isMissingBucket } from '../aws/bucket.ts';
import type { Place } from './problems.ts';
import { type S3Object, type Survey, survey } from './survey.ts';

/**
 * What speaks against a bucket, or undefined where nothing does or nobody may look.
 * @param elsewhere - what to do where it is in another region than the data store; not given: it may be.
 */
export async function problemOfBucket(
  client: S3Client,
  bucket: string,
  region: string,
  elsewhere: string | undefined,
): Promise<string | undefined> {
  try {
    const { BucketRegion = region } = await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return elsewhere !== undefined && BucketRegion !== region
      ? `The bucket ${bucket} is in ${BucketRegion}, the data store in ${region}. ${elsewhere}`
      : undefined;
  } catch (error) {
    if (httpStatus(error) === 404) return `There is no bucket ${bucket}.`;
    if (mayNotLook(error)) return undefined;
    // The answer to HEAD has no body, and so no name of the error: this call has.
    await isMissingBucket(client, bucket);
    throw error;
  }
}

/** What lies below the input, or undefined where these credentials may not list it: HealthImaging reads with its own role. */
export async function surveyInput(
  client: S3Client,
  { bucket, key }: Place,
  expected: readonly string[],
): Promise<Survey | undefined> {
  try {
    return await survey(objects(client, bucket, key), key, expected);
  } catch (error) {
    if (mayNotLook(error) || httpStatus(error) === 404) return undefined;
    throw error;
  }
}

async function* objects(client: S3Client, bucket: string, prefix: string): AsyncGenerator<S3Object> {
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket: bucket, Prefix: prefix },
  )) {
    for (const { Key = '', Size = 0 } of Contents) yield { key: Key, bytes: Size };
  }
}

function mayNotLook(error: unknown): boolean {
  return httpStatus(error) === 403;
}
