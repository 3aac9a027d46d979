import type { FailureReason, FileCounts, ImageSetCounts, WarningCount } from '../../contract/events.ts';
import type { ImportJobId, Outcome, UnverifiedReason } from '../../contract/names.ts';
import { describeImport } from '../notices/import-report.ts';
import type { ManifestReading } from '../verdict/manifest.ts';
import { contradictions } from '../verdict/outcome.ts';
import type { ImportJob } from '../watch/import-job.ts';

/** What a campaign keeps of one job for as long as it adds it up: nothing that names a file. */
export interface CampaignJob extends ImportJobId {
  readonly outcome: Outcome;
  readonly unverifiedReason?: UnverifiedReason;
  readonly summary: string;
  /** Milliseconds since the epoch, like `endedAt`. */
  readonly submittedAt?: number;
  readonly endedAt?: number;
  readonly files?: FileCounts;
  readonly imageSets?: ImageSetCounts;
  readonly reasons: readonly FailureReason[];
  readonly warnings: readonly WarningCount[];
  /** Whether the manifest contradicts itself. */
  readonly isContradictory: boolean;
}

/** The verdict on one job of a campaign: that of the report on this job alone. */
export function campaignJob(job: ImportJob, manifest: ManifestReading | undefined): CampaignJob {
  const { outcome, unverifiedReason, summary, files, imageSets, discrepancies } = describeImport(
    { job, manifest },
    false,
  );
  const read = manifest?.kind === 'read' ? manifest : undefined;
  const { items: _, ...counts } = imageSets ?? { generated: 0, nonPrimary: 0 };
  return {
    datastoreId: job.datastoreId,
    jobId: job.jobId,
    outcome,
    summary,
    ...(unverifiedReason && { unverifiedReason }),
    ...(job.submittedAt && { submittedAt: Date.parse(job.submittedAt) }),
    ...(job.endedAt && { endedAt: Date.parse(job.endedAt) }),
    ...(files && { files }),
    ...(imageSets && { imageSets: counts }),
    // Not the first fifty of each, as in an event.
    reasons: read?.failure.reasons ?? [],
    warnings: read?.warning.codes ?? [],
    isContradictory: contradictions(discrepancies ?? []).length > 0,
  };
}
