import { type ImportFinishedData, type ImportReport, MAX_GROUPS, type WarningCount } from '../contract.ts';
import { writeEmail } from './email.ts';
import { durationSeconds, type ImportJob } from './import-job.ts';
import type { ManifestReading } from './manifest.ts';
import { manifestLocations, s3Uri } from './manifest-location.ts';
import { truncate } from './mask.ts';
import { detailOf } from './notice.ts';
import { type Judgement, judge } from './outcome.ts';
import { summarize } from './summary.ts';

/**
 * How long the table remembers a finished watch: longer than the 90 days for which HealthImaging lists a job and
 * Step Functions keeps an execution's name taken.
 */
const REMEMBER_DAYS = 120;

/** Longest `message` of the job in the event; HealthImaging's own limit is 2,048 characters. */
const MAX_JOB_MESSAGE_LENGTH = 2048;

/**
 * All that is published about a finished import.
 * @param now - milliseconds since the epoch.
 */
export function buildReport(
  job: ImportJob,
  manifest: ManifestReading | undefined,
  now: number,
): ImportReport {
  const judgement = judge(job, manifest);
  const data = buildData(job, judgement, manifest);
  const { datastoreId, jobId } = job;
  const id = `${datastoreId}-${jobId}-finished`;
  return {
    detail: detailOf(id, data, now),
    email: writeEmail(data),
    receipt: {
      datastoreId,
      jobId,
      outcome: data.outcome,
      eventId: id,
      ...(data.files && { files: data.files }),
      ...(data.imageSets && { imageSets: data.imageSets }),
    },
    expiresAt: expiry(now),
  };
}

/** When the table may forget what was told now: epoch seconds, as text. @param now - milliseconds since the epoch. */
export function expiry(now: number): string {
  return String(Math.floor(now / 1000) + REMEMBER_DAYS * 24 * 3600);
}

function buildData(
  job: ImportJob,
  { outcome, unverifiedReason, files, imageSets, discrepancies }: Judgement,
  manifest: ManifestReading | undefined,
): ImportFinishedData {
  const read = manifest?.kind === 'read' ? manifest : undefined;
  const reasons = read?.failure.reasons ?? [];
  const codes: readonly WarningCount[] = read?.warning.codes ?? [];
  const seconds = durationSeconds(job.submittedAt, job.endedAt);
  const { importConfiguration, message, ...identity } = job;
  return {
    outcome,
    summary: summarize(outcome, job.jobStatus, files, unverifiedReason),
    ...identity,
    ...(message !== undefined && { message: truncate(message, MAX_JOB_MESSAGE_LENGTH) }),
    ...(importConfiguration !== undefined && { importConfiguration: outline(importConfiguration) }),
    ...(seconds !== undefined && { durationSeconds: seconds }),
    ...(unverifiedReason && { unverifiedReason }),
    ...(files && { files }),
    ...(imageSets && { imageSets }),
    ...(read && {
      failures: reasons.slice(0, MAX_GROUPS),
      warnings: codes.slice(0, MAX_GROUPS),
      omitted: {
        failures: Math.max(0, reasons.length - MAX_GROUPS),
        warnings: Math.max(0, codes.length - MAX_GROUPS),
      },
      discrepancies,
    }),
    ...(job.outputS3Uri && { manifests: locate(job.outputS3Uri, job) }),
  };
}

/** The members of the union that `importConfiguration` is, with the lengths of their lists and nothing of their contents. */
function outline(importConfiguration: unknown): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(importConfiguration ?? {}).map(([member, value]) => [
      member,
      Object.fromEntries(
        Object.entries(value ?? {}).flatMap(([name, list]) =>
          Array.isArray(list) ? [[`${name}Count`, list.length]] : [],
        ),
      ),
    ]),
  );
}

function locate(outputS3Uri: string, job: ImportJob): NonNullable<ImportFinishedData['manifests']> {
  const at = manifestLocations(outputS3Uri, job);
  return {
    job: s3Uri(at.job),
    success: s3Uri(at.success),
    failure: s3Uri(at.failure),
    warning: s3Uri(at.warning),
  };
}
