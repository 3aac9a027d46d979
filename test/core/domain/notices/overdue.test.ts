import { describe, expect, test } from 'vitest';
import type { Disclosure } from '../../../../core/contract/names.ts';
import { buildOverdueNotice } from '../../../../core/domain/notices/overdue.ts';
import type { ImportJob } from '../../../../core/domain/watch/import-job.ts';
import { completed, datastoreId, disclosure, executionArn, jobId } from '../given.ts';

const { endedAt: _, ...running } = {
  ...completed,
  jobStatus: 'IN_PROGRESS' as const,
  jobName: 'DOE-JANE',
  inputS3Uri: 's3://in-bucket/DOE/',
  importConfiguration: { dicomJsonMetadataImportConfiguration: { studyInstanceUID: '1.2.826' } },
};
const now = Date.parse('2026-01-02T09:04:05.678Z');
const overdue = (
  job: ImportJob,
  runningSeconds: number,
  overdueAfterSeconds: number,
  at: number,
  disclosed: Partial<Disclosure> = {},
) =>
  buildOverdueNotice(
    { job, executionArn, runningSeconds, overdueAfterSeconds },
    { ...disclosure, ...disclosed },
    at,
  );
const notice = () => overdue(running, 21_600, 21_600, now);

test('the event says what runs, since when, and what is too long', () => {
  expect(notice().detail).toEqual({
    metadata: {
      id: `${datastoreId}-${jobId}-overdue`,
      schemaVersion: '1',
      publishedAt: '2026-01-02T09:04:05.678Z',
      watcher: 'watch',
    },
    data: {
      outcome: 'OVERDUE',
      summary: 'The job is still IN_PROGRESS 6 hours after it was submitted.',
      datastoreId,
      jobId,
      jobStatus: 'IN_PROGRESS',
      jobName: 'DOE-JANE',
      dataAccessRoleArn: running.dataAccessRoleArn,
      inputS3Uri: 's3://in-bucket/DOE/',
      outputS3Uri: running.outputS3Uri,
      submittedAt: '2026-01-02T03:04:05.678Z',
      importConfiguration: { dicomJsonMetadataImportConfiguration: {} },
      executionArn,
      runningSeconds: 21_600,
      overdueAfterSeconds: 21_600,
    },
  });
});

test('the event has an outline of the import configuration, and no UID', () => {
  expect(JSON.stringify(notice())).not.toContain('1.2.826');
});

test('its id is the same whenever it is published', () => {
  const later = overdue(running, 50_000, 21_600, now + 28_400_000);
  expect(later.detail.metadata.id).toBe(notice().detail.metadata.id);
});

test.each([
  [360, '6 minutes'],
  [3420, '57 minutes'],
  [3600, '1 hour'],
  [3779, '1 hour'],
  [3780, '1.1 hours'],
  [21_600.4, '6 hours'],
  [7 * 86_400 - 1, '168 hours'],
])('%d s are written as %s', (seconds, text) => {
  const { data } = overdue(running, seconds, 60, now).detail;
  expect(data.summary).toBe(`The job is still IN_PROGRESS ${text} after it was submitted.`);
  expect(data.runningSeconds).toBe(Math.round(seconds));
});

test('an age of minutes is not told as nothing', () => {
  expect(overdue(running, 60, 60, now).detail.data.summary).not.toContain(' 0 hours');
});

test('messages for chat stay in the thread of the job', () => {
  expect(JSON.parse(notice().chat).metadata.threadId).toBe(`${datastoreId}-${jobId}`);
});

describe('the email', () => {
  const email = () => notice().email;

  test('has a subject that SNS takes', () => {
    const { subject } = email();
    expect(subject).toBe(`OVERDUE: DICOM import ${jobId}`);
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    const longest = overdue({ ...running, jobId: 'a'.repeat(32) }, 1, 1, now).email.subject;
    expect(longest.length).toBeLessThan(100);
  });

  test('says what is known, what to do and where to look', () => {
    expect(email().body).toBe(`The job is still IN_PROGRESS 6 hours after it was submitted.

Data store  ${datastoreId}
Job         ${jobId}
Job status  IN_PROGRESS
Submitted   2026-01-02T03:04:05.678Z

What to do
  The watcher still follows the job. Compare its age with the time that
  such imports usually take. If the job does not end, open a case with
  AWS Support.

Where to look
  Data stores:
  https://us-east-1.console.aws.amazon.com/medical-imaging/home?region=us-east-1
  Execution:
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${executionArn}
  On the command line:
  aws medical-imaging get-dicom-import-job \\
    --datastore-id ${datastoreId} \\
    --job-id ${jobId}
`);
  });

  test('has at most 72 columns, but for links', () => {
    const lines = email()
      .body.split('\n')
      .filter((line) => !line.includes('https:'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72);
  });

  test('leaves out when the job was submitted where HealthImaging does not tell', () => {
    const { submittedAt: _, ...unknown } = running;
    const { detail, email } = overdue(unknown, 21_600, 21_600, now);
    expect(email.body).not.toContain('Submitted');
    expect(detail.data).not.toHaveProperty('submittedAt');
  });

  test('has neither the name of the job nor a place', () => {
    const { subject, body } = email();
    expect(subject + body).not.toMatch(/DOE|s3:|arn:aws:iam/);
  });

  test('has both where the owner discloses them', () => {
    const { email, detail } = overdue(running, 21_600, 21_600, now, { inEmails: true });
    expect(email.body).toContain('\nJob name    DOE-JANE\nInput       s3://in-bucket/DOE/\n');
    expect(detail).toEqual(notice().detail);
  });
});
