import type { EVENT_SCHEMAS } from '../core/contract/events.ts';
import { type Disclosure, type Email, OUTCOMES, type Outcome, PUBLISHED } from '../core/contract/names.ts';
import { digestId } from '../core/domain/digests/calendar.ts';
import { buildDigest } from '../core/domain/digests/digest.ts';
import { entryOf } from '../core/domain/digests/entry.ts';
import { DigestTally } from '../core/domain/digests/tally.ts';
import { adviceOn, watcherFunction } from '../core/domain/notices/advice.ts';
import { buildDrill, drillJob } from '../core/domain/notices/drill.ts';
import { buildFailureNotice } from '../core/domain/notices/failed-watch.ts';
import { describeImport, importReport } from '../core/domain/notices/import-report.ts';
import type { Notice } from '../core/domain/notices/notice.ts';
import { buildOverdueNotice } from '../core/domain/notices/overdue.ts';
import {
  type ManifestReading,
  tallyFailure,
  tallySuccess,
  tallyWarning,
} from '../core/domain/verdict/manifest.ts';
import type { ImportJob } from '../core/domain/watch/import-job.ts';

/** Something that the watcher publishes, built as the functions build it. */
export interface Example {
  /** The outcome that subscribers filter on. */
  readonly outcome: string;
  /** What tells it from another of this outcome. */
  readonly name: string;
  readonly detailType: keyof typeof EVENT_SCHEMAS;
  readonly notice: Notice<unknown>;
}

const datastoreId = '12345678901234567890123456789012';
const jobId = '09876543210987654321098765432109';
const executionArn = `arn:aws:states:us-east-1:111122223333:execution:ImportWatch:${datastoreId}-${jobId}`;
const now = Date.UTC(2026, 0, 2, 3, 9, 11, 500);
const defaults: Disclosure = { inEvents: false, inEmails: false, manifestLinks: true };

const job: ImportJob = {
  datastoreId,
  jobId,
  jobStatus: 'COMPLETED',
  jobName: 'nightly',
  dataAccessRoleArn: 'arn:aws:iam::111122223333:role/DicomImport',
  inputS3Uri: 's3://hospital-dicom-input/night/',
  outputS3Uri: `s3://hospital-import-output/imports/${datastoreId}-DicomImport-${jobId}/`,
  submittedAt: '2026-01-02T03:04:05.000Z',
  endedAt: '2026-01-02T03:09:10.250Z',
};
const { endedAt: _, ...running } = job;

const READINGS: Readonly<Record<Outcome, [ImportJob, ManifestReading | undefined]>> = {
  SUCCEEDED: [job, manifest(7, 0)],
  SUCCEEDED_WITH_WARNINGS: [job, manifest(7, 0, [45330, 45330, 45570])],
  PARTIALLY_FAILED: [job, manifest(5, 2)],
  NOTHING_IMPORTED: [job, manifest(0, 7)],
  FAILED: [
    { ...job, jobStatus: 'FAILED', message: 'ACCESS_DENIED: the data access role was refused' },
    undefined,
  ],
  UNVERIFIED: [job, { kind: 'unavailable', reason: 'MANIFEST_FORBIDDEN' }],
  ABANDONED: [{ ...running, jobStatus: 'IN_PROGRESS' }, undefined],
};

/** One example of each outcome, and of one that superseded another. */
export function examples(): Example[] {
  return [
    ...OUTCOMES.map((outcome): Example => {
      const [job, manifest] = READINGS[outcome];
      const { detail, email, chat } = importReport({ job, manifest, executionArn }, defaults, now);
      return {
        outcome,
        name: outcome,
        detailType: PUBLISHED.importFinished,
        notice: { detail, email, chat },
      };
    }),
    lateExample(),
    {
      outcome: 'OVERDUE',
      name: 'OVERDUE',
      detailType: PUBLISHED.importOverdue,
      notice: buildOverdueNotice(
        {
          job: { ...running, jobStatus: 'IN_PROGRESS' },
          executionArn,
          runningSeconds: 6 * 3600 + 4,
          overdueAfterSeconds: 6 * 3600,
        },
        defaults,
        Date.UTC(2026, 0, 2, 9, 4, 9),
      ),
    },
    {
      outcome: 'WATCH_FAILED',
      name: 'WATCH_FAILED',
      detailType: PUBLISHED.watchFailed,
      notice: buildFailureNotice(
        {
          executionArn,
          name: `${datastoreId}-${jobId}`,
          status: 'FAILED',
          job: { datastoreId, jobId },
          failedStep: 'Check import job',
          error: 'HealthImagingRefused',
          redriveCount: 0,
          redrivable: true,
          startedAt: Date.UTC(2026, 0, 2, 3, 4, 6),
          stoppedAt: Date.UTC(2026, 0, 2, 3, 4, 8),
        },
        { repairs: true, functions: { 'Check import job': 'Imaging-CheckImportJob' } },
        now,
      ),
    },
    drillExample(),
  ];
}

/** A verdict that is a test. */
function drillExample(): Example {
  const job = drillJob('0123456789abcdef0123456789a');
  const arn = executionArn.replace(/[^:]+$/, `${job.datastoreId}-${job.jobId}`);
  return {
    outcome: 'SUCCEEDED',
    name: 'DRILL',
    detailType: PUBLISHED.importFinished,
    notice: buildDrill(job, arn, now),
  };
}

/** Imports that have the same outcome for different reasons. */
const CAUSES: readonly (readonly [cause: string, job: ImportJob, manifest: ManifestReading | undefined])[] = [
  ['Image sets are not primary', job, manifest(7, 0, [], { nonPrimary: 2 })],
  ['The manifest contradicts itself', job, { ...manifest(7, 0), success: manifest(6, 0).success }],
  ['Files have warnings', job, manifest(7, 0, [45570])],
  ['Pixel data cannot be read', job, manifest(7, 0, [45330])],
  ['Files are at fault', job, manifest(5, 2)],
  ['HealthImaging failed', job, manifest(5, 2, [], { serverErrors: 2 })],
  ['Both', job, manifest(5, 3, [], { serverErrors: 1 })],
  ['A file is unaccounted for', job, manifest(6, 0, [], { lost: 1 })],
  ['The prefix is empty', job, manifest(0, 0)],
  ['No manifest', job, { kind: 'unavailable', reason: 'MANIFEST_MISSING' }],
  ['The manifest may not be read', job, { kind: 'unavailable', reason: 'MANIFEST_FORBIDDEN' }],
  ['The manifest is corrupt', job, { kind: 'unavailable', reason: 'MANIFEST_CORRUPT' }],
  ['No line names a file', job, { ...manifest(7, 0), success: manifest(0, 0).success }],
  ['The job does not end', { ...running, jobStatus: 'IN_PROGRESS' }, undefined],
  ['The job is gone', { ...running, jobStatus: 'NOT_FOUND' }, undefined],
];

/** An hour of a migration in which the storm guard is on: every eighth job is refused in part, one failed. */
export function digestExample(): Email {
  const tally = new DigestTally();
  const boundary = Date.UTC(2026, 0, 2, 4);
  for (let number = 0; number < 240; number++) {
    const outcome = number === 100 ? 'FAILED' : number % 8 === 0 ? 'PARTIALLY_FAILED' : 'SUCCEEDED';
    const [of, manifest] = READINGS[outcome];
    const job = { ...of, jobId: String(number).padStart(32, '0') };
    const at = boundary - 3600_000 + number * 14_000;
    const { detail } = importReport({ job, manifest, executionArn }, defaults, at);
    tally.add(detail.metadata.id, entryOf(detail));
  }
  const every = 'verdict';
  const id = digestId('5f2a9c1e', boundary);
  return buildDigest({ id, every, boundary, timeZone: 'UTC', tally, guard: 'on', emailsPerHour: 20 }).email;
}

/** What people are advised to do, by the cause of an outcome. */
export function adviceByCause(): { outcome: Outcome; cause: string; summary: string; advice: string[] }[] {
  return CAUSES.map(([cause, job, manifest]) => {
    const facts = describeImport({ job, manifest }, false);
    const advice = adviceOn(facts, watcherFunction('Imaging-SummarizeImport', 'hospital-import-output'));
    return { outcome: facts.outcome, cause, summary: facts.summary, advice };
  });
}

/** The verdict on a job that ended a day after it was given up. */
function lateExample(): Example {
  const late = { ...job, endedAt: '2026-01-10T03:09:10.250Z' };
  const finished = {
    job: late,
    manifest: manifest(7, 0),
    executionArn: `${executionArn}-2`,
    later: true,
  };
  const { detail, email, chat } = importReport(finished, defaults, Date.UTC(2026, 0, 10, 3, 9, 11, 500));
  return {
    outcome: 'SUCCEEDED',
    name: 'SUCCEEDED_AFTER_ABANDONED',
    detailType: PUBLISHED.importFinished,
    notice: { detail, email, chat },
  };
}

/** As the target of a rule gets it. */
export function eventOf({ detailType, notice }: Example): object {
  const { publishedAt } = notice.detail.metadata;
  return {
    version: '0',
    id: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
    'detail-type': detailType,
    source: PUBLISHED.source,
    account: '111122223333',
    time: publishedAt.replace(/\.\d+Z$/, 'Z'),
    region: 'us-east-1',
    resources: [],
    detail: notice.detail,
  };
}

/** What a manifest can have beside imported and rejected files. */
interface More {
  /** Rejected files on which HealthImaging itself failed. */
  readonly serverErrors?: number;
  /** Files that were scanned, and are in no list. */
  readonly lost?: number;
  readonly nonPrimary?: number;
}

function manifest(
  imported: number,
  rejected: number,
  warnings: readonly number[] = [],
  { serverErrors = 0, lost = 0, nonPrimary = 0 }: More = {},
): Extract<ManifestReading, { kind: 'read' }> {
  const success = tallySuccess();
  const failure = tallyFailure();
  const warning = tallyWarning();
  const imageSetId = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4';
  for (let file = 0; file < imported; file++) {
    const importResponse =
      file < nonPrimary
        ? { imageSetId: `${file}`.repeat(32), isPrimary: false }
        : { imageSetId, imageSetVersion: 1, isPrimary: true };
    success.add(JSON.stringify({ inputFile: `${file}`, importResponse }));
  }
  for (let file = 0; file < rejected; file++) {
    const message =
      file % 3 === 0 ? 'DICOM attribute SOPClassUID does not exist' : 'DICOM attributes does not exist';
    failure.add(
      JSON.stringify({ inputFile: `${file}`, exception: { exceptionType: 'ValidationException', message } }),
    );
  }
  for (const warning_reason_code of warnings) {
    warning.add(JSON.stringify({ importResponse: { imageSetId, warnings: [{ warning_reason_code }] } }));
  }
  return {
    kind: 'read',
    summary: {
      numberOfScannedFiles: imported + rejected + lost,
      numberOfImportedFiles: imported,
      numberOfFilesWithCustomerError: rejected - serverErrors,
      numberOfFilesWithServerError: serverErrors,
      numberOfGeneratedImageSets: nonPrimary + (imported > 0 ? 1 : 0),
    },
    success: success.result(),
    failure: failure.result(),
    warning: warning.result(),
  };
}
