import {
  closeSync,
  createReadStream,
  type Dir,
  type Dirent,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { opendir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { type OpenManifest, openObject } from '../../core/aws/manifests.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { oneLine } from '../../core/domain/text.ts';
import {
  jobFolderIn,
  MANIFEST_FILES,
  type ManifestFile,
  manifestsBelow,
  type S3Location,
} from '../../core/domain/verdict/manifest-location.ts';
import { CliError } from '../errors.ts';
import type { Counting } from '../terminal/progress.ts';
import { noFolder, unreadable } from './folder.ts';

/** The folder of one job, not read yet. */
export interface JobFolder extends ImportJobId {
  readonly open: OpenManifest;
  /** When its manifest was written, or whatever else is there last; milliseconds since the epoch. */
  readonly writtenAt: number;
}

/**
 * All job folders below a place. They are found while they are read, at most 50,000 ahead, so that it is soon known how many
 * there are.
 * @param total - is called with how many were found, and whether these are all.
 */
export type JobFolders = (total: Counting['total']) => AsyncIterable<JobFolder>;

/** A folder that was found takes less than 1 KB. */
const FOUND_AHEAD = 50_000;

function found(folders: () => AsyncIterable<JobFolder>): JobFolders {
  return (total) => {
    const counted = async function* () {
      let count = 0;
      for await (const folder of folders()) {
        total(++count, false);
        yield folder;
      }
      total(count, true);
    };
    return Readable.from(counted(), { highWaterMark: FOUND_AHEAD });
  };
}

/** Below a prefix of S3, at any depth. @param prefix - its key is empty, or ends with a slash. */
export function foldersInS3(client: S3Client, prefix: S3Location): JobFolders {
  return found(async function* () {
    for await (const { path, datastoreId, jobId, manifestAt, latestAt, files } of listed(client, prefix)) {
      // What the list does not have is not asked for.
      const open: OpenManifest = async (file) =>
        files.has(file)
          ? openObject(client, manifestsBelow({ bucket: prefix.bucket, key: `${path}/` })[file])
          : 'missing';
      yield { datastoreId, jobId, writtenAt: manifestAt ?? latestAt, open };
    }
  });
}

interface ListedFolder extends ImportJobId {
  readonly path: string;
  /** Those of HealthImaging's files that are there. */
  readonly files: Set<ManifestFile>;
  /** When the job manifest was written, and the last of all objects. */
  manifestAt: number | undefined;
  latestAt: number;
}

const FILE_OF = new Map(
  Object.entries(MANIFEST_FILES).map(([file, name]) => [name as string, file as ManifestFile]),
);

/** S3 lists the objects of a folder one after the other. */
async function* listed(client: S3Client, { bucket, key }: S3Location): AsyncGenerator<ListedFolder> {
  let folder: ListedFolder | undefined;
  const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: key });
  for await (const { Contents = [] } of pages) {
    for (const { Key = '', LastModified } of Contents) {
      const found = jobFolderIn(Key);
      if (!found) continue;
      if (folder?.path !== found.path) {
        if (folder) yield folder;
        folder = { ...found, files: new Set(), manifestAt: undefined, latestAt: 0 };
      }
      const at = LastModified?.getTime() ?? 0;
      const file = FILE_OF.get(Key.slice(found.path.length + 1));
      folder.latestAt = Math.max(folder.latestAt, at);
      if (file === 'job') folder.manifestAt = at;
      if (file) folder.files.add(file);
    }
  }
  if (folder) yield folder;
}

/** Below a folder that was downloaded. @throws CliError where it is not there, or cannot be read. */
export function foldersOnDisk(root: string): JobFolders {
  return found(async function* () {
    for await (const path of pathsBelow(root)) {
      const { datastoreId, jobId } = jobFolderIn(basename(path)) as ImportJobId;
      yield { datastoreId, jobId, writtenAt: writtenAt(path), open: openBelow(path) };
    }
  });
}

function writtenAt(folder: string): number {
  const manifest = statSync(join(folder, MANIFEST_FILES.job), { throwIfNoEntry: false });
  return (manifest ?? statSync(folder)).mtimeMs;
}

/** Larger files are read as streams. */
const SMALL_BYTES = 256 * 1024;

/** Most files are small, and there are tens of thousands: each call that waits for a thread takes longer than the file. */
function openBelow(folder: string): OpenManifest {
  return async (file) => {
    const path = join(folder, MANIFEST_FILES[file]);
    try {
      const fd = openSync(path, 'r');
      if (fstatSync(fd).size > SMALL_BYTES) return createReadStream(path, { fd });
      try {
        return [readFileSync(fd)];
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
      throw unreadable(path, error);
    }
  };
}

async function* pathsBelow(path: string): AsyncGenerator<string> {
  if (jobFolderIn(basename(resolve(path)))) {
    yield resolve(path);
    return;
  }
  for await (const entry of entriesOf(path)) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) yield* pathsBelow(below);
    // Only as a job folder: links to others may go in a circle.
    else if (entry.isSymbolicLink() && jobFolderIn(entry.name)) yield below;
  }
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  let folder: Dir;
  try {
    folder = await opendir(path, { bufferSize: 512 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw noFolder(path);
    if (code === 'ENOTDIR') throw new CliError(`${oneLine(path)} is a file. Expected a folder.`);
    throw unreadable(path, error);
  }
  yield* folder;
}
