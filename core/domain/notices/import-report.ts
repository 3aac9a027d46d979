import type { ImageSetCounts, ImportedImageSet, ImportFinishedData } from '../../contract/events.ts';
import { type Disclosure, MAX_GROUPS } from '../../contract/names.ts';
import type { ImageSet } from '../verdict/job-manifest.ts';
import type { ManifestReading } from '../verdict/manifest.ts';
import { manifestLocations, s3Uri } from '../verdict/manifest-location.ts';
import { outcomeOf } from '../verdict/outcome.ts';
import { isRetryable } from '../verdict/retryable.ts';
import { durationSeconds, type ImportJob } from '../watch/import-job.ts';
import { finishedId, RECORD_AS } from '../watch/told.ts';
import { watcherFunction } from './advice.ts';
import { consoleLinks } from './console-links.ts';
import { expiry } from './expiry.ts';
import { finishedMessage } from './finished-message.ts';
import type { ImportReport } from './notice.ts';
import { noticeOf } from './notice.ts';
import { publishedJob } from './published-job.ts';
import { summarize } from './summary.ts';

/**
 * Largest `data` of an event, as JSON. What binds is the state of an execution, of 256 KiB, which holds the email and the message
 * for chat beside it; an entry of EventBridge may have 1 MB (docs/healthimaging.md#15-limits-of-what-is-published).
 */
export const MAX_DATA_BYTES = 128 * 1024;

/** What is known of a finished import. */
export interface FinishedImport {
  readonly job: ImportJob;
  readonly manifest: ManifestReading | undefined;
  readonly executionArn: string;
  /** ABANDONED was published before, which this supersedes. */
  readonly later?: boolean;
  /** The Lambda function that read the manifests, as the account calls it. */
  readonly readBy?: string | undefined;
}

/**
 * All that is published about a finished import.
 * @param now - milliseconds since the epoch.
 */
export function importReport(finished: FinishedImport, disclosure: Disclosure, now: number): ImportReport {
  const { job, executionArn, later = false, readBy } = finished;
  const described = describeImport(finished, disclosure.inEvents);
  const data = fit({ ...(later ? superseding(described) : described), executionArn });
  const refused = finished.manifest?.kind === 'read' ? finished.manifest.failure.reasons : [];
  const { datastoreId, jobId } = job;
  const at =
    disclosure.manifestLinks && job.outputS3Uri ? manifestLocations(job.outputS3Uri, job) : undefined;
  const id = finishedId(job, later);
  return {
    ...noticeOf(
      id,
      data,
      finishedMessage(data, {
        links: consoleLinks(executionArn, at),
        disclosed: disclosure.inEmails,
        sampleFiles: refused.flatMap(({ sampleFiles = [] }) => sampleFiles),
        reader: watcherFunction(readBy, at?.job.bucket),
      }),
      now,
    ),
    receipt: {
      datastoreId,
      jobId,
      outcome: data.outcome,
      ...(data.unverifiedReason && { unverifiedReason: data.unverifiedReason }),
      summary: data.summary,
      eventId: id,
      ...(data.submittedAt && { submittedAt: data.submittedAt }),
      ...(data.endedAt && { endedAt: data.endedAt }),
      ...(data.files && { files: data.files }),
      ...(data.imageSets && { imageSets: countsOf(data.imageSets) }),
    },
    recordAs: later ? RECORD_AS.later : RECORD_AS.first,
    expiresAt: expiry(now),
  };
}

/** The verdict on a job that was given up before. */
function superseding({ outcome, summary, ...rest }: DescribedImport): DescribedImport {
  const sentence = summary.charAt(0).toLowerCase() + summary.slice(1);
  return {
    outcome,
    summary: `This supersedes the verdict ABANDONED: ${sentence}`,
    supersedes: finishedId(rest),
    ...rest,
  };
}

/** What an event says of a finished import, beside the execution that watched it. */
export type DescribedImport = Omit<ImportFinishedData, 'executionArn'>;

/** What is known of a finished import, the verdict first. @param disclosed - whether files may be named. */
export function describeImport(
  { job, manifest }: Pick<FinishedImport, 'job' | 'manifest'>,
  disclosed: boolean,
): DescribedImport {
  const verdict = outcomeOf(job, manifest);
  const { outcome, unverifiedReason, files, imageSets, imageSetItems = [], discrepancies } = verdict;
  const read = manifest?.kind === 'read' ? manifest : undefined;
  const reasons = read?.failure.reasons ?? [];
  const codes = read?.warning.codes ?? [];
  const seconds = durationSeconds(job.submittedAt, job.endedAt);
  return {
    outcome,
    summary: summarize(verdict, job.jobStatus),
    ...publishedJob(job, disclosed),
    ...(seconds !== undefined && { durationSeconds: seconds }),
    ...(unverifiedReason && { unverifiedReason }),
    ...(files && { files }),
    ...(imageSets && { imageSets: { ...imageSets, items: nonPrimaryFirst(imageSetItems) } }),
    ...(files &&
      files.rejected > 0 && {
        retryable:
          files.rejectedByServerError > 0 || reasons.some(({ exceptionType }) => isRetryable(exceptionType)),
      }),
    ...(read && {
      failures: reasons.slice(0, MAX_GROUPS).map(({ sampleFiles = [], ...rest }) => {
        const reason = { ...rest, retryable: isRetryable(rest.exceptionType) };
        return disclosed ? { ...reason, sampleFiles } : reason;
      }),
      warnings: codes.slice(0, MAX_GROUPS),
      omitted: {
        failures: Math.max(0, reasons.length - MAX_GROUPS),
        warnings: Math.max(0, codes.length - MAX_GROUPS),
        imageSets: Math.max(0, (imageSets?.generated ?? 0) - imageSetItems.length),
      },
      discrepancies: [...discrepancies],
    }),
    ...(job.outputS3Uri && { manifests: locate(job.outputS3Uri, job) }),
  };
}

/** Ids of image sets lead to a patient for whoever may read the data store: in events only. */
function countsOf({ items: _, ...counts }: NonNullable<ImportFinishedData['imageSets']>): ImageSetCounts {
  return counts;
}

function nonPrimaryFirst(items: readonly ImageSet[]): ImageSet[] {
  return [
    ...items.filter(({ isPrimary }) => isPrimary === false),
    ...items.filter(({ isPrimary }) => isPrimary !== false),
  ];
}

/** As long as the number of what is left out can be. */
const MANY = 1e12;

const bytesOf = (data: unknown) => Buffer.byteLength(JSON.stringify(data));

/** Leaves out image sets until the rest is small enough, and only then the least frequent reasons. */
function fit(data: ImportFinishedData): ImportFinishedData {
  const { imageSets, omitted } = data;
  if (!omitted || bytesOf(data) <= MAX_DATA_BYTES) return data;
  if (!imageSets?.items) return fitReasons(data);
  const without = {
    ...data,
    imageSets: { ...imageSets, items: [] },
    omitted: { ...omitted, imageSets: MANY },
  };
  let left = MAX_DATA_BYTES - bytesOf(without);
  const items: ImportedImageSet[] = [];
  for (const item of imageSets.items) {
    left -= bytesOf(item) + 1;
    if (left < 0) break;
    items.push(item);
  }
  return fitReasons({
    ...without,
    imageSets: { ...imageSets, items },
    omitted: {
      ...omitted,
      imageSets: (omitted.imageSets ?? 0) + imageSets.items.length - items.length,
    },
  });
}

/** Reasons can have samples of any characters. */
function fitReasons(data: ImportFinishedData): ImportFinishedData {
  const { failures = [], omitted } = data;
  if (!omitted || failures.length === 0 || bytesOf(data) <= MAX_DATA_BYTES) return data;
  return fitReasons({
    ...data,
    failures: failures.slice(0, -1),
    omitted: { ...omitted, failures: omitted.failures + 1 },
  });
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
