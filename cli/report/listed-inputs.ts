import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../../core/domain/verdict/manifest-location.ts';

/** The objects below some prefixes, in the order in which S3 lists them: not each kind of bucket has that of the keys. */
export async function* listInputs(
  client: S3Client,
  prefixes: readonly S3Location[],
): AsyncGenerator<S3Location> {
  for (const { bucket, key } of prefixes) {
    const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: key });
    for await (const { Contents = [] } of pages) {
      for (const { Key = '' } of Contents) {
        // What the console of S3 makes for a folder is no file.
        if (!Key.endsWith('/')) yield { bucket, key: Key };
      }
    }
  }
}
