import { describe, expect, test } from 'vitest';
import type { VerdictPublished, WatchFailureStatus } from '../../../../core/contract/names.ts';
import { buildFailureNotice } from '../../../../core/domain/notices/failed-watch.ts';
import type { FailedWatch } from '../../../../core/domain/watch/repair.ts';
import { MAX_WATCHES } from '../../../../core/domain/watch/watch-name.ts';
import { datastoreId, failed, jobId, name, stoppedAt, withoutJob } from '../given.ts';

const now = stoppedAt + 2000;
const functions = { 'Check import job': 'Imaging-CheckImportJob' };
const notice = () => buildFailureNotice(failed, { repairs: true, functions }, now);

test('the id of a notice is that of the watch and how often it was redriven', () => {
  const { metadata } = buildFailureNotice({ ...failed, redriveCount: 3 }, { repairs: false }, 0).detail;
  expect(metadata.id).toBe(`${name}-watch-failed-3`);
});

describe('the event', () => {
  test('says which watch failed, where, why and what to do', () => {
    expect(notice().detail).toEqual({
      metadata: {
        id: `${name}-watch-failed-0`,
        schemaVersion: '1',
        publishedAt: '2026-01-02T03:04:07.678Z',
        watcher: 'watch',
      },
      data: {
        datastoreId,
        jobId,
        executionArn: failed.executionArn,
        executionName: name,
        executionStatus: 'FAILED',
        failedStep: 'Check import job',
        error: 'HealthImagingRefused',
        verdictPublished: 'no',
        redriveCount: 0,
        startedAt: '2026-01-02T03:04:00.678Z',
        stoppedAt: '2026-01-02T03:04:05.678Z',
        outcome: 'WATCH_FAILED',
        summary: `The watch of import job ${jobId} failed in 'Check import job': HealthImagingRefused. It published no verdict.`,
        remedy:
          'HealthImaging does not let the Lambda function Imaging-CheckImportJob read the job. Check the permissions of its role (medical-imaging:GetDICOMImportJob), and the service control policies of the account. The sweep redrives this watch after 2026-01-02T03:19:05.678Z. If you cannot wait, fix the cause and run dicom-import-watcher redrive.',
      },
    });
  });

  test('leaves out what nobody knows', () => {
    const { executionArn, redriveCount, redrivable } = failed;
    const bare = { executionArn, name: 'by-hand', redriveCount, redrivable, stoppedAt };
    const { data } = buildFailureNotice({ ...bare, status: 'TIMED_OUT' }, { repairs: true }, now).detail;
    expect(data).toEqual({
      executionArn,
      executionName: 'by-hand',
      executionStatus: 'TIMED_OUT',
      redriveCount: 0,
      stoppedAt: '2026-01-02T03:04:05.678Z',
      outcome: 'WATCH_FAILED',
      summary:
        'The watch of an unknown import job timed out. Whether the verdict was published is not known.',
      verdictPublished: 'unknown',
      remedy:
        'The input of the execution does not name an import job. Start the state machine with exactly {"datastoreId": "...", "jobId": "..."} as input.',
    });
  });

  test.each<[WatchFailureStatus, string]>([
    ['FAILED', 'failed'],
    ['TIMED_OUT', 'timed out'],
    ['ABORTED', 'was stopped by somebody'],
  ])('says of %s that the watch %s', (status, words) => {
    expect(buildFailureNotice({ ...failed, status }, { repairs: true }, now).detail.data.summary).toBe(
      `The watch of import job ${jobId} ${words} in 'Check import job': HealthImagingRefused. It published no verdict.`,
    );
  });
});

test.each<[string | undefined, VerdictPublished, string]>([
  ['Notify people', 'yes', 'The verdict was published; the email about it may not have been sent.'],
  ['Publish outcome', 'unknown', 'The verdict may have been published.'],
  ['Wait for news', 'no', 'It published no verdict.'],
])(
  'what event and email say of the verdict follows from the failed step: %s',
  (failedStep, known, sentence) => {
    const { detail, email, chat } = buildFailureNotice({ ...failed, failedStep }, { repairs: true }, now);
    expect(detail.data.verdictPublished).toBe(known);
    expect(detail.data.summary).toBe(
      `The watch of import job ${jobId} failed in '${failedStep}': HealthImagingRefused. ${sentence}`,
    );
    expect(email.body.replace(/\s+/g, ' ')).toContain(detail.data.summary);
    expect(chat).toContain(sentence);
  },
);

describe('the name of the error', () => {
  const told = (error: string) => buildFailureNotice({ ...failed, error }, { repairs: true }, now);

  test('is reported', () => {
    expect(told('States.Timeout').detail.data.error).toBe('States.Timeout');
  });

  test('is not reported where it does not look like one', () => {
    const { detail, email } = told('{"PatientName":"DOE"}');
    expect(detail.data).not.toHaveProperty('error');
    expect(detail.data.summary).toBe(
      `The watch of import job ${jobId} failed in 'Check import job'. It published no verdict.`,
    );
    expect(JSON.stringify({ detail, email })).not.toContain('DOE');
    expect(email.body).not.toContain('\nError ');
  });
});

describe('what to do', () => {
  const FIX =
    'HealthImaging does not let the Lambda function read the job. Check the permissions of its role (medical-imaging:GetDICOMImportJob), and the service control policies of the account. ';
  const NOBODY =
    'The sweep is off, so nothing repairs this watch: fix the cause and run dicom-import-watcher redrive.';
  const other = { ...failed, error: 'TypeError' };
  const spent = { redriveCount: 6, redrivable: false };
  test.each<[string, FailedWatch, boolean, string]>([
    [
      'redriven by the sweep',
      { ...other, redriveCount: 1 },
      true,
      'The sweep redrives this watch after 2026-01-02T03:34:05.678Z. If you cannot wait, fix the cause and run dicom-import-watcher redrive.',
    ],
    [
      'replaced by the sweep',
      { ...other, ...spent },
      true,
      'The sweep starts a new watch of the job after 2026-01-03T03:04:05.678Z. If you cannot wait, fix the cause and run dicom-import-watcher redrive.',
    ],
    ...['UnreadablePayload', 'InvalidWatchInput', 'States.Runtime'].map(
      (error): [string, FailedWatch, boolean, string] => [
        `replaced by the sweep, for ${error}`,
        { ...failed, error },
        true,
        'The state machine definition that the watch began with is at fault, and a redrive keeps that definition. The sweep starts a new watch of the job after 2026-01-03T03:04:05.678Z. If you cannot wait, fix the cause and run dicom-import-watcher redrive.',
      ],
    ),
    ['redriven by nobody', other, false, NOBODY],
    ['redriven by nobody, refused', failed, false, `${FIX}${NOBODY}`],
    ['replaced by nobody', { ...failed, ...spent }, false, `${FIX}${NOBODY}`],
    ...[true, false].flatMap((repairs): [string, FailedWatch, boolean, string][] => [
      [
        'the input is wrong',
        { ...withoutJob, error: 'InvalidWatchInput' },
        repairs,
        'The input of the execution does not name an import job. Start the state machine with exactly {"datastoreId": "...", "jobId": "..."} as input.',
      ],
      [
        'somebody stopped it',
        { ...failed, status: 'ABORTED' },
        repairs,
        'Somebody stopped this watch, so the sweep does not repair it. If that was a mistake, run dicom-import-watcher redrive.',
      ],
      [
        'nobody knows the status',
        { ...failed, error: 'UnknownJobStatus' },
        repairs,
        'HealthImaging gives the job a status that this version of the watcher does not know. Update the watcher, then run dicom-import-watcher redrive.',
      ],
      [
        'it was tried enough',
        { ...failed, ...spent, name: `${name}-${MAX_WATCHES}` },
        repairs,
        `${FIX}All automatic repairs have failed. To follow the job again, fix the cause and run dicom-import-watcher redrive.`,
      ],
    ]),
  ])('%s', (_, watch, repairs, remedy) => {
    const { detail, email } = buildFailureNotice(watch, { repairs }, now);
    expect(detail.data.remedy).toBe(remedy);
    const [, whatToDo = ''] = email.body.match(/\nWhat to do\n([\s\S]*)\nWhere to look\n/) ?? [];
    expect(whatToDo.replace(/\s+/g, ' ').trim()).toBe(remedy);
  });
});

describe('the email', () => {
  const email = () => notice().email;

  test('has a subject that SNS takes', () => {
    const { subject } = email();
    expect(subject).toBe(`WATCH FAILED: DICOM import ${jobId}`);
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    expect(buildFailureNotice(withoutJob, { repairs: true }, now).email.subject).toBe(
      'WATCH FAILED: DICOM import unknown',
    );
  });

  test('says what is known, what to do and where to look', () => {
    expect(email().body).toBe(`The watch of import job ${jobId} failed in
'Check import job': HealthImagingRefused. It published no verdict.

Data store  ${datastoreId}
Job         ${jobId}
Failed in   Check import job
Error       HealthImagingRefused
Stopped     2026-01-02T03:04:05.678Z
Redriven    0 times

What to do
  HealthImaging does not let the Lambda function Imaging-CheckImportJob
  read the job. Check the permissions of its role
  (medical-imaging:GetDICOMImportJob), and the service control policies
  of the account. The sweep redrives this watch after
  2026-01-02T03:19:05.678Z. If you cannot wait, fix the cause and run
  dicom-import-watcher redrive.

Where to look
  Data stores:
  https://us-east-1.console.aws.amazon.com/medical-imaging/home?region=us-east-1
  Execution:
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${failed.executionArn}
  On the command line:
  npx dicom-import-watcher redrive \\
    --datastore-id ${datastoreId} \\
    --job-id ${jobId}
`);
  });

  test.each<[string, FailedWatch, string]>([
    ['a new watch where a redrive is of no use', { ...failed, error: 'States.Runtime' }, 'redrive --replace'],
    ['the execution where no job is known', withoutJob, 'aws stepfunctions describe-execution'],
  ])('gives the command for %s', (_, watch, command) => {
    expect(buildFailureNotice(watch, { repairs: true }, now).email.body).toContain(command);
  });

  test('leaves out what nobody knows', () => {
    const { failedStep: _, ...bare } = { ...withoutJob };
    const text = buildFailureNotice({ ...bare, error: '' }, { repairs: true }, now).email.body;
    expect(text).not.toMatch(/^(Data store|Job|Failed in|Error) /m);
  });

  test.each<[string, FailedWatch]>([
    ['that was refused', failed],
    ['that was tried enough', { ...failed, redriveCount: 6, name: `${name}-${MAX_WATCHES}` }],
    ['whose input is wrong', withoutJob],
    ['that somebody stopped', { ...failed, status: 'ABORTED', failedStep: 'Notify people of overdue job' }],
    ['whose error has a long name', { ...failed, error: 'Lambda.ClientExecutionTimeoutException' }],
    ['whose error has as long a name as fits', { ...failed, error: 'a'.repeat(60) }],
  ])('about a watch %s has at most 72 columns, but for the command', (_, watch) => {
    for (const repairs of [true, false]) {
      const text = buildFailureNotice(watch, { repairs }, now).email.body;
      const lines = text.slice(0, text.indexOf('\nWhere to look\n')).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72);
    }
  });

  test('has at most 72 columns with the longest name of an error', () => {
    const text = buildFailureNotice({ ...failed, error: 'a'.repeat(60) }, { repairs: true }, now).email.body;
    const lines = text.slice(0, text.indexOf('\nWhere to look\n')).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72);
  });
});
