/**
 * Reads the files of job folders from S3 as `report` does, and makes nothing of them: `node proof/bench/bare-gets.ts ENDPOINT JOBS
 * AT_ONCE`. proof/bench/campaign.ts starts it.
 */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { s3ForMany } from '../../core/aws/clients.ts';
import { MANIFEST_FILES, type ManifestFile } from '../../core/domain/verdict/manifest-location.ts';
import { keyOf } from './campaign-folders.ts';

const [endpoint = '', jobs = '', atOnce = ''] = process.argv.slice(2);
const client = s3ForMany({ endpoint, region: 'us-east-1', forcePathStyle: true });
const read = async (number: number, file: ManifestFile) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'campaign', Key: keyOf(number, file) }));
  await Body?.transformToByteArray();
};
const files = Object.keys(MANIFEST_FILES) as ManifestFile[];
await pMap(
  Array.from({ length: Number(jobs) }, (_, i) => i),
  async (number) => {
    // The job manifest comes first: what it says decides whether the others are read.
    await read(number, 'job');
    await Promise.all(files.filter((file) => file !== 'job').map((file) => read(number, file)));
  },
  { concurrency: Number(atOnce) },
);
client.destroy();
