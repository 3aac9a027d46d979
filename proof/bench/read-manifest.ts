/**
 * Reads the manifests of one job and prints what that took, as JSON; proof/bench/manifests.ts and manifest-memory.ts start it, a
 * process for each: `node proof/bench/read-manifest.ts ours|bare COUNT CONTENT`. A bare loop reads `alike` and `distinct` only.
 */
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readManifests } from '../../core/aws/manifests.ts';
import { DEFAULT_DISCLOSURE } from '../../core/contract/names.ts';
import { importReport, MAX_DATA_BYTES } from '../../core/domain/notices/import-report.ts';
import type { ManifestReading } from '../../core/domain/verdict/manifest.ts';
import {
  MANIFEST_FILES,
  type ManifestFile,
  manifestLocations,
} from '../../core/domain/verdict/manifest-location.ts';

/** What it prints. */
export interface Reading {
  readonly milliseconds: number;
  /** What the process had of the cores, in milliseconds: that of other work does not count. */
  readonly cpu: number;
  /** By how much the memory of the process grew at most. */
  readonly megabytes: number;
}

const [how = '', count = '', name = ''] = process.argv.slice(2);
const JOB = { datastoreId: '1'.repeat(32), jobId: '2'.repeat(32) };
const OUTPUT = 's3://output/imports/';
const CHUNK_BYTES = 64 * 1024;
/** Lines come again after so many: what is measured is reading them, not making them. */
const POOL = 20_000;

/** What a file of a job holds: so many pieces, and what must come out. */
interface Content {
  readonly file: ManifestFile;
  readonly before?: string;
  readonly piece: (i: number) => string;
  readonly after?: string;
  /** Members of the job manifest, where that is not what is read. */
  readonly summary?: (count: number) => object;
  /** Whether the pieces come again. */
  readonly pooled?: boolean;
  readonly came: (read: ManifestReading & { kind: 'read' }) => unknown;
  readonly mustCome: (count: number) => unknown;
}

const lines = (count: number) => count;
const failure = (inputFile: string, exceptionType: string, message: string) =>
  `${JSON.stringify({ inputFile, exception: { exceptionType, message } })}\n`;
/** A word that tells a number, of which masking takes nothing. */
const word = (i: number) => i.toString().replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
const id = (i: number) => i.toString().padStart(32, '0');
/** Almost as long as a line may be. */
const LONG = 127 * 1024;
const ALIKE = ['DICOM attribute TransferSyntaxUID does not exist', 'DICOM attributes does not exist'];

const CONTENTS: Readonly<Record<string, Content>> = {
  alike: {
    file: 'failure',
    pooled: true,
    piece: (i) =>
      failure(`imports/study-${i % 97}/image-${i}.dcm`, 'ValidationException', ALIKE[i % ALIKE.length] ?? ''),
    came: ({ failure }) => failure.lines,
    mustCome: lines,
  },
  distinct: {
    file: 'failure',
    pooled: true,
    piece: (i) =>
      failure(
        `imports/study-${i % 97}/image-${i}.dcm`,
        'ValidationException',
        `DICOM attribute SOPInstanceUID 1.2.826.0.1.3680043.8.498.${i} is there twice`,
      ),
    came: ({ failure }) => failure.lines,
    mustCome: lines,
  },
  'messages and types': {
    file: 'failure',
    piece: (i) => failure(`imports/image-${i}.dcm`, `${word(i)}Exception`, `There is no ${word(i)}`),
    came: ({ failure }) => failure.reasons.reduce((sum, reason) => sum + reason.count, 0),
    mustCome: lines,
  },
  'image sets': {
    file: 'success',
    piece: (i) =>
      `{"inputFile":"imports/image-${i}.dcm","importResponse":{"imageSetId":"${id(i)}","isPrimary":false}}\n`,
    came: ({ success }) => success.lines,
    mustCome: lines,
  },
  'files of 2,000 image sets': {
    file: 'success',
    summary: (count) => ({
      numberOfScannedFiles: count,
      numberOfImportedFiles: count,
      numberOfFilesWithCustomerError: 0,
      numberOfFilesWithServerError: 0,
      numberOfGeneratedImageSets: Math.min(count, 2_000),
    }),
    piece: (i) =>
      `{"inputFile":"imports/image-${i}.dcm","importResponse":{"imageSetId":"${id(i % 2_000)}","imageSetVersion":1,"isPrimary":${i % 2_000 < 1_990}}}\n`,
    came: reported,
    mustCome: (count) => {
      const sets = Math.min(count, 2_000);
      return `${count} files, ${sets} image sets, those that are not primary first, and none lost`;
    },
  },
  codes: {
    file: 'warning',
    piece: (i) =>
      `{"inputFile":"imports/image-${i}.dcm","importResponse":{"imageSetId":"${id(i)}","warnings":[{"warning_reason_code":${100_000 + i}}]}}\n`,
    came: ({ warning }) => warning.codes.reduce((sum, code) => sum + code.count, 0),
    mustCome: lines,
  },
  'long messages, types and keys': {
    file: 'failure',
    piece: (i) => failure(`a${i}`.repeat(3_000), `B${word(i)}`.repeat(1_000), `${word(i)} c`.repeat(4_000)),
    came: ({ failure }) => failure.lines,
    mustCome: lines,
  },
  'lines of empty objects': {
    file: 'warning',
    piece: () => `{"importResponse":{"warnings":[${'{},'.repeat(LONG / 3)}{}]}}\n`,
    came: ({ warning }) => warning.lines,
    mustCome: lines,
  },
  'lines of empty lists': {
    file: 'failure',
    piece: () => `{"exception":{"message":[${'[],'.repeat(LONG / 3)}[]]}}\n`,
    came: ({ failure }) => failure.lines,
    mustCome: lines,
  },
  'one line': {
    file: 'failure',
    piece: () => 'x'.repeat(CHUNK_BYTES),
    came: ({ failure }) => failure.malformed,
    mustCome: () => 1,
  },
  'a job manifest': {
    file: 'job',
    before: '{"jobSummary":{"imageSetsSummary":[',
    piece: (i) =>
      `{"imageSetId":"${id(i)}","imageSetVersion":1,"isPrimary":false,"numberOfMatchedSOPInstances":1},`,
    after: '{"imageSetId":"a"}]}}',
    came: ({ summary }) => summary.imageSetsSummary?.length,
    mustCome: (count) => (count < 60_000 ? count + 1 : undefined),
  },
  'a job manifest of empty objects': {
    file: 'job',
    before: '{"jobSummary":{"imageSetsSummary":[',
    piece: () => '{},',
    after: '{}]}}',
    came: ({ summary }) => summary.imageSetsSummary?.length,
    mustCome: () => 0,
  },
};

/** What the event says of a reading, in words. */
function reported(manifest: ManifestReading & { kind: 'read' }): string {
  const job = { ...JOB, jobStatus: 'COMPLETED', outputS3Uri: OUTPUT } as const;
  const { data } = importReport({ job, manifest, executionArn: 'arn' }, DEFAULT_DISCLOSURE, 0).detail;
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > MAX_DATA_BYTES) throw new Error(`the event has ${bytes} bytes of data`);
  const { items = [], nonPrimary = 0, created = 0 } = data.imageSets ?? {};
  const isFirst = items.slice(0, nonPrimary).every(({ isPrimary }) => isPrimary === false);
  const lost = created - items.length - (data.omitted?.imageSets ?? 0);
  return `${data.files?.imported} files, ${created} image sets, ${isFirst ? 'those that are not primary first' : 'in disorder'}, and ${lost || 'none'} lost`;
}

const content = CONTENTS[name];
if (!content) throw new Error(`there is no content ${name}`);

/**
 * Chunks of what is made while it is read: there can be gigabytes of it. They take turns, more of them than a job manifest may
 * have, so that their memory does not count as that of the reader.
 */
const CHUNKS = Array.from({ length: 140 }, () => Buffer.alloc(CHUNK_BYTES));

/** So many pieces, in chunks as sockets bring them, which end anywhere in a line. */
function* chunks(content: Content, pieces: number): Generator<Buffer> {
  if (content.pooled) {
    const size = Math.min(pieces, POOL);
    const pool = Buffer.from(Array.from({ length: size }, (_, i) => content.piece(i)).join(''));
    for (let made = 0; made < pieces; made += size) {
      for (let at = 0; at < pool.length; at += CHUNK_BYTES) yield pool.subarray(at, at + CHUNK_BYTES);
    }
    return;
  }
  let made = 0;
  let filled = 0;
  for (const text of texts(content, pieces)) {
    for (let from = 0; from < text.length; ) {
      const chunk = CHUNKS[made % CHUNKS.length] ?? Buffer.alloc(CHUNK_BYTES);
      const written = chunk.write(from === 0 ? text : text.slice(from), filled, 'latin1');
      from += written;
      filled += written;
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      made++;
      filled = 0;
    }
  }
  yield Buffer.from(CHUNKS[made % CHUNKS.length] ?? []).subarray(0, filled);
}

function* texts({ before, piece, after }: Content, pieces: number): Generator<string> {
  if (before) yield before;
  for (let i = 0; i < pieces; i++) yield piece(i);
  if (after) yield after;
}

/** The SDK's S3 client, whose answers come from here instead of a socket. */
function storeOf(content: Content, pieces: number): S3Client {
  const body = (path: string): Iterable<Buffer> => {
    if (path.endsWith(MANIFEST_FILES[content.file])) return chunks(content, pieces);
    if (!path.endsWith(MANIFEST_FILES.job)) return [];
    return [Buffer.from(JSON.stringify({ jobSummary: content.summary?.(pieces) ?? {} }))];
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

async function ourReader(client: S3Client, { came }: Content): Promise<unknown> {
  const manifest = await readManifests(client, OUTPUT, JOB);
  return manifest.kind === 'read' ? came(manifest) : undefined;
}

const read = how === 'bare' ? bareLoop : ourReader;
// What happens once only, such as the first call of a client, is no part of reading.
await read(storeOf(content, 10), content);
const store = storeOf(content, Number(count));
const memory = process.memoryUsage.rss();
const [usage, start] = [process.cpuUsage(), performance.now()];
const came = await read(store, content);
const milliseconds = performance.now() - start;
const { user, system } = process.cpuUsage(usage);
const cpu = (user + system) / 1000;
if (came !== content.mustCome(Number(count))) throw new Error(`${came} came out of ${count}`);
const megabytes = (process.resourceUsage().maxRSS * 1024 - memory) / 1e6;
console.log(JSON.stringify({ milliseconds, cpu, megabytes } satisfies Reading));
