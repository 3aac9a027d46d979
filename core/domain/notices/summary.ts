import type { FileCounts } from '../../contract/events.ts';
import type { ObservedStatus, Outcome, UnverifiedReason } from '../../contract/names.ts';
import { counted } from '../counted.ts';

const WHY_UNVERIFIED: Readonly<Record<UnverifiedReason, string>> = {
  MANIFEST_MISSING: 'its output manifest is missing',
  MANIFEST_FORBIDDEN: 'reading its output manifest is forbidden',
  MANIFEST_CORRUPT: 'its output manifest is corrupt',
  LINES_MISSING: 'its output manifest counts imported files, but no line names one',
};

/** The verdict in one sentence: ids, counts and statuses only. */
export function summarize(
  outcome: Outcome,
  jobStatus: ObservedStatus,
  files: FileCounts | undefined,
  unverifiedReason: UnverifiedReason | undefined,
): string {
  const imported = files && `${files.imported} of ${counted(files.scanned, 'file')} imported`;
  switch (outcome) {
    case 'SUCCEEDED':
      return `${imported}, none rejected, no warnings.`;
    case 'SUCCEEDED_WITH_WARNINGS':
      return `${imported}, none rejected, but there are warnings.`;
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
        : `The job is still ${jobStatus} after the longest time that it is watched for.`;
    default:
      return outcome satisfies never;
  }
}

function notImported(files: FileCounts | undefined): string {
  const { rejected = 0, unaccounted = 0 } = files ?? {};
  const parts = [`${rejected} rejected`];
  if (unaccounted > 0) parts.push(`${unaccounted} unaccounted for`);
  return parts.join(', ');
}
