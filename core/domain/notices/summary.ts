import type { FileCounts } from '../../contract/events.ts';
import type { ObservedStatus, UnverifiedReason } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import { contradictions, type Verdict } from '../verdict/outcome.ts';

const WHY_UNVERIFIED: Readonly<Record<UnverifiedReason, string>> = {
  MANIFEST_MISSING: 'its output manifest is missing',
  MANIFEST_FORBIDDEN: 'reading its output manifest is forbidden',
  MANIFEST_CORRUPT: 'its output manifest is corrupt',
  LINES_MISSING: 'its output manifest counts imported files, but no line names one',
};

/** The verdict in one sentence: ids, counts and statuses only. */
export function summarize(verdict: Verdict, jobStatus: ObservedStatus): string {
  const { outcome, files, unverifiedReason } = verdict;
  const imported = files && `${files.imported} of ${counted(files.scanned, 'file')} imported`;
  switch (outcome) {
    case 'SUCCEEDED':
      return `${imported}, none rejected, no warnings.`;
    case 'SUCCEEDED_WITH_WARNINGS':
      return `${imported}, none rejected, but ${notClean(verdict)}.`;
    case 'PARTIALLY_FAILED':
      return `${imported}, ${notImported(files)}.`;
    case 'NOTHING_IMPORTED':
      return files?.scanned === 0
        ? 'The job completed, but there was nothing to import: no file was found.'
        : `The job completed, but nothing was imported: ${imported}, ${notImported(files)}.`;
    case 'FAILED':
      return files ? `The job failed: ${imported}, ${notImported(files)}.` : 'The job failed.';
    case 'UNVERIFIED':
      return `The job completed, but what it imported is unknown: ${
        unverifiedReason ? WHY_UNVERIFIED[unverifiedReason] : 'there is no manifest'
      }.`;
    case 'ABANDONED':
      return jobStatus === 'NOT_FOUND'
        ? 'HealthImaging does not know the job any more.'
        : `The job is still ${jobStatus}, and the watcher has stopped following it.`;
    default:
      return outcome satisfies never;
  }
}

/** Why an import is not a clean success, the most important first. */
function notClean({ files, imageSets, discrepancies }: Verdict): string {
  const { nonPrimary = 0, overwritten = 0 } = imageSets ?? {};
  const { withWarnings = 0 } = files ?? {};
  const causes = [
    ...(nonPrimary > 0
      ? [counted(nonPrimary, 'image set is not primary', 'image sets are not primary')]
      : []),
    ...(withWarnings > 0 ? [counted(withWarnings, 'file has warnings', 'files have warnings')] : []),
    ...(overwritten > 0 ? [counted(overwritten, 'file was replaced', 'files were replaced')] : []),
    ...(contradictions(discrepancies).length > 0 ? ['the manifest contradicts itself'] : []),
  ];
  return [causes.slice(0, -1).join(', '), ...causes.slice(-1)].filter((text) => text !== '').join(' and ');
}

function notImported(files: FileCounts | undefined): string {
  const { rejected = 0, unaccounted = 0 } = files ?? {};
  const parts = [`${rejected} rejected`];
  if (unaccounted > 0) parts.push(`${unaccounted} unaccounted for`);
  return parts.join(', ');
}
