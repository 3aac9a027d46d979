import { describe, expect, test } from 'vitest';
import { DEFAULT_DISCLOSURE, MAX_GROUPS } from '../../../../core/contract/names.ts';
import { importReport, MAX_DATA_BYTES } from '../../../../core/domain/notices/import-report.ts';
import type { ImportReport } from '../../../../core/domain/notices/notice.ts';
import type { ImportJob } from '../../../../core/domain/watch/import-job.ts';
import {
  completed,
  counters,
  datastoreId,
  executionArn,
  failureLine,
  folder,
  jobId,
  manifest,
  reportOf,
  successLine,
  times,
  warningLine,
} from '../given.ts';

const now = Date.parse('2026-01-02T03:06:00.500Z');
const root = `s3://out-bucket/out/${folder}`;

/** Every value anywhere inside, with the path to it. */
function* members(value: unknown, path = ''): Generator<[string, unknown]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) yield* members(member, `${path}.${name}`);
}

const undefinedMembers = (report: ImportReport) =>
  [...members(report)].filter(([, value]) => value === undefined).map(([path]) => path);

describe('the report of a partly failed import', () => {
  const reading = () =>
    manifest(
      { ...counters(6, 4, 1, 1), numberOfGeneratedImageSets: 2 },
      {
        success: [...times(3, successLine()), successLine('set2', false)],
        failure: [
          failureLine("Value '1.2.3' is too long"),
          failureLine('Internal', 'InternalServerException'),
        ],
        warning: [warningLine(45330)],
      },
    );
  const report = () => reportOf(completed, reading(), now);
  const files = {
    scanned: 6,
    imported: 4,
    rejected: 2,
    rejectedByCustomerError: 1,
    rejectedByServerError: 1,
    unaccounted: 0,
    withWarnings: 1,
  };

  test('has this event', () => {
    expect(report().detail).toStrictEqual({
      metadata: {
        id: `${datastoreId}-${jobId}-finished`,
        schemaVersion: '1',
        publishedAt: '2026-01-02T03:06:00.500Z',
        watcher: 'watch',
      },
      data: {
        outcome: 'PARTIALLY_FAILED',
        summary: '4 of 6 files imported, 2 rejected.',
        datastoreId,
        jobId,
        jobStatus: 'COMPLETED',
        jobName: 'nightly',
        dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
        inputS3Uri: 's3://in-bucket/in/',
        outputS3Uri: `${root}/`,
        submittedAt: '2026-01-02T03:04:05.678Z',
        endedAt: '2026-01-02T03:05:36.900Z',
        executionArn,
        durationSeconds: 91,
        files,
        imageSets: {
          generated: 2,
          nonPrimary: 1,
          items: [
            { imageSetId: 'set2', isPrimary: false },
            { imageSetId: 'set1', isPrimary: true },
          ],
        },
        retryable: true,
        failures: [
          {
            exceptionType: 'ValidationException',
            message: 'Value # is too long',
            count: 1,
            retryable: false,
          },
          { exceptionType: 'InternalServerException', message: 'Internal', count: 1, retryable: true },
        ],
        warnings: [
          {
            code: 45330,
            name: 'INVALID_OFFSET_TABLE',
            nameIsCertain: true,
            clinicallyImportant: true,
            count: 1,
          },
        ],
        omitted: { failures: 0, warnings: 0, imageSets: 0 },
        discrepancies: [],
        manifests: {
          job: `${root}/job-output-manifest.json`,
          success: `${root}/SUCCESS/success.ndjson`,
          failure: `${root}/FAILURE/failure.ndjson`,
          warning: `${root}/WARNING/warning.ndjson`,
        },
      },
    });
  });

  test('has a receipt of ids, counts and times only', () => {
    const { summary, submittedAt, endedAt } = report().detail.data;
    expect(report().receipt).toStrictEqual({
      datastoreId,
      jobId,
      outcome: 'PARTIALLY_FAILED',
      summary,
      eventId: `${datastoreId}-${jobId}-finished`,
      submittedAt,
      endedAt,
      files,
      imageSets: { generated: 2, nonPrimary: 1 },
    });
  });

  test('is remembered for 120 days, in whole seconds', () => {
    expect(report().expiresAt).toBe(String(Date.parse('2026-05-02T03:06:00Z') / 1000));
  });

  test('has the same id at any time, and another for another job or data store', () => {
    const id = (job: ImportJob, at = now) => reportOf(job, reading(), at).detail.metadata.id;
    expect(id(completed, now + 86_400_000)).toBe(id(completed));
    expect(id({ ...completed, jobId: 'other' })).not.toBe(id(completed));
    expect(id({ ...completed, datastoreId: 'a'.repeat(32) })).not.toBe(id(completed));
  });

  test('has no member that is undefined', () => {
    expect(undefinedMembers(report())).toEqual([]);
  });
});

describe('the report of a job of which little is known', () => {
  test('has what is known and nothing else', () => {
    const report = reportOf({ datastoreId, jobId, jobStatus: 'NOT_FOUND' }, undefined, now);
    expect(report.detail.data).toStrictEqual({
      outcome: 'ABANDONED',
      summary: 'HealthImaging does not know the job any more.',
      datastoreId,
      jobId,
      jobStatus: 'NOT_FOUND',
      executionArn,
    });
    expect(report.receipt).toStrictEqual({
      datastoreId,
      jobId,
      outcome: 'ABANDONED',
      summary: 'HealthImaging does not know the job any more.',
      eventId: `${datastoreId}-${jobId}-finished`,
    });
    expect(undefinedMembers(report)).toEqual([]);
    expect(report.email.body).toMatch(
      new RegExp(
        `^HealthImaging does not know the job any more\\.

Outcome {5}ABANDONED
Data store {2}${datastoreId}
Job {9}${jobId}
Job status {2}NOT_FOUND

What to do
`,
      ),
    );
  });

  test('gives the reason and the places where no manifest could be read', () => {
    const unavailable = { kind: 'unavailable', reason: 'MANIFEST_FORBIDDEN' } as const;
    const { data } = reportOf(completed, unavailable, now).detail;
    expect(data).toMatchObject({
      outcome: 'UNVERIFIED',
      unverifiedReason: 'MANIFEST_FORBIDDEN',
      summary:
        'The job completed, but what it imported is unknown: reading its output manifest is forbidden.',
      manifests: { job: `${root}/job-output-manifest.json` },
    });
    for (const name of ['files', 'imageSets', 'failures', 'warnings', 'omitted', 'discrepancies']) {
      expect(data).not.toHaveProperty(name);
    }
  });
});

describe('importConfiguration', () => {
  test('is outlined: members and counts, no UID and no file name', () => {
    const importConfiguration = {
      dicomJsonMetadataImportConfiguration: {
        dicomMetadataMappings: [
          { studyInstanceUID: '1.2.826.77', metadataFilePath: 'DOE/a.json' },
          { studyInstanceUID: '1.2.826.78', seriesInstanceUID: '1.2.826.79', metadataFilePath: 'DOE/b.json' },
        ],
        text: '1.2.826.80',
      },
    };
    const report = reportOf({ ...completed, importConfiguration }, manifest(counters(0, 0)), now);
    expect(report.detail.data.importConfiguration).toEqual({
      dicomJsonMetadataImportConfiguration: { dicomMetadataMappingsCount: 2 },
    });
    expect(JSON.stringify(report)).not.toMatch(/1\.2\.826|DOE|\.json"\}/);
  });

  test.each([
    [null, {}],
    [{}, {}],
    [{ unknown: null }, { unknown: {} }],
  ])('%j is outlined as %j', (importConfiguration, outline) => {
    const report = reportOf({ ...completed, importConfiguration }, manifest(counters(0, 0)), now);
    expect(report.detail.data.importConfiguration).toEqual(outline);
  });
});

describe('the size of a report', () => {
  const word = (index: number) => String(index).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  // 2,048 characters of four bytes each, distinct in the part that is kept.
  const messages = Array.from({ length: 1000 }, (_, index) => word(index).padEnd(2048 * 2, '𝄞'));
  const warnings = Array.from({ length: 60 }, (_, index) => warningLine(index));
  const reading = () =>
    manifest(counters(1000, 0, 1000), {
      failure: messages.map((message) => failureLine(message, `${message}x`)),
      warning: warnings,
    });
  const message = '𝄞'.repeat(3000);
  const report = () => reportOf({ ...completed, message }, reading(), now);

  test('is bounded in groups, and says what was left out', () => {
    const { data } = report().detail;
    expect(reading().failure.reasons).toHaveLength(1000);
    expect(data.failures).toHaveLength(MAX_GROUPS);
    expect(data.warnings).toHaveLength(MAX_GROUPS);
    expect(data.omitted).toEqual({ failures: 1000 - MAX_GROUPS, warnings: 60 - MAX_GROUPS, imageSets: 0 });
    expect(data.files?.rejected).toBe(1000);
  });

  test('stays well under the 256 KiB of a state of Step Functions', () => {
    expect(Buffer.byteLength(JSON.stringify(report()))).toBeLessThan(160 * 1024);
  });

  test('has as many reasons as fit with their samples, the most frequent', () => {
    const key = '\u0001'.repeat(1024);
    const failure = messages
      .slice(0, 60)
      .flatMap((message) =>
        times(3, failureLine(message).replace('in/2.dcm', JSON.stringify(key).slice(1, -1))),
      );
    const many = manifest(counters(180, 0, 180), { failure });
    const { data } = reportOf(completed, many, now, { inEvents: true }).detail;
    const { failures = [], omitted } = data;
    const bytes = (shown: object) => Buffer.byteLength(JSON.stringify({ ...data, failures: shown }));
    expect(failures).toMatchObject(many.failure.reasons.slice(0, failures.length));
    expect(bytes(failures)).toBeLessThanOrEqual(MAX_DATA_BYTES);
    expect(bytes(many.failure.reasons.slice(0, failures.length + 1))).toBeGreaterThan(MAX_DATA_BYTES);
    expect(omitted).toEqual({ failures: 60 - failures.length, warnings: 0, imageSets: 1 });
  });

  test('has a message of the job of at most 2,048 characters', () => {
    expect(report().detail.data.message).toBe(`${'𝄞'.repeat(2047)}…`);
    expect(reportOf({ ...completed, message: 'short' }, reading(), now).detail.data.message).toBe('short');
  });
});

test('samples of files are in events where the owner discloses them, three of each reason', () => {
  const reading = manifest(counters(4, 0, 4), { failure: times(4, failureLine()) });
  const [shown] = reportOf(completed, reading, now, { inEvents: true }).detail.data.failures ?? [];
  expect(shown).toMatchObject({ count: 4, sampleFiles: times(3, 'in/2.dcm') });
  const [hidden] = reportOf(completed, reading, now).detail.data.failures ?? [];
  expect(hidden).not.toHaveProperty('sampleFiles');
});

describe('the report of a job that was given up before', () => {
  const reportIt = (later?: boolean, job = completed) => {
    const reading = manifest(counters(2, 2), { success: times(2, successLine()) });
    return importReport({ job, manifest: reading, executionArn, later }, DEFAULT_DISCLOSURE, now);
  };

  test('has an id of its own, and says what it supersedes', () => {
    const report = reportIt(true);
    expect(report.detail).toMatchObject({
      metadata: { id: `${datastoreId}-${jobId}-finished-2`, schemaVersion: '1' },
      data: {
        outcome: 'SUCCEEDED',
        summary: 'This supersedes the verdict ABANDONED: 2 of 2 files imported, none rejected, no warnings.',
        supersedes: `${datastoreId}-${jobId}-finished`,
      },
    });
    expect(report.receipt.eventId).toBe(`${datastoreId}-${jobId}-finished-2`);
    expect(report.email.subject).toBe(`SUCCEEDED AFTER ABANDONED: DICOM import ${jobId}`);
    expect(report.email.body).toMatch(/^This supersedes the verdict ABANDONED:/);
    expect(reportIt(true, { ...completed, jobStatus: 'FAILED' }).detail.data.summary).toBe(
      'This supersedes the verdict ABANDONED: the job failed: 2 of 2 files imported, 0 rejected.',
    );
  });

  test('is recorded beside the first, which keeps its place', () => {
    expect(reportIt(true).recordAs).toEqual({ outcome: 'laterOutcome', eventId: 'laterEventId' });
    const first = reportIt();
    expect(first.recordAs).toEqual({ outcome: 'outcome', eventId: 'eventId' });
    expect(first.detail.data).not.toHaveProperty('supersedes');
  });
});

describe('image sets in the event', () => {
  const reading = (count: number, nonPrimary = 0) =>
    manifest(
      {
        ...counters(count, count),
        numberOfGeneratedImageSets: count,
        imageSetsSummary: Array.from({ length: count }, (_, index) => ({
          imageSetId: `${index}`.padStart(32, '0'),
          version: 1,
          isPrimary: index < count - nonPrimary,
          instances: 1,
        })),
      },
      { success: times(count, successLine('0'.repeat(32))) },
    );

  test('are all there where they fit, those that are not primary first', () => {
    const { data } = reportOf(completed, reading(1000, 2), now).detail;
    expect(data.imageSets).toMatchObject({ generated: 1000, nonPrimary: 2, created: 1000, changed: 0 });
    expect(data.imageSets?.items).toHaveLength(1000);
    expect(data.imageSets?.items?.slice(0, 3).map(({ isPrimary }) => isPrimary)).toEqual([
      false,
      false,
      true,
    ]);
    expect(data.omitted?.imageSets).toBe(0);
  });

  test('are as many as fit, and it is said how many more there are', () => {
    const { data } = reportOf(completed, reading(10_000, 2), now).detail;
    const shown = data.imageSets?.items ?? [];
    const bytes = Buffer.byteLength(JSON.stringify(data));
    expect(bytes).toBeLessThanOrEqual(MAX_DATA_BYTES);
    expect(bytes).toBeGreaterThan(MAX_DATA_BYTES - 200);
    expect(shown.filter(({ isPrimary }) => isPrimary === false)).toHaveLength(2);
    expect(data.omitted?.imageSets).toBe(10_000 - shown.length);
  });

  test('are left out before a reason is', () => {
    const failure = times(3, failureLine());
    const { summary, success } = reading(10_000);
    const refused = { ...manifest(counters(3, 0, 3), { failure }), summary, success };
    expect(reportOf(completed, refused, now).detail.data.failures).toHaveLength(1);
  });

  test('that no list names are counted', () => {
    const counted = manifest(
      { ...counters(3, 3), numberOfGeneratedImageSets: 3 },
      { success: times(3, successLine()) },
    );
    expect(reportOf(completed, counted, now).detail.data).toMatchObject({
      imageSets: { items: [{ imageSetId: 'set1', isPrimary: true }] },
      omitted: { imageSets: 2 },
    });
  });

  test('are in no receipt, which is copied into events of AWS', () => {
    const report = reportOf(completed, reading(3), now);
    expect(report.receipt.imageSets).toEqual({ generated: 3, nonPrimary: 0, created: 3, changed: 0 });
  });
});

test.each([
  [failureLine('Busy', 'ThrottlingException'), true],
  [failureLine(), false],
])('a verdict says whether refused files may be imported again as they are', (line, retryable) => {
  const { data } = reportOf(completed, manifest(counters(1, 0, 1), { failure: [line] }), now).detail;
  expect(data).toMatchObject({ retryable, failures: [{ retryable }] });
});
