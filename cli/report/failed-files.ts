import { linesOf, type OpenManifest } from '../../core/aws/manifests.ts';
import { parseFailure } from '../../core/domain/verdict/manifest.ts';
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
  if (body === 'forbidden')
    throw new CliError('These credentials do not allow reading FAILURE/failure.ndjson.');
  for await (const lines of linesOf(body)) {
    for (const line of lines) {
      const { inputFile, exceptionType, message } = parseFailure(line) ?? {};
      if (inputFile !== undefined && exceptionType !== undefined && message !== undefined) {
        yield { file: inputFile, exceptionType, message };
      }
    }
  }
}
