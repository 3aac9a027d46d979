import type { FileCounts, ImageSetCounts } from '../../contract/events.ts';
import type { Outcome, UnverifiedReason } from '../../contract/names.ts';
import type { ImportJob } from '../watch/import-job.ts';
import type { FileTally, ManifestReading } from './manifest.ts';

/** The outcome of an import, with its figures. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly unverifiedReason?: UnverifiedReason;
  readonly files?: FileCounts;
  readonly imageSets?: ImageSetCounts;
  /** Where the manifest contradicts itself; counts only. */
  readonly discrepancies: readonly string[];
}

/**
 * The verdict on an import job, from what the API and the manifests say.
 * @param manifest - undefined where none was looked for, because the job has not ended.
 */
export function outcomeOf(job: Pick<ImportJob, 'jobStatus'>, manifest: ManifestReading | undefined): Verdict {
  const figures = manifest?.kind === 'read' ? count(manifest) : { discrepancies: [] };
  switch (job.jobStatus) {
    case 'NOT_FOUND':
    case 'SUBMITTED':
    case 'IN_PROGRESS':
      return { outcome: 'ABANDONED', ...figures };
    case 'FAILED':
      return { outcome: 'FAILED', ...figures };
    case 'COMPLETED':
      if (manifest?.kind !== 'read') {
        return {
          outcome: 'UNVERIFIED',
          unverifiedReason: manifest?.reason ?? 'MANIFEST_MISSING',
          ...figures,
        };
      }
      return { outcome: outcomeOfCompleted(count(manifest)), ...figures };
    default:
      return job.jobStatus satisfies never;
  }
}

type Figures = Required<Pick<Verdict, 'files' | 'imageSets' | 'discrepancies'>>;

function outcomeOfCompleted({ files, imageSets, discrepancies }: Figures): Outcome {
  if (files.imported === 0) return 'NOTHING_IMPORTED';
  if (files.rejected + files.unaccounted > 0) return 'PARTIALLY_FAILED';
  // A manifest that contradicts itself is no proof of a clean import.
  if (files.withWarnings + imageSets.nonPrimary + discrepancies.length > 0) return 'SUCCEEDED_WITH_WARNINGS';
  return 'SUCCEEDED';
}

/**
 * Adds up counters and lines. Where they disagree on refused files the larger number counts, since a refusal must not
 * be lost; every disagreement is told.
 */
function count(manifest: Extract<ManifestReading, { kind: 'read' }>): Figures {
  const { summary, success, failure, warning } = manifest;
  const discrepancies: string[] = [];

  const counterOr = (name: keyof typeof summary, fallback: number): number => {
    const value = summary[name];
    if (typeof value === 'number') return value;
    discrepancies.push(`${name} is missing, counted as ${fallback}`);
    return fallback;
  };
  const customerErrors = counterOr('numberOfFilesWithCustomerError', failure.lines);
  const serverErrors = counterOr('numberOfFilesWithServerError', 0);
  const imported = counterOr('numberOfImportedFiles', success.lines);
  const rejected = Math.max(customerErrors + serverErrors, failure.lines + failure.malformed);
  const scanned = counterOr('numberOfScannedFiles', imported + rejected);
  const generated = counterOr('numberOfGeneratedImageSets', summary.imageSetsSummary?.length ?? 0);

  const warned = warning.lines + warning.malformed;
  // Whether a file imported with a warning stands in success.ndjson too is documented nowhere: either is agreement.
  compare(discrepancies, 'imported', [imported, imported - warned], 'SUCCESS/success.ndjson', success);
  compare(discrepancies, 'rejected', [customerErrors + serverErrors], 'FAILURE/failure.ndjson', failure);
  compare(discrepancies, 'with warnings', [warned], 'WARNING/warning.ndjson', warning);
  if (scanned !== imported + rejected) {
    discrepancies.push(`${scanned} files scanned, but ${imported} imported and ${rejected} rejected`);
  }
  const nonPrimary = new Set([
    ...(summary.imageSetsSummary ?? []).filter((set) => set.isPrimary === false).map((set) => set.imageSetId),
    ...success.nonPrimaryImageSets,
    ...warning.nonPrimaryImageSets,
  ]);
  if (success.moreNonPrimary || warning.moreNonPrimary) {
    discrepancies.push(`at least ${nonPrimary.size} image sets are not primary, too many to count them all`);
  }
  return {
    files: {
      scanned,
      imported,
      rejected,
      rejectedByCustomerError: customerErrors,
      rejectedByServerError: serverErrors,
      unaccounted: Math.max(0, scanned - imported - rejected),
      withWarnings: warned,
    },
    imageSets: { generated, nonPrimary: nonPrimary.size },
    discrepancies,
  };
}

function compare(
  discrepancies: string[],
  what: string,
  expected: readonly number[],
  file: string,
  tally: FileTally,
): void {
  if (tally.unreadable) {
    discrepancies.push(`${file} could not be read (${tally.unreadable})`);
    return;
  }
  if (tally.malformed > 0) {
    discrepancies.push(`${file} holds ${lines(tally.malformed)} that cannot be read`);
  }
  const held = tally.lines + tally.malformed;
  if (!expected.includes(held)) {
    discrepancies.push(`the manifest counts ${expected[0]} files ${what}, ${file} holds ${lines(held)}`);
  }
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}
