import { describe, expect, test } from 'vitest';
import { backoffSeconds, NO_ANSWER_SECONDS } from '../../../cli/aws/backoff.ts';
import { follow, type Sources, UNKNOWN_JOB_SECONDS } from '../../../cli/wait/follow.ts';
import { WatchError } from '../../../core/aws/errors.ts';
import { ERRORS } from '../../../core/contract/names.ts';
import type { ManifestReading } from '../../../core/domain/verdict/manifest.ts';
import { MANIFEST_GRACE_SECONDS } from '../../../core/domain/verdict/manifest-readiness.ts';
import { NOT_FOUND_GRACE_SECONDS } from '../../../core/domain/watch/check.ts';
import type { ImportJob } from '../../../core/domain/watch/import-job.ts';
import { completed, counters, datastoreId, jobId, manifest, successLine } from '../../core/domain/given.ts';

const job = { datastoreId, jobId };
const submitted = Date.parse(completed.submittedAt ?? '');
const running = (jobStatus: ImportJob['jobStatus']): ImportJob => ({
  ...job,
  jobStatus,
  submittedAt: completed.submittedAt ?? '',
});
const unknown: ImportJob = { ...job, jobStatus: 'NOT_FOUND' };
const outage = new WatchError(ERRORS.healthImagingUnavailable, 'GetDICOMImportJob: HTTP 503');
const whole = manifest(counters(1, 1, 0, 0), { success: [successLine()] });

/** Follows a job whose reads and manifests depend on the seconds since its submission. */
function following(
  read: (second: number) => ImportJob | Error,
  readManifest: (second: number) => ManifestReading | Error = () => whole,
  { started = false, timeoutSeconds = Number.POSITIVE_INFINITY } = {},
) {
  let now = submitted;
  const told: string[] = [];
  const reads: number[] = [];
  const second = () => (now - submitted) / 1000;
  const answer = <T>(value: T | Error): T => {
    if (value instanceof Error) throw value;
    return value;
  };
  const sources: Sources = {
    getJob: async () => {
      reads.push(second());
      return answer(read(second()));
    },
    readManifests: async () => answer(readManifest(second())),
  };
  const observer = {
    running: (status: string) => void told.push(status),
    trouble: (what: string) => void told.push(what),
  };
  const sleepers: { at: number; wake: () => void }[] = [];
  const time = {
    now: () => now,
    sleep: (ms: number) => {
      return new Promise<void>((wake) => {
        sleepers.push({ at: now + ms, wake });
        setImmediate(() => {
          const next = sleepers.sort((a, b) => a.at - b.at).shift();
          if (!next) return;
          now = Math.max(now, next.at);
          next.wake();
        });
      });
    },
  };
  const followed = follow({ job, started, timeoutSeconds }, sources, observer, time);
  return { followed, told, reads, second };
}

test('looks often at first and more seldom later, until the job has ended', async () => {
  const { followed, reads } = following((second) => (second < 600 ? running('IN_PROGRESS') : completed));
  expect(await followed).toEqual({ kind: 'ended', job: completed, manifest: whole });
  expect(reads.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
  const waits = reads.slice(1).map((at, i) => at - (reads[i] ?? 0));
  expect(waits.at(-1)).toBe(30);
  expect(reads.length).toBeLessThan(80);
});

describe('a job that HealthImaging does not know', () => {
  test('is waited for a little', async () => {
    const { followed, told } = following((second) => (second < UNKNOWN_JOB_SECONDS ? unknown : completed));
    expect(await followed).toMatchObject({ kind: 'ended', job: completed });
    expect(told[0]).toBe('NOT_FOUND');
  });

  test('is an error then', async () => {
    const { followed, second } = following(() => unknown);
    await expect(followed).rejects.toThrow(`HealthImaging knows no import job ${jobId}`);
    expect(second()).toBe(UNKNOWN_JOB_SECONDS);
  });

  test('is waited for longer if it was just started', async () => {
    const { followed } = following((second) => (second < 200 ? unknown : completed), undefined, {
      started: true,
    });
    expect(await followed).toMatchObject({ kind: 'ended', job: completed });
    const never = following(() => unknown, undefined, { started: true });
    await expect(never.followed).rejects.toThrow('knows no import job');
    expect(never.second()).toBe(NOT_FOUND_GRACE_SECONDS);
  });

  test('and did before, has ended without a verdict', async () => {
    const { followed, second } = following((second) => (second < 10 ? running('IN_PROGRESS') : unknown));
    expect(await followed).toEqual({ kind: 'ended', job: unknown, manifest: undefined });
    expect(second()).toBe(10 + NOT_FOUND_GRACE_SECONDS);
  });
});

describe('an outage', () => {
  test('is reported and tried again once HealthImaging has answered', async () => {
    const { followed, told, reads } = following((second) =>
      second < 3 ? running('IN_PROGRESS') : second < 3600 ? outage : completed,
    );
    expect(await followed).toMatchObject({ kind: 'ended', job: completed });
    expect(told).toContain('GetDICOMImportJob: HTTP 503');
    expect(reads.length).toBeLessThan(300);
  });

  test('is an error where nothing was ever answered', async () => {
    const { followed, second } = following(() => outage);
    await expect(followed).rejects.toThrow(outage);
    expect(second()).toBeGreaterThanOrEqual(NO_ANSWER_SECONDS);
    expect(second()).toBeLessThan(NO_ANSWER_SECONDS + 31);
  });

  test('of S3 is sat out, too', async () => {
    const down = new WatchError(ERRORS.manifestStoreUnavailable, 'GetObject: HTTP 503');
    let asked = 0;
    const { followed, reads } = following(
      () => completed,
      (second) => {
        asked++;
        return second < 1000 ? down : whole;
      },
    );
    expect(await followed).toMatchObject({ manifest: whole });
    // HealthImaging has said all there is, and S3 is asked more seldom each time.
    expect(reads).toHaveLength(1);
    expect(asked).toBeLessThan(80);
  });

  test('is none where HealthImaging refuses', async () => {
    const refused = new WatchError(ERRORS.healthImagingRefused, 'AccessDeniedException, HTTP 403');
    const { followed, second } = following(() => refused);
    await expect(followed).rejects.toThrow(refused);
    expect(second()).toBe(0);
  });
});

describe('a manifest', () => {
  const ended = (Date.parse(completed.endedAt ?? '') - submitted) / 1000;
  const unavailable = (reason: 'MANIFEST_MISSING' | 'MANIFEST_FORBIDDEN') =>
    ({ kind: 'unavailable', reason }) as const;
  const until = (seconds: number, late: ManifestReading) =>
    following(
      (second) => (second < ended ? running('IN_PROGRESS') : completed),
      (second) => (second < ended + seconds ? late : whole),
    );

  test('that is late is waited for', async () => {
    const { followed, told } = until(MANIFEST_GRACE_SECONDS - 10, unavailable('MANIFEST_MISSING'));
    expect(await followed).toMatchObject({ manifest: whole });
    expect(told.at(-1)).toBe('the job has ended, its manifest is still missing');
  });

  test('whose lines are late is waited for', async () => {
    const { followed, told } = until(20, manifest(counters(1, 1, 0, 0), {}));
    expect(await followed).toMatchObject({ manifest: whole });
    expect(told.at(-1)).toBe('the job has ended, its manifest is not complete yet');
  });

  test('that does not come is not waited for without end', async () => {
    const { followed, second } = until(1e9, unavailable('MANIFEST_MISSING'));
    expect(await followed).toMatchObject({ manifest: unavailable('MANIFEST_MISSING') });
    expect(second()).toBeLessThan(ended + MANIFEST_GRACE_SECONDS + 30);
  });

  test('that is forbidden is waited for a little', async () => {
    const { followed, second } = until(1e9, unavailable('MANIFEST_FORBIDDEN'));
    expect(await followed).toMatchObject({ manifest: unavailable('MANIFEST_FORBIDDEN') });
    expect(second()).toBeGreaterThanOrEqual(ended + 30);
    expect(second()).toBeLessThan(ended + 60);
  });

  test('that is forbidden at first, for it is not there yet, is read then', async () => {
    const { followed, told } = until(20, unavailable('MANIFEST_FORBIDDEN'));
    expect(await followed).toMatchObject({ manifest: whole });
    expect(told.at(-1)).toBe('the job has ended, reading its manifest is not allowed yet');
  });

  test('is not looked for if the job names no output', async () => {
    const { outputS3Uri: _, ...failed } = { ...completed, jobStatus: 'FAILED' as const };
    const { followed } = following(
      () => failed,
      () => new Error('read'),
    );
    expect(await followed).toEqual({ kind: 'ended', job: failed, manifest: undefined });
  });
});

test('ends when the time is over, and says what is known of the job', async () => {
  const seen = running('IN_PROGRESS');
  const { followed, second } = following(() => seen, undefined, { timeoutSeconds: 100 });
  expect(await followed).toEqual({ kind: 'timed out', job: seen });
  expect(second()).toBe(100);
});

test('ends when the time is over although a call hangs', async () => {
  const hanging: Sources = { getJob: () => new Promise(() => {}), readManifests: async () => whole };
  const time = { now: () => 0, sleep: async () => {} };
  const observer = { running() {}, trouble() {} };
  const timedOut = await follow({ job, started: false, timeoutSeconds: 5 }, hanging, observer, time);
  expect(timedOut).toEqual({ kind: 'timed out', job: undefined });
});

test('backs off by doubling, up to half a minute, and by chance', () => {
  expect([1, 2, 3, 4, 5, 50].map((failures) => backoffSeconds(failures, () => 1))).toEqual([
    2, 4, 8, 16, 30, 30,
  ]);
  expect(backoffSeconds(3, () => 0)).toBe(4);
});
