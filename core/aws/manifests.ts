import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { ERRORS, type ImportJobId } from '../contract/names.ts';
import {
  type FileTally,
  type ManifestReading,
  parseJobManifest,
  type Tallier,
  tallyFailure,
  tallySuccess,
  tallyWarning,
} from '../domain/verdict/manifest.ts';
import {
  type ManifestFile,
  manifestLocations,
  type S3Location,
} from '../domain/verdict/manifest-location.ts';
import { describe, httpStatus, isPassing, WatchError } from './errors.ts';

/**
 * Reads what HealthImaging wrote about a job.
 * @throws WatchError `ManifestStoreUnavailable` when S3 cannot answer now.
 */
export function readManifests(
  client: S3Client,
  outputS3Uri: string,
  job: ImportJobId,
): Promise<ManifestReading> {
  const locations = manifestLocations(outputS3Uri, job);
  return readManifestFiles((file) => openObject(client, locations[file]), job.jobId);
}

/** Opens one of the files of a job, wherever they are kept. */
export type OpenManifest = (file: ManifestFile) => Promise<Readable | 'missing' | 'forbidden'>;

/**
 * Reads the files of a job, the line files as streams: memory does not grow with their size.
 * An absent line file is an empty one; whether that agrees with the counters is for the domain to say.
 * @param jobId - whose manifest it has to be; not given: whosever it is.
 * @throws WatchError `ManifestStoreUnavailable` when a file cannot be read to its end.
 */
export async function readManifestFiles(open: OpenManifest, jobId?: string): Promise<ManifestReading> {
  const manifest = await open('job');
  if (manifest === 'missing') return { kind: 'unavailable', reason: 'MANIFEST_MISSING' };
  if (manifest === 'forbidden') return { kind: 'unavailable', reason: 'MANIFEST_FORBIDDEN' };
  const summary = parseJobManifest(await text(manifest));
  // A manifest of another job is as good as none.
  if (!summary || (jobId !== undefined && (summary.jobId ?? jobId) !== jobId)) {
    return { kind: 'unavailable', reason: 'MANIFEST_CORRUPT' };
  }
  const [success, failure, warning] = await Promise.all([
    tally(open('success'), tallySuccess()),
    tally(open('failure'), tallyFailure()),
    tally(open('warning'), tallyWarning()),
  ]);
  return { kind: 'read', summary, success, failure, warning };
}

async function tally<T extends FileTally>(
  opening: ReturnType<OpenManifest>,
  tallier: Tallier<T>,
): Promise<T> {
  const body = await opening;
  if (body === 'missing') return tallier.result();
  if (body === 'forbidden') return { ...tallier.result(), unreadable: 'forbidden' };
  try {
    for await (const lines of linesOf(body)) {
      for (const line of lines) tallier.add(line);
    }
  } catch (error) {
    throw unavailable(error);
  }
  return tallier.result();
}

/** The lines of a file, as many at a time as have come: to wait for each takes longer than to read it. */
async function* linesOf(body: Readable): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of body.setEncoding('utf8')) {
    if (!chunk.includes('\n')) {
      rest += chunk;
      continue;
    }
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  yield [rest];
}

/** Opens an object. @throws WatchError `ManifestStoreUnavailable` when S3 cannot answer now. */
export async function openObject(client: S3Client, location: S3Location): ReturnType<OpenManifest> {
  const { bucket, key } = location;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body as Readable;
  } catch (error) {
    if (httpStatus(error) === 404) return 'missing';
    if (isPassing(error)) throw unavailable(error);
    // Whatever else S3 refuses for good, such as a KMS key that is disabled (400).
    return httpStatus(error) === 403 ? whyRefused(client, location) : 'forbidden';
  }
}

/** To those who may not list the whole bucket S3 answers 403 for an object that is not there, too. */
async function whyRefused(client: S3Client, { bucket, key }: S3Location): Promise<'missing' | 'forbidden'> {
  try {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
    const { Contents = [] } = await client.send(list);
    return Contents.some(({ Key }) => Key === key) ? 'forbidden' : 'missing';
  } catch (error) {
    if (isPassing(error)) throw unavailable(error);
    return 'forbidden';
  }
}

async function text(body: Readable): Promise<string> {
  try {
    return Buffer.concat(await body.toArray()).toString('utf8');
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(error: unknown): WatchError {
  return new WatchError(ERRORS.manifestStoreUnavailable, `GetObject: ${describe(error)}`);
}
