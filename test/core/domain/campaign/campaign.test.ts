import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { campaignJsonSchema, campaignReportSchema } from '../../../../core/contract/campaign.ts';
import { OUTCOMES } from '../../../../core/contract/names.ts';
import { Campaign } from '../../../../core/domain/campaign/campaign.ts';
import { type CampaignJob, campaignJob } from '../../../../core/domain/campaign/campaign-job.ts';
import type { ManifestReading } from '../../../../core/domain/verdict/manifest.ts';
import {
  completed,
  counters,
  datastoreId,
  failureLine,
  manifest,
  successLine,
  times,
  warningLine,
} from '../given.ts';

const HOUR = 3600_000;
const now = Date.parse('2026-01-10T00:00:00.000Z');
const id = (number: number) => number.toString(36).padStart(32, '0');

function jobOf(number: number, reading: ManifestReading, endedAt = now - HOUR): CampaignJob {
  const { submittedAt: _, ...job } = completed;
  return campaignJob({ ...job, jobId: id(number), endedAt: new Date(endedAt).toISOString() }, reading);
}

const good = manifest(counters(2, 2), { success: times(2, successLine()) });
const partly = (refused: number, message?: string, type?: string) =>
  manifest(counters(refused + 1, 1, refused), {
    success: [successLine()],
    failure: times(refused, failureLine(message, type)),
  });
const missing = { kind: 'unavailable', reason: 'MANIFEST_MISSING' } as const;

function reportOf(jobs: Iterable<CampaignJob>, at = now) {
  const campaign = new Campaign();
  for (const job of jobs) campaign.add(job);
  return campaign.result(at);
}

const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
const isValid = ajv.compile(campaignJsonSchema());

describe('the report on a campaign', () => {
  const report = reportOf([
    jobOf(1, good),
    jobOf(2, partly(3)),
    jobOf(3, partly(1, 'Slow down', 'ThrottlingException')),
    jobOf(4, missing),
    jobOf(5, manifest(counters(1, 1), { success: [successLine()], warning: [warningLine(45330)] })),
  ]);

  test('has the worst outcome, and all of them counted', () => {
    expect(report.outcome).toBe('UNVERIFIED');
    expect(report.jobs).toEqual({
      total: 5,
      byOutcome: {
        ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])),
        SUCCEEDED: 1,
        SUCCEEDED_WITH_WARNINGS: 1,
        PARTIALLY_FAILED: 2,
        UNVERIFIED: 1,
      },
      contradictory: 0,
    });
    expect(report.summary).toBe(
      '2 of 5 jobs imported every file: 5 of 9 files imported, 4 rejected, 0 unaccounted for; of 1 job it is unknown.',
    );
  });

  test('adds up files, image sets, reasons and warnings', () => {
    expect(report.files).toMatchObject({ scanned: 9, imported: 5, rejected: 4, withWarnings: 1 });
    expect(report.imageSets).toEqual({ generated: 4, nonPrimary: 0 });
    expect(report.failures).toEqual([
      {
        exceptionType: 'ValidationException',
        message: 'DICOM attributes does not exist',
        count: 3,
        share: 0.75,
        jobs: 1,
        retryable: false,
        exampleJob: { datastoreId, jobId: id(2) },
      },
      expect.objectContaining({ message: 'Slow down', count: 1, share: 0.25, retryable: true }),
    ]);
    expect(report.warnings).toMatchObject([
      { code: 45330, name: 'INVALID_OFFSET_TABLE', clinicallyImportant: true, count: 1, jobs: 1 },
    ]);
    expect(report.unexplained).toBe(0);
  });

  test('names each job without a manifest, and the worst jobs first', () => {
    expect(report.unverified).toEqual([{ datastoreId, jobId: id(4), reason: 'MANIFEST_MISSING' }]);
    expect(report.worstJobs.map(({ jobId }) => jobId)).toEqual([id(4), id(2), id(3), id(5)]);
  });

  test('keeps its schema', () => {
    expect(isValid(report), JSON.stringify(isValid.errors)).toBe(true);
    expect(campaignReportSchema.strict().parse(report)).toEqual(report);
  });

  test('on no job at all is no success', () => {
    const nothing = reportOf([]);
    expect(nothing).toMatchObject({ outcome: 'UNVERIFIED', jobs: { total: 0 } });
    expect(nothing.time).toBeUndefined();
  });

  test('says that all is well where it is', () => {
    expect(reportOf([jobOf(1, good), jobOf(2, good)]).summary).toBe(
      'All of 2 jobs: 4 of 4 files imported, 0 rejected, 0 unaccounted for, no warnings.',
    );
  });
});

test('a FAILED job without a manifest is named, too', () => {
  const job = campaignJob({ ...completed, jobStatus: 'FAILED' }, missing);
  expect(reportOf([job])).toMatchObject({ outcome: 'FAILED', unverified: [{ jobId: completed.jobId }] });
});

test('refused files that no line names are counted, and said to have no reason', () => {
  const report = reportOf([jobOf(1, manifest(counters(5, 1, 4), { success: [successLine()] }))]);
  expect(report).toMatchObject({ files: { rejected: 4 }, failures: [], unexplained: 4 });
});

test('sums agree with a naive count, in whatever order the jobs come', () => {
  const readings = fc.oneof(
    fc.constant(missing),
    fc
      .record({ good: fc.nat(4), refused: fc.nat(4), scanned: fc.nat(10), lines: fc.nat(4), kind: fc.nat(3) })
      .map(({ good, refused, scanned, lines, kind }) =>
        manifest(counters(scanned, good, refused), {
          success: times(good, successLine()),
          failure: times(lines, failureLine(`Reason ${'abcd'[kind]}`)),
        }),
      ),
  );
  fc.assert(
    fc.property(fc.array(readings, { maxLength: 40 }), (all) => {
      const jobs = all.map((reading, i) => jobOf(i, reading, now - i * HOUR));
      const report = reportOf(jobs);
      const sum = (of: (job: CampaignJob) => number) => jobs.reduce((total, job) => total + of(job), 0);
      expect(report.files.rejected).toBe(sum(({ files }) => files?.rejected ?? 0));
      expect(report.files.scanned).toBe(sum(({ files }) => files?.scanned ?? 0));
      expect(report.files.rejected).toBe(
        (report.failures ?? []).reduce((total, { count }) => total + count, report.unexplained ?? 0),
      );
      expect(report.jobs.total).toBe(Object.values(report.jobs.byOutcome).reduce((a, b) => a + b, 0));
      expect(report.time?.periods.reduce((total, { jobs }) => total + jobs, 0) ?? 0).toBe(jobs.length);
      const { worstJobs: _, failures, ...backwards } = reportOf(jobs.toReversed());
      expect(backwards).toMatchObject({ files: report.files, jobs: report.jobs });
      expect(failures?.map(({ count }) => count)).toEqual(report.failures?.map(({ count }) => count));
    }),
  );
});

describe('what is kept', () => {
  test('of reasons is bounded, and none is lost', () => {
    const letters = (i: number) => i.toString().replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
    const jobs = Array.from({ length: 1500 }, (_, i) => jobOf(i, partly(1, `There is no ${letters(i)}`)));
    const { failures = [], files } = reportOf(jobs);
    expect(failures).toHaveLength(1001);
    expect(failures[0]).toMatchObject({ message: '(other messages)', count: 500, jobs: 500 });
    expect(failures.reduce((sum, { count }) => sum + count, 0)).toBe(files.rejected);
  });

  test('of jobs are the twenty worst, by their outcome and the files that were not imported', () => {
    const jobs = Array.from({ length: 100 }, (_, i) => jobOf(i, partly(1 + ((i * 37) % 100))));
    const { worstJobs } = reportOf([...jobs, jobOf(1000, missing)]);
    expect(worstJobs).toHaveLength(20);
    expect(worstJobs[0]?.outcome).toBe('UNVERIFIED');
    expect(worstJobs.slice(1).map(({ files }) => files?.rejected)).toEqual(
      Array.from({ length: 19 }, (_, i) => 100 - i),
    );
  });
});

describe('throughput', () => {
  test('is by the hour, of jobs and files', () => {
    const { time } = reportOf([
      jobOf(1, partly(3), now - 30 * HOUR),
      jobOf(2, good, now - HOUR / 2),
      jobOf(3, good, now - HOUR / 4),
    ]);
    expect(time).toEqual({
      startedAt: '2026-01-08T18:00:00.000Z',
      endedAt: '2026-01-09T23:45:00.000Z',
      durationSeconds: 107_100,
      periodSeconds: 3600,
      periods: [
        { startsAt: '2026-01-08T18:00:00.000Z', jobs: 1, imported: 1, rejected: 3 },
        { startsAt: '2026-01-09T23:00:00.000Z', jobs: 2, imported: 4, rejected: 0 },
      ],
    });
  });

  test('of years is by days, at most 400 periods, and loses nothing', () => {
    const jobs = Array.from({ length: 3000 }, (_, i) => jobOf(i, good, now - i * 7 * HOUR));
    const { time } = reportOf(jobs);
    expect(time?.periods.length).toBeLessThanOrEqual(400);
    expect((time?.periodSeconds ?? 0) % 86_400).toBe(0);
    expect(time?.periods.reduce((sum, { imported }) => sum + imported, 0)).toBe(6000);
  });
});

describe('the time left', () => {
  const progressAt = (ended: readonly number[], expected: number) => {
    const campaign = new Campaign();
    for (const [i, minutes] of ended.entries()) campaign.add(jobOf(i, good, now - minutes * 60_000));
    return campaign.result(now, { expectation: { expected } }).progress;
  };

  test('is that of the median rate of the last hour, with the least and the most', () => {
    // One a minute, and another three a minute in the last quarter of an hour.
    const steady = Array.from({ length: 60 }, (_, i) => i + 0.5);
    const fast = Array.from({ length: 45 }, (_, i) => i / 3 + 0.1);
    expect(progressAt([...steady, ...fast], 205)).toEqual({
      ended: 105,
      expected: 205,
      percent: 51.2,
      secondsLeft: { median: 6000, least: 1500, most: 6000 },
    });
  });

  test('has no most where jobs paused, and is not told where most of the hour had none', () => {
    expect(
      progressAt(
        Array.from({ length: 40 }, (_, i) => i + 0.5),
        50,
      )?.secondsLeft,
    ).not.toHaveProperty('most');
    expect(progressAt([3, 70, 80, 90], 50)).toEqual({ ended: 4, expected: 50, percent: 8 });
  });

  test('is none when all have ended', () => {
    expect(progressAt([500], 1)).toMatchObject({
      percent: 100,
      secondsLeft: { median: 0, least: 0, most: 0 },
    });
  });
});
