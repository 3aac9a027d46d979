import { stringify } from 'csv-stringify/sync';
import { oneLine } from '../../core/domain/text.ts';
import type { ImportRecord } from '../terminal/import-record.ts';

/**
 * One line of CSV, with quotes where they belong; what a spreadsheet would run as a formula begins with an apostrophe, and
 * nothing is there that cannot be seen. JSON has the exact values.
 */
export function csvLine(values: readonly (string | number | undefined)[]): string {
  return stringify([seen(values)], { escape_formulas: true, eof: false });
}

/** Many of these lines at once, which takes a tenth of the time, each with a line end. */
export function csvLines(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return stringify(rows.map(seen), { escape_formulas: true });
}

function seen(values: readonly (string | number | undefined)[]) {
  return values.map((value) => (typeof value === 'string' ? oneLine(value) : value));
}

/** The figures of a record, by the names of their columns. */
export function csvRow(record: ImportRecord): Readonly<Record<string, string | number | undefined>> {
  const { files, imageSets } = record;
  return {
    outcome: record.outcome,
    datastoreId: record.datastoreId,
    jobId: record.jobId,
    jobStatus: record.jobStatus,
    submittedAt: record.submittedAt,
    endedAt: record.endedAt,
    durationSeconds: record.durationSeconds,
    scanned: files?.scanned,
    imported: files?.imported,
    rejected: files?.rejected,
    unaccounted: files?.unaccounted,
    withWarnings: files?.withWarnings,
    imageSets: imageSets?.generated,
    nonPrimaryImageSets: imageSets?.nonPrimary,
    summary: record.summary,
  };
}
