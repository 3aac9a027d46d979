import { stringify } from 'csv-stringify/sync';
import type { PrintedVerdict } from '../terminal/verdict.ts';

/** One line of CSV, with quotes where they belong; what a spreadsheet would run as a formula begins with an apostrophe. */
export function csvLine(values: readonly (string | number | undefined)[]): string {
  return stringify([values], { escape_formulas: true, eof: false });
}

/** The figures of a verdict, by the names of their columns. */
export function csvRow(verdict: PrintedVerdict): Readonly<Record<string, string | number | undefined>> {
  const { files, imageSets } = verdict;
  return {
    outcome: verdict.outcome,
    datastoreId: verdict.datastoreId,
    jobId: verdict.jobId,
    jobStatus: verdict.jobStatus,
    submittedAt: verdict.submittedAt,
    endedAt: verdict.endedAt,
    durationSeconds: verdict.durationSeconds,
    scanned: files?.scanned,
    imported: files?.imported,
    rejected: files?.rejected,
    unaccounted: files?.unaccounted,
    withWarnings: files?.withWarnings,
    imageSets: imageSets?.generated,
    nonPrimaryImageSets: imageSets?.nonPrimary,
    summary: verdict.summary,
  };
}
