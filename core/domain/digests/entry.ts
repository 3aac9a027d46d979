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
  readonly files?: Readonly<Record<'scanned' | 'imported' | 'rejected' | 'unaccounted', number>>;
  readonly imageSets?: Readonly<Record<'created' | 'changed' | 'nonPrimary', number>>;
  /** The most frequent first, at most 10. */
  readonly reasons?: readonly (readonly [exceptionType: string, message: string, files: number])[];
}

/** What an entry is made of: any notice. */
export interface Noticed {
  readonly metadata: { readonly id: string; readonly publishedAt: string };
  readonly data: Pick<
    Partial<ImportFinishedData>,
    'datastoreId' | 'jobId' | 'files' | 'imageSets' | 'failures'
  > & {
    readonly outcome: string;
  };
}

/** The entry of a verdict or a notice. */
export function entryOf({ metadata, data }: Noticed): DigestEntry {
  const { outcome, datastoreId, jobId, files, imageSets, failures = [] } = data;
  return {
    outcome,
    ...(datastoreId && { datastoreId }),
    ...(jobId && { jobId }),
    at: metadata.publishedAt,
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
        created: imageSets.created ?? 0,
        changed: imageSets.changed ?? 0,
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
