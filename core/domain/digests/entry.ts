import type { ImportFinishedData } from '../../contract/events.ts';

/** Reasons of one job that a digest adds up; the event has up to 50. */
const MAX_REASONS = 10;

/**
 * What a digest needs to know of a verdict or a notice: ids, outcome, counts and masked reasons. Whatever the owner discloses,
 * no name of a job, no message of HealthImaging, no S3 URI and no key.
 */
export interface DigestEntry {
  readonly outcome: string;
  readonly datastoreId?: string;
  readonly jobId?: string;
  /** When it was published. ISO 8601. */
  readonly at: string;
  /** When the job was submitted. ISO 8601. */
  readonly submittedAt?: string;
  readonly files?: Readonly<Record<'scanned' | 'imported' | 'rejected' | 'unaccounted', number>>;
  readonly imageSets?: {
    /** Absent where the manifest has no versions. */
    readonly created?: number;
    readonly changed?: number;
    readonly nonPrimary: number;
  };
  /** The most frequent first, at most 10. */
  readonly reasons?: readonly (readonly [exceptionType: string, message: string, files: number])[];
}

/** What an entry is made of: any notice. */
export interface Noticed {
  readonly metadata: { readonly id: string; readonly publishedAt: string };
  readonly data: Pick<
    Partial<ImportFinishedData>,
    'datastoreId' | 'jobId' | 'submittedAt' | 'files' | 'imageSets' | 'failures'
  > & {
    readonly outcome: string;
  };
}

/** The entry of a verdict or a notice. */
export function entryOf({ metadata, data }: Noticed): DigestEntry {
  const { outcome, datastoreId, jobId, submittedAt, files, imageSets, failures = [] } = data;
  return {
    outcome,
    ...(datastoreId && { datastoreId }),
    ...(jobId && { jobId }),
    at: metadata.publishedAt,
    ...(submittedAt && { submittedAt }),
    ...(files && {
      files: {
        scanned: files.scanned,
        imported: files.imported,
        rejected: files.rejected,
        unaccounted: files.unaccounted,
      },
    }),
    ...(imageSets && {
      imageSets: {
        ...(imageSets.created !== undefined && { created: imageSets.created }),
        ...(imageSets.changed !== undefined && { changed: imageSets.changed }),
        nonPrimary: imageSets.nonPrimary,
      },
    }),
    ...(failures.length > 0 && {
      reasons: failures
        .slice(0, MAX_REASONS)
        .map(({ exceptionType, message, count }): [string, string, number] => [
          exceptionType,
          message,
          count,
        ]),
    }),
  };
}
