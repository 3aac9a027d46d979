/** Serves the folders of so many jobs from a local S3 until it is ended: `node proof/bench/campaign-s3.ts JOBS`. Prints its port. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import pMap from 'p-map';
import type { ManifestFile } from '../../core/domain/verdict/manifest-location.ts';
import { filesOfJob, keyOf } from './campaign-folders.ts';

const jobs = Number(process.argv[2]);
const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
server.createBucket('campaign');
const client = new S3Client({
  endpoint: `http://127.0.0.1:${server.port}`,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
await pMap(
  Array.from({ length: jobs }, (_, i) => i),
  async (number) => {
    for (const [file, text] of Object.entries(filesOfJob(number))) {
      const Key = keyOf(number, file as ManifestFile);
      await client.send(new PutObjectCommand({ Bucket: 'campaign', Key, Body: text }));
    }
  },
  { concurrency: 16 },
);
console.log(server.port);
