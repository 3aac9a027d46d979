import type { FileCounts } from '../../contract/events.ts';
import type { ImportJobId } from '../../contract/names.ts';
import type { NamedFile } from '../verdict/manifest.ts';
import type { ManifestFile } from '../verdict/manifest-location.ts';
import { isRetryable } from '../verdict/retryable.ts';
import { byteOrder, compareOrder } from './byte-order.ts';
import type { CampaignJob } from './campaign-job.ts';

/** What became of a file. */
export const LEDGER_STATUSES = ['imported', 'imported with warning', 'refused', 'unaccounted'] as const;
export type LedgerStatus = (typeof LEDGER_STATUSES)[number];

/** One line of one manifest about one file, to be sorted. */
export interface Mention {
  /** The bucket, a slash and the key; no bucket where the manifest does not say which it read. */
  readonly at: string;
  /** What it sorts by. */
  readonly order: string;
  /** When its job ended, in milliseconds since the epoch. */
  readonly endedAt: number;
  /** Number of the reading of a job folder that found it. */
  readonly reading: number;
  /** The less comes first: what one job says of a file in several manifests is decided by the first. */
  readonly kind: (typeof KINDS)[Exclude<ManifestFile, 'job'>];
  readonly imageSetId?: string | undefined;
  readonly codes?: readonly number[] | undefined;
  readonly exceptionType?: string | undefined;
  readonly message?: string | undefined;
}

const KINDS = { failure: 0, warning: 1, success: 2 } as const;
/** By the number of a kind. A refusal must not be lost. */
const STATUS_OF: readonly LedgerStatus[] = ['refused', 'imported with warning', 'imported'];

export function mentionOf(
  name: Exclude<ManifestFile, 'job'>,
  { inputFile, ...rest }: NamedFile,
  { bucket, endedAt, reading }: { bucket: string; endedAt: number; reading: number },
): Mention {
  const at = `${bucket}/${inputFile}`;
  return { at, order: byteOrder(at), endedAt, reading, kind: KINDS[name], ...rest };
}

/** As S3 sorts keys, and of one key the jobs in the order in which they ended. */
export function compareMentions(a: Mention, b: Mention): number {
  return compareOrder(a.order, b.order) || a.endedAt - b.endedAt || a.reading - b.reading || a.kind - b.kind;
}

/** A mention as it is kept in a file meanwhile: one line. */
export function encodeMention({ at, endedAt, reading, kind, imageSetId, codes, ...why }: Mention): string {
  return JSON.stringify([at, endedAt, reading, kind, imageSetId, codes, why.exceptionType, why.message]);
}

export function decodeMention(line: string): Mention {
  const [at, endedAt, reading, kind, imageSetId, codes, exceptionType, message] = JSON.parse(line);
  return {
    at,
    order: byteOrder(at),
    endedAt,
    reading,
    kind,
    imageSetId: imageSetId ?? undefined,
    codes: codes ?? undefined,
    exceptionType: exceptionType ?? undefined,
    message: message ?? undefined,
  };
}

/** A row of the ledger: what one job did to one file, or to files that no line names. Without a job: what no job read. */
export interface LedgerRow extends Partial<ImportJobId> {
  /** Absent where no line names the files, like `bucket`. */
  readonly key?: string;
  /** Empty where the manifest does not say which it read. */
  readonly bucket?: string;
  readonly status: LedgerStatus;
  /** The type of error, or why a row has no key. */
  readonly reason?: string | undefined;
  /** As HealthImaging wrote it. */
  readonly message?: string | undefined;
  readonly codes?: readonly number[] | undefined;
  readonly imageSetId?: string | undefined;
  /** Of refused files. */
  readonly retryable?: boolean;
  /** Id of the last job that read the same key later. */
  readonly supersededBy?: string;
  /**
   * How many files it stands for: 1 with a key. Negative where lines name more files than the manifest counts, so that sums are
   * those of the verdicts. Undefined where nobody knows.
   */
  readonly files: number | undefined;
}

/** Why a row has no key. */
const NOT_NAMED = 'NOT_NAMED';
const NOT_COUNTED = 'NOT_COUNTED';

/** Rows of the ledger of what was read: first those of files, then those of what no line names. */
export class Ledger {
  readonly #jobs = new Map<number, ImportJobId>();
  /** Files that lines name, by reading and status. */
  readonly #named = new Map<number, Record<LedgerStatus, number>>();

  /** A reading of a job folder came to its end. What others found is left out. */
  accept(reading: number, { datastoreId, jobId }: ImportJobId): void {
    this.#jobs.set(reading, { datastoreId, jobId });
  }

  /**
   * The rows of each file, those of earlier jobs first.
   * @param mentions - sorted by {@link compareMentions}.
   */
  *files(mentions: Iterable<Mention>): Generator<readonly LedgerRow[]> {
    this.#named.clear();
    let open: Mention[] = [];
    for (const mention of mentions) {
      if (!this.#jobs.has(mention.reading)) continue;
      const last = open.at(-1);
      if (last && last.at !== mention.at) {
        yield this.#rowsOf(open);
        open = [mention];
      } else if (last?.reading === mention.reading) {
        // However often one job names a file, it is one file.
        open[open.length - 1] = merged(last, mention);
      } else {
        open.push(mention);
      }
    }
    if (open.length > 0) yield this.#rowsOf(open);
  }

  /** What the manifest of a job counts and no line names, after {@link files} has come to its end. */
  rest(
    reading: number,
    job: Pick<CampaignJob, 'datastoreId' | 'jobId' | 'outcome' | 'unverifiedReason' | 'files'>,
  ): LedgerRow[] {
    const { datastoreId, jobId, outcome, unverifiedReason, files } = job;
    const row = (status: LedgerStatus, reason: string, count: number | undefined): LedgerRow => ({
      datastoreId,
      jobId,
      status,
      reason,
      files: count,
    });
    if (!files) return [row('unaccounted', unverifiedReason ?? outcome, undefined)];
    const named = this.#named.get(reading);
    return LEDGER_STATUSES.flatMap((status) => {
      const more = countOf(files, status) - (named?.[status] ?? 0);
      return more === 0 ? [] : [row(status, more > 0 ? NOT_NAMED : NOT_COUNTED, more)];
    });
  }

  #rowsOf(mentions: readonly Mention[]): LedgerRow[] {
    const superseding = mentions.at(-1)?.reading;
    return mentions.map(({ at, reading, kind, imageSetId, codes, exceptionType, message }) => {
      const job = this.#jobs.get(reading) ?? { datastoreId: '', jobId: '' };
      const status = STATUS_OF[kind] ?? 'refused';
      const named = this.#named.get(reading) ?? {
        imported: 0,
        'imported with warning': 0,
        refused: 0,
        unaccounted: 0,
      };
      named[status]++;
      this.#named.set(reading, named);
      const slash = at.indexOf('/');
      return {
        ...job,
        bucket: at.slice(0, slash),
        key: at.slice(slash + 1),
        status,
        ...(status === 'refused'
          ? { reason: exceptionType, message, retryable: isRetryable(exceptionType ?? '') }
          : { codes, imageSetId }),
        ...(superseding !== undefined &&
          superseding !== reading && { supersededBy: this.#jobs.get(superseding)?.jobId ?? '' }),
        files: 1,
      };
    });
  }
}

/** The first decides what became of the file, the others add what they know. */
function merged(first: Mention, { imageSetId, codes }: Mention): Mention {
  return {
    ...first,
    imageSetId: first.imageSetId ?? imageSetId,
    codes: first.codes && codes ? [...new Set([...first.codes, ...codes])] : (first.codes ?? codes),
  };
}

/** Of a verdict. */
function countOf(
  { imported, withWarnings, rejected, unaccounted }: FileCounts,
  status: LedgerStatus,
): number {
  switch (status) {
    case 'imported':
      return imported - withWarnings;
    case 'imported with warning':
      return withWarnings;
    case 'refused':
      return rejected;
    case 'unaccounted':
      return unaccounted;
    default:
      return status satisfies never;
  }
}
