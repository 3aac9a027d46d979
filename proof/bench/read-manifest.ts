/**
 * Reads one failure file and prints what that took, as JSON; proof/bench/manifests.ts starts it, a process for each file:
 * `node proof/bench/read-manifest.ts ours|bare LINES alike|distinct`.
 */
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readManifests } from '../../core/aws/manifests.ts';
import { manifestLocations } from '../../core/domain/verdict/manifest-location.ts';
import type { FailureLine } from '../../simulator/index.ts';

/** What it prints. */
export interface Reading {
  readonly milliseconds: number;
  /** By how much the memory of the process grew at most. */
  readonly megabytes: number;
}

const [how = '', count = '', messages = ''] = process.argv.slice(2);
const JOB = { datastoreId: '1'.repeat(32), jobId: '2'.repeat(32) };
const OUTPUT = 's3://output/imports/';
const CHUNK_BYTES = 64 * 1024;
/** Lines come again after so many: what is measured is reading them, not making them. */
const POOL = 20_000;

function failureLine(i: number): FailureLine {
  const alike = ['DICOM attribute TransferSyntaxUID does not exist', 'DICOM attributes does not exist'];
  const distinct = `DICOM attribute SOPInstanceUID 1.2.826.0.1.3680043.8.498.${i} is there twice`;
  return {
    inputFile: `imports/study-${i % 97}/image-${i}.dcm`,
    exception: {
      exceptionType: 'ValidationException',
      message: messages === 'distinct' ? distinct : (alike[i % alike.length] ?? ''),
    },
  };
}

/** So many lines, in chunks as sockets bring them, which end anywhere in a line. */
function* chunks(lines: number): Generator<Buffer> {
  const size = Math.min(lines, POOL);
  const pool = Buffer.from(
    Array.from({ length: size }, (_, i) => `${JSON.stringify(failureLine(i))}\n`).join(''),
  );
  for (let made = 0; made < lines; made += size) {
    for (let at = 0; at < pool.length; at += CHUNK_BYTES) yield pool.subarray(at, at + CHUNK_BYTES);
  }
}

/** The SDK's S3 client, whose answers come from here instead of a socket. */
function storeOf(lines: number): S3Client {
  const body = (path: string): Iterable<Buffer> => {
    if (path.endsWith('job-output-manifest.json')) return [Buffer.from('{"jobSummary":{}}')];
    return path.endsWith('failure.ndjson') ? chunks(lines) : [];
  };
  return new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: {
      handle: async ({ path }: { path: string }) => ({
        response: { statusCode: 200, headers: {}, body: Readable.from(body(path), { objectMode: false }) },
      }),
    } as never,
  });
}

/** What nothing that reads the lines can do without. */
async function bareLoop(client: S3Client): Promise<number> {
  const locations = manifestLocations(OUTPUT, JOB);
  let lines = 0;
  for (const { bucket, key } of Object.values(locations)) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    let rest = '';
    for await (const chunk of (Body as Readable).setEncoding('utf8')) {
      const complete = (rest + chunk).split('\n');
      rest = complete.pop() ?? '';
      for (const line of complete) {
        JSON.parse(line);
        lines++;
      }
    }
  }
  return lines;
}

async function ourReader(client: S3Client): Promise<number> {
  const manifest = await readManifests(client, OUTPUT, JOB);
  return manifest.kind === 'read' ? manifest.failure.lines : 0;
}

const read = how === 'bare' ? bareLoop : ourReader;
// What happens once only, such as the first call of a client, is no part of reading.
await read(storeOf(10));
const store = storeOf(Number(count));
const memory = process.memoryUsage.rss();
const start = performance.now();
const lines = await read(store);
const milliseconds = performance.now() - start;
if (lines !== Number(count)) throw new Error(`read ${lines} of ${count} lines`);
const megabytes = (process.resourceUsage().maxRSS * 1024 - memory) / 1e6;
console.log(JSON.stringify({ milliseconds, megabytes } satisfies Reading));
