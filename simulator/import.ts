import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  NoSuchKey,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Instance, readInstance } from './dicom.ts';
import type { JobImageSets } from './image-sets.ts';
import type { Outcome } from './manifest.ts';
import type { Quotas } from './quotas.ts';
import { malformed, RefusedFile } from './refused-file.ts';
import { type Job, parseS3Uri } from './types.ts';

/** A job that ends FAILED; the message is what Get returns. */
export class JobFailure extends Error {}

// Small, for whole files are held in memory.
const filesAtATime = 4;

/** What an import works on and with. */
export interface ImportRequest {
  readonly s3: S3Client;
  readonly job: Job;
  readonly imageSets: JobImageSets;
  readonly quotas: Quotas;
  readonly filesWithServerError: number;
  readonly signal: AbortSignal;
}

/**
 * Imports all objects below a job's inputS3Uri. The key is taken as a mere prefix, as S3 does: `.../in` also finds
 * `.../in2/x` (unverified for HealthImaging). An empty prefix is no error and scans zero files (unverified).
 * @throws {JobFailure} over a quota
 * @throws what S3 says when the input cannot be listed
 */
export async function importFiles(request: ImportRequest): Promise<Outcome> {
  const { s3, job, imageSets, quotas, filesWithServerError, signal } = request;
  const keys = await listInput(s3, job, quotas, signal);
  const outcome: Outcome = {
    numberOfScannedFiles: keys.length,
    numberOfFilesWithCustomerError: 0,
    numberOfFilesWithServerError: 0,
    successes: [],
    failures: [],
    warnings: [],
    imageSetsSummary: [],
  };
  for (let at = 0; at < keys.length; at += filesAtATime) {
    const batch = keys.slice(at, at + filesAtATime);
    const results = await Promise.all(
      batch.map((key, index) =>
        at + index < filesWithServerError ? serverError : readObject(s3, job, key, signal),
      ),
    );
    // Placed in the order of the list, for the first file of a series decides what its primary image set is.
    results.forEach((result, index) => {
      record(outcome, batch[index] ?? '', result, imageSets);
    });
  }
  outcome.imageSetsSummary = imageSets.summary();
  return outcome;
}

type FileResult = Instance | { refused: string; message: string; by: 'customer' | 'server' };

// That server errors are listed in failure.ndjson, and in which words, is unverified.
const serverError: FileResult = {
  refused: 'InternalServerException',
  message: 'Internal server error',
  by: 'server',
};

async function listInput(s3: S3Client, job: Job, quotas: Quotas, signal: AbortSignal): Promise<string[]> {
  const { bucket, key: prefix } = parseS3Uri(job.inputS3Uri);
  const keys: string[] = [];
  let bytes = 0;
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
      { abortSignal: signal },
    );
    for (const { Key: key = '', Size: size = 0 } of page.Contents ?? []) {
      // The console's markers of folders are not files; whether HealthImaging counts them is unverified.
      if (key.endsWith('/') && size === 0) continue;
      keys.push(key);
      bytes += size;
    }
    // The first line is AWS's, with a line break although the model's pattern for messages has none; the beginning
    // of the code has been seen (aws-sdk-js-v3 issue 6157), the rest is the simulator's own.
    if (keys.length > quotas.filesPerJob) {
      throw new JobFailure(
        `DICOM import job has failed.\nFILE_COUNTS_LIMIT_EXCEEDED: more than ${quotas.filesPerJob} files`,
      );
    }
    if (bytes > quotas.bytesPerJob) {
      throw new JobFailure(
        `DICOM import job has failed.\nTOTAL_SIZE_LIMIT_EXCEEDED: more than ${quotas.bytesPerJob} bytes`,
      );
    }
    token = page.NextContinuationToken;
  } while (token);
  return keys;
}

async function readObject(s3: S3Client, job: Job, key: string, signal: AbortSignal): Promise<FileResult> {
  try {
    const { bucket } = parseS3Uri(job.inputS3Uri);
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return read((await object.Body?.transformToByteArray()) ?? new Uint8Array());
  } catch (error) {
    if (signal.aborted) throw error;
    // Objects deleted or closed to the role after they were listed are the customer's affair (unverified).
    if (error instanceof NoSuchKey) {
      return { refused: 'ResourceNotFoundException', message: 'The object does not exist', by: 'customer' };
    }
    if (error instanceof Error && error.name === 'AccessDenied') {
      return { refused: 'AccessDeniedException', message: 'Access Denied', by: 'customer' };
    }
    return serverError;
  }
}

/** Whatever is thrown here is about the bytes, which are the customer's. */
function read(bytes: Uint8Array): FileResult {
  try {
    return readInstance(bytes);
  } catch (error) {
    const { name, message } = error instanceof RefusedFile ? error : malformed();
    return { refused: name, message, by: 'customer' };
  }
}

function record(outcome: Outcome, inputFile: string, result: FileResult, imageSets: JobImageSets): void {
  if ('refused' in result) {
    const exception = { exceptionType: result.refused, message: result.message };
    outcome.failures.push({ inputFile, exception });
    if (result.by === 'customer') outcome.numberOfFilesWithCustomerError += 1;
    else outcome.numberOfFilesWithServerError += 1;
    return;
  }
  const importResponse = imageSets.add(result);
  outcome.successes.push({ inputFile, importResponse });
  if (result.warnings.length > 0) {
    outcome.warnings.push({ inputFile, importResponse: { ...importResponse, warnings: result.warnings } });
  }
}
