import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { ERRORS, type ImportJobId } from '../contract/names.ts';
import { decodeText, TextPieces } from '../domain/verdict/decode.ts';
import { type JobSummary, MAX_MANIFEST_BYTES, parseJobManifest } from '../domain/verdict/job-manifest.ts';
import { LineSplitter } from '../domain/verdict/lines.ts';
import {
  type FileTally,
  type ManifestReading,
  type NamedFile,
  type OnFile,
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

/** What a file holds, in pieces of any length: a stream, or what was read before. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Opens one of the files of a job, wherever they are kept. */
export type OpenManifest = (file: ManifestFile) => Promise<Pieces | 'missing' | 'forbidden'>;

/** Gets what the files of a job say while they are read, for who wants more than what they add up to. */
export interface ManifestObserver {
  /** Before any line. */
  summary?(summary: JobSummary): void;
  /** A line names a file. */
  file?(name: Exclude<ManifestFile, 'job'>, file: NamedFile): void;
}

/**
 * Reads the files of a job, the line files as streams: memory does not grow with their size.
 * An absent line file is an empty one; whether that agrees with the counters is for the domain to say.
 * @param jobId - whose manifest it has to be; not given: whosever it is.
 * @param observer - gets each file that a line names, even if the reading fails later.
 * @throws WatchError `ManifestStoreUnavailable` when a file cannot be read to its end.
 */
export async function readManifestFiles(
  open: OpenManifest,
  jobId?: string,
  observer?: ManifestObserver,
): Promise<ManifestReading> {
  const manifest = await open('job');
  if (manifest === 'missing') return { kind: 'unavailable', reason: 'MANIFEST_MISSING' };
  if (manifest === 'forbidden') return { kind: 'unavailable', reason: 'MANIFEST_FORBIDDEN' };
  const text = await wholeText(manifest, MAX_MANIFEST_BYTES);
  const summary = text === undefined ? undefined : parseJobManifest(text);
  // A manifest of another job is as good as none, and so is one that is too large to read.
  if (!summary || (jobId !== undefined && (summary.jobId ?? jobId) !== jobId)) {
    return { kind: 'unavailable', reason: 'MANIFEST_CORRUPT' };
  }
  observer?.summary?.(summary);
  const told = (name: Exclude<ManifestFile, 'job'>): OnFile | undefined =>
    observer?.file && ((file) => observer.file?.(name, file));
  const [success, failure, warning] = await Promise.all([
    tally(open('success'), tallySuccess(told('success'))),
    tally(open('failure'), tallyFailure(told('failure'))),
    tally(open('warning'), tallyWarning(told('warning'))),
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
  for await (const lines of linesOf(body)) {
    for (const line of lines) tallier.add(line);
  }
  return tallier.result();
}

/**
 * The lines of a file, as many at a time as have come: to wait for each takes longer than to read it. In place of one that
 * is too long stands what nobody can read.
 * @throws WatchError `ManifestStoreUnavailable` when the file cannot be read to its end.
 */
export async function* linesOf(body: Pieces): AsyncGenerator<readonly string[]> {
  const text = new TextPieces();
  const splitter = new LineSplitter();
  for await (const bytes of piecesOf(body)) yield splitter.push(text.push(bytes));
  yield splitter.push(text.end());
  yield [splitter.end()];
}

/** A file as text; undefined where it has more bytes than so many. */
async function wholeText(body: Pieces, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(body)) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  return decodeText(Buffer.concat(pieces));
}

/**
 * What a stream brings. Its errors are those of S3. What goes wrong where the pieces are read does not pass through here: that
 * would be a mistake of ours, and S3 is not asked again for it.
 */
async function* piecesOf(body: Pieces): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) yield piece;
  } catch (error) {
    throw unavailable(error);
  }
}

/** Opens an object. @throws WatchError `ManifestStoreUnavailable` when S3 cannot answer now. */
export async function openObject(client: S3Client, location: S3Location): ReturnType<OpenManifest> {
  const { bucket, key } = location;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body as Readable;
  } catch (error) {
    if (httpStatus(error) === 404) return 'missing';
    if (isPassing(error) || isElsewhere(error)) throw unavailable(error);
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
    if (isPassing(error) || isElsewhere(error)) throw unavailable(error);
    return 'forbidden';
  }
}

/** A redirection that the SDK could not follow: nothing is said of who may read. */
function isElsewhere(error: unknown): boolean {
  const status = httpStatus(error) ?? 0;
  return status >= 300 && status < 400;
}

function unavailable(error: unknown): WatchError {
  return new WatchError(ERRORS.manifestStoreUnavailable, `GetObject: ${describe(error)}`);
}
