import { createInterface } from 'node:readline';
import type { OpenManifest } from '../../core/aws/manifests.ts';
import { CliError } from '../errors.ts';

/** A file that was rejected, as HealthImaging wrote it down: nothing is masked. */
export interface FailedFile {
  /** S3 key without the bucket. */
  readonly file: string;
  readonly exceptionType: string;
  readonly message: string;
}

/** The files that were rejected, one by one. Lines that cannot be read are left out; the verdict counts them. */
export async function* failedFiles(open: OpenManifest): AsyncGenerator<FailedFile> {
  const body = await open('failure');
  if (body === 'missing') return;
  if (body === 'forbidden') throw new CliError('These credentials may not read FAILURE/failure.ndjson.');
  for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
    const file = parse(line);
    if (file) yield file;
  }
}

function parse(line: string): FailedFile | undefined {
  try {
    const { inputFile, exception } = JSON.parse(line);
    if (typeof inputFile !== 'string' || !exception) return undefined;
    return {
      file: inputFile,
      exceptionType: String(exception.exceptionType ?? 'Unknown'),
      message: String(exception.message ?? ''),
    };
  } catch {
    return undefined;
  }
}
