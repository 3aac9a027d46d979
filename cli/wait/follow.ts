import { WatchError } from '../../core/aws/errors.ts';
import { type Check, ERRORS, type ImportJobId } from '../../core/contract/names.ts';
import { phaseOf } from '../../core/contract/poll-schedule.ts';
import type { ManifestReading } from '../../core/domain/verdict/manifest.ts';
import { isIncomplete, mayStillAppear } from '../../core/domain/verdict/manifest-readiness.ts';
import { ageSeconds, decide, type Limits } from '../../core/domain/watch/check.ts';
import { hasEnded, type ImportJob } from '../../core/domain/watch/import-job.ts';
import type { Time } from '../../core/time.ts';
import { backoffSeconds, NO_ANSWER_SECONDS } from '../aws/backoff.ts';
import { CliError } from '../errors.ts';
import type { Observer } from '../terminal/progress.ts';

/** Quick at first, since somebody waits; the quota of 25 reads a second is that of the whole account. */
export function limitsAt(ageSeconds: number): Limits {
  return {
    pollIntervalSeconds: Math.min(30, Math.max(1, ageSeconds / 10)),
    // Who waits decides when to stop.
    overdueAfterSeconds: Number.POSITIVE_INFINITY,
    giveUpAfterSeconds: Number.POSITIVE_INFINITY,
  };
}
/** How long a job that was never seen may be unknown; a wrong id should not take the watcher's five minutes. */
export const UNKNOWN_JOB_SECONDS = 20;
/** Between two looks for a manifest that is late. */
const MANIFEST_WAIT_SECONDS = 3;
/** How long a manifest may be forbidden: without s3:ListBucket, one that is not there yet is. */
const FORBIDDEN_GRACE_SECONDS = 30;

/** Where the truth is. */
export interface Sources {
  getJob(): Promise<ImportJob>;
  readManifests(outputS3Uri: string): Promise<ManifestReading>;
}

export interface Following {
  readonly job: ImportJobId;
  /** Whether the job is known to exist: HealthImaging has just said so. */
  readonly started: boolean;
  /** Seconds from now. */
  readonly timeoutSeconds: number;
}

/** How it went. */
export type Followed =
  | { readonly kind: 'ended'; readonly job: ImportJob; readonly manifest: ManifestReading | undefined }
  | {
      readonly kind: 'timed out';
      readonly job: ImportJob | undefined;
      /** Where the job has ended: what its manifest lacks, after "the job has ended,". */
      readonly late: string | undefined;
    };

/**
 * Follows a job to its end and until its manifest can be read, and sits out what passes.
 * @throws CliError where HealthImaging does not know the job; the error of AWS where it refuses, or never answers.
 */
export async function follow(
  following: Following,
  sources: Sources,
  observer: Observer,
  time: Time,
): Promise<Followed> {
  const { timeoutSeconds } = following;
  const state: State = { stopped: false };
  const end = toTheEnd(following, sources, observer, time, state);
  if (!Number.isFinite(timeoutSeconds)) return end;
  // A call that hangs does not hold up the end of the time.
  const timeout = time.sleep(timeoutSeconds * 1000).then(() => undefined);
  const ended = await Promise.race([end, timeout]);
  state.stopped = true;
  return ended ?? timedOut(state);
}

interface State {
  seen?: ImportJob;
  late?: string;
  stopped: boolean;
}

async function toTheEnd(
  following: Following,
  sources: Sources,
  observer: Observer,
  time: Time,
  state: State,
): Promise<Followed> {
  const began = time.now();
  let last: Check | undefined;
  let failures = 0;
  const look = async (): Promise<Followed | number> => {
    // A job that has ended stays as it is: only its manifest is still asked for.
    const job = state.seen && hasEnded(state.seen.jobStatus) ? state.seen : await sources.getJob();
    if (job.jobStatus !== 'NOT_FOUND') {
      state.seen = job;
      if (hasEnded(job.jobStatus)) return finish(job, sources, observer, time, state);
    }
    const now = time.now();
    const age = {
      now,
      watchStartedAt: began,
      submittedAt: job.submittedAt ? Date.parse(job.submittedAt) : undefined,
    };
    // Many may wait for as many jobs, in one script: they look apart, as watches do.
    last = decide(
      { jobStatus: job.jobStatus, ...age, phase: phaseOf(following.job), news: undefined, last },
      // For what is unknown it is waited briefly: every second.
      limitsAt(job.jobStatus === 'NOT_FOUND' ? 0 : ageSeconds(age)),
    );
    if (last.next === 'abandoned') return { kind: 'ended', job, manifest: undefined };
    refuseUnknown(following, last, now);
    observer.running(job.jobStatus, ageSeconds(age), last.waitSeconds);
    return last.waitSeconds;
  };
  while (!state.stopped) {
    let next: Followed | number;
    try {
      next = await look();
      // Not before all of it succeeded: HealthImaging may answer while S3 does not.
      failures = 0;
    } catch (error) {
      const neverAnswered = !state.seen && time.now() - began >= NO_ANSWER_SECONDS * 1000;
      if (!isOutage(error) || neverAnswered) throw error;
      next = backoffSeconds(++failures);
      observer.trouble(error.message, next);
    }
    if (typeof next !== 'number') return next;
    await time.sleep(next * 1000);
  }
  return timedOut(state);
}

function timedOut({ seen, late = 'its manifest could not be read' }: State): Followed {
  return { kind: 'timed out', job: seen, late: seen && hasEnded(seen.jobStatus) ? late : undefined };
}

function refuseUnknown({ job, started }: Following, check: Check, now: number): void {
  const unknownSeconds = (now - (check.notFoundSince ?? now)) / 1000;
  const tooLong = !check.known && !started && unknownSeconds >= UNKNOWN_JOB_SECONDS;
  if (check.next !== 'unknown' && !tooLong) return;
  throw new CliError(
    `HealthImaging knows no import job ${job.jobId} in the data store ${job.datastoreId}. Check both ids, the region and the account.`,
  );
}

async function finish(
  job: ImportJob,
  sources: Sources,
  observer: Observer,
  time: Time,
  state: State,
): Promise<Followed | number> {
  const manifest = job.outputS3Uri ? await sources.readManifests(job.outputS3Uri) : undefined;
  const late = manifest && mayStillAppear(job, time.now()) && whatIsMissing(manifest, job, time.now());
  if (!late) return { kind: 'ended', job, manifest };
  state.late = late;
  observer.trouble(`the job has ended, ${late}`, MANIFEST_WAIT_SECONDS);
  return MANIFEST_WAIT_SECONDS;
}

function whatIsMissing(manifest: ManifestReading, job: ImportJob, now: number): string | undefined {
  if (manifest.kind === 'read')
    return isIncomplete(manifest) ? 'its manifest is not complete yet' : undefined;
  if (manifest.reason === 'MANIFEST_MISSING') return 'its manifest is still missing';
  if (manifest.reason !== 'MANIFEST_FORBIDDEN') return 'its manifest cannot be read yet';
  const since = now - Date.parse(job.endedAt ?? '');
  return since < FORBIDDEN_GRACE_SECONDS * 1000 ? 'reading its manifest is not allowed yet' : undefined;
}

function isOutage(error: unknown): error is WatchError {
  const passing: readonly string[] = [ERRORS.healthImagingUnavailable, ERRORS.manifestStoreUnavailable];
  return error instanceof WatchError && passing.includes(error.name);
}
