import type { FileCounts, ImageSetCounts } from '../../contract/events.ts';
import type { Outcome, UnverifiedReason } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import type { ImportJob } from '../watch/import-job.ts';
import { mergeImageSets } from './image-sets.ts';
import type { ImageSet } from './job-manifest.ts';
import type { FileTally, ManifestReading } from './manifest.ts';

/** The outcome of an import, with its figures. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly unverifiedReason?: UnverifiedReason;
  readonly files?: FileCounts;
  readonly imageSets?: ImageSetCounts;
  /** Each image set that the manifests name. */
  readonly imageSetItems?: readonly ImageSet[];
  /** Where the manifest contradicts itself; counts only. */
  readonly discrepancies: readonly string[];
}

/**
 * The verdict on an import job, from what the API and the manifests say.
 * @param manifest - undefined where none was looked for, because the job has not ended.
 */
export function outcomeOf(
  job: Pick<ImportJob, 'jobStatus'> & Partial<Pick<ImportJob, 'datastoreId'>>,
  manifest: ManifestReading | undefined,
): Verdict {
  const figures = manifest?.kind === 'read' ? count(manifest, job.datastoreId) : undefined;
  switch (job.jobStatus) {
    case 'NOT_FOUND':
    case 'SUBMITTED':
    case 'IN_PROGRESS':
      return { outcome: 'ABANDONED', discrepancies: [], ...figures };
    case 'FAILED':
      return { outcome: 'FAILED', discrepancies: [], ...figures };
    case 'COMPLETED':
      if (manifest?.kind === 'read' && figures) return ofCompleted(manifest, figures);
      return {
        outcome: 'UNVERIFIED',
        unverifiedReason: manifest?.kind === 'unavailable' ? manifest.reason : 'MANIFEST_MISSING',
        discrepancies: [],
      };
    default:
      return job.jobStatus satisfies never;
  }
}

type Read = Extract<ManifestReading, { kind: 'read' }>;
type Figures = Required<Pick<Verdict, 'files' | 'imageSets' | 'imageSetItems' | 'discrepancies'>>;

function ofCompleted({ success, warning }: Read, figures: Figures): Verdict {
  const { files, imageSets, discrepancies } = figures;
  if (files.imported === 0) return { outcome: 'NOTHING_IMPORTED', ...figures };
  if (files.rejected + files.unaccounted > 0) return { outcome: 'PARTIALLY_FAILED', ...figures };
  // A counter alone proves no import.
  if (!success.unreadable && !warning.unreadable && held(success) + held(warning) === 0) {
    return { outcome: 'UNVERIFIED', unverifiedReason: 'LINES_MISSING', ...figures };
  }
  // A manifest that contradicts itself is no proof of a clean import.
  const isClean = files.withWarnings + imageSets.nonPrimary + discrepancies.length === 0;
  return { outcome: isClean ? 'SUCCEEDED' : 'SUCCEEDED_WITH_WARNINGS', ...figures };
}

/**
 * Adds up counters and lines. Where they disagree on refused files the larger number counts, since a refusal must not
 * be lost; every disagreement is a discrepancy.
 */
function count({ summary, success, failure, warning }: Read, datastoreId: string | undefined): Figures {
  const discrepancies = [...(summary.discrepancies ?? [])];
  if (datastoreId && summary.datastoreId !== undefined && summary.datastoreId !== datastoreId) {
    discrepancies.push('datastoreId is that of another data store');
  }

  const counterOr = (name: CounterName, fallback: number): number => {
    const value = summary[name];
    if (value !== undefined) return value;
    discrepancies.push(`${name} is missing, counted as ${fallback}`);
    return fallback;
  };
  const customerErrors = counterOr('numberOfFilesWithCustomerError', failure.lines);
  const serverErrors = counterOr('numberOfFilesWithServerError', 0);
  const imported = counterOr('numberOfImportedFiles', success.lines);
  const rejected = Math.max(customerErrors + serverErrors, held(failure));
  const scanned = counterOr('numberOfScannedFiles', imported + rejected);
  const generated = counterOr('numberOfGeneratedImageSets', summary.imageSetsSummary?.length ?? 0);

  const warned = held(warning);
  // Whether a file imported with a warning stands in success.ndjson too is documented nowhere: either is agreement.
  compare(discrepancies, 'imported', [imported, imported - warned], 'SUCCESS/success.ndjson', success);
  compare(discrepancies, 'rejected', [customerErrors + serverErrors], 'FAILURE/failure.ndjson', failure);
  compare(discrepancies, 'with warnings', [warned], 'WARNING/warning.ndjson', warning);
  if (scanned !== imported + rejected) {
    discrepancies.push(`${scanned} files scanned, but ${imported} imported and ${rejected} rejected`);
  }
  if (imported > 0 && generated === 0) {
    discrepancies.push(`${counted(imported, 'file')} imported, but no image set generated`);
  }
  const imageSets = mergeImageSets(summary.imageSetsSummary ?? [], [success.imageSets, warning.imageSets]);
  const nonPrimary = imageSets.filter(({ isPrimary }) => isPrimary === false).length;
  if (success.moreNonPrimary || warning.moreNonPrimary) {
    discrepancies.push(`at least ${nonPrimary} image sets are not primary, too many to count them all`);
  }
  const overwritten = overwrittenOf(summary.imageSetsSummary ?? [], imported);
  if (overwritten > 0) {
    discrepancies.push(
      `${OVERWRITTEN}: ${counted(imported, 'file')} imported, but only ${counted(imported - overwritten, 'SOP instance')}: files with the same SOPInstanceUID replace each other`,
    );
  }
  const versions = imageSets.flatMap(({ version }) => (version === undefined ? [] : [version]));
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
    imageSets: {
      generated,
      nonPrimary,
      ...(versions.length > 0 && {
        created: versions.filter((version) => version === 1).length,
        changed: versions.filter((version) => version > 1).length,
      }),
      ...(overwritten > 0 && { overwritten }),
    },
    imageSetItems: imageSets,
    discrepancies,
  };
}

/** Begins a discrepancy that is about the files, not about the manifest. */
const OVERWRITTEN = 'OVERWRITTEN';

/** The discrepancies by which the manifest contradicts itself. */
export function contradictions(discrepancies: readonly string[]): string[] {
  return discrepancies.filter((each) => !each.startsWith(OVERWRITTEN));
}

/** How many imported files are not there as SOP instances, where each image set says how many it got. */
function overwrittenOf(sets: readonly ImageSet[], imported: number): number {
  if (sets.length === 0 || sets.some(({ instances }) => instances === undefined)) return 0;
  const instances = sets.reduce((sum, { instances = 0 }) => sum + instances, 0);
  return Math.max(0, imported - instances);
}

type CounterName = Extract<keyof Read['summary'], `numberOf${string}`>;

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
    discrepancies.push(`${file} holds ${counted(tally.malformed, 'line')} that cannot be read`);
  }
  for (const [name, count] of Object.entries(tally.odd ?? {})) {
    discrepancies.push(`${name} in ${file} is not of the documented type, ${counted(count, 'time')}`);
  }
  if (!expected.includes(held(tally))) {
    discrepancies.push(
      `the manifest counts ${expected[0]} files ${what}, ${file} holds ${counted(held(tally), 'line')}`,
    );
  }
}

function held({ lines, malformed }: FileTally): number {
  return lines + malformed;
}
