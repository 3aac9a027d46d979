import { describe, expect, test } from 'vitest';
import { OUTCOMES, type Outcome } from '../../../../core/contract/names.ts';
import type { ImportReport } from '../../../../core/domain/notices/notice.ts';
import type { ManifestReading } from '../../../../core/domain/verdict/manifest.ts';
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
const named = {
  ...completed,
  jobName: 'DOE-JANE',
  message: "No 'SECRET' message",
  inputS3Uri: 's3://in-bucket/DOE/',
};
const clean = () => manifest(counters(3, 3), { success: times(3, successLine()) });

const reports: Record<Outcome, () => ImportReport> = {
  SUCCEEDED: () => reportOf(named, clean(), now),
  SUCCEEDED_WITH_WARNINGS: () =>
    reportOf(
      named,
      manifest(counters(3, 3), { success: times(3, successLine()), warning: [warningLine(45330)] }),
      now,
    ),
  PARTIALLY_FAILED: () =>
    reportOf(
      named,
      manifest(counters(6, 3, 2), { success: times(3, successLine()), failure: times(2, failureLine()) }),
      now,
    ),
  NOTHING_IMPORTED: () =>
    reportOf(
      named,
      manifest(counters(1, 0, 1), { failure: [failureLine("Value 'DOE JANE' is too long")] }),
      now,
    ),
  FAILED: () => reportOf({ ...named, jobStatus: 'FAILED' }, clean(), now),
  UNVERIFIED: () => reportOf(named, { kind: 'unavailable', reason: 'MANIFEST_MISSING' }, now),
  ABANDONED: () => reportOf({ ...named, jobStatus: 'IN_PROGRESS' }, undefined, now),
};

/** The lines of a body without the command to copy, which may be as wide as it likes. */
function textLines(body: string): string[] {
  return body.slice(0, body.indexOf('\nWhere to look\n')).split('\n');
}

describe.each(OUTCOMES)('an email about an import that is %s', (outcome) => {
  const email = () => reports[outcome]().email;

  test('has a subject that SNS takes and that begins with the verdict', () => {
    const { subject } = email();
    expect(reports[outcome]().detail.data.outcome).toBe(outcome);
    expect(subject).toBe(`${outcome.replaceAll('_', ' ')}: DICOM import ${jobId}`);
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  });

  test('says what to do, and gives the command to look further', () => {
    const { body } = email();
    expect(body).toMatch(/\nWhat to do\n {2}(- )?[A-Z1-9]/);
    const command =
      outcome === 'FAILED' || outcome === 'ABANDONED'
        ? 'aws medical-imaging get-dicom-import-job'
        : `npx dicom-import-watcher report${reports[outcome]().detail.data.files?.rejected ? ' --failures' : ''}`;
    expect(body).toContain(
      `\n  On the command line:\n  ${command} \\\n    --datastore-id ${datastoreId} \\\n    --job-id ${jobId}\n`,
    );
  });

  test('has no line over 72 columns', () => {
    for (const line of textLines(email().body)) expect(line.length).toBeLessThanOrEqual(72);
  });

  test('does not hold the name, the message, the role or a URI, but for the link to the manifests', () => {
    const { subject, body } = email();
    expect(subject + body).not.toMatch(/DOE|JANE|SECRET|s3:|arn:aws:iam/);
    expect(body.match(/-bucket/g)).toEqual(['-bucket']);
    expect(body).toContain(`/s3/buckets/out-bucket?region=us-east-1&prefix=out%2F${folder}%2F\n`);
  });
});

describe('the summary', () => {
  const summary = (reading: ManifestReading | undefined, job = named) =>
    reportOf(job, reading, now).detail.data.summary;

  test.each<[Outcome, string]>([
    ['SUCCEEDED', '3 of 3 files imported, none rejected, no warnings.'],
    ['SUCCEEDED_WITH_WARNINGS', '3 of 3 files imported, none rejected, but 1 file has warnings.'],
    ['PARTIALLY_FAILED', '3 of 6 files imported, 2 rejected, 1 unaccounted for.'],
    ['NOTHING_IMPORTED', 'The job completed, but nothing was imported: 0 of 1 file imported, 1 rejected.'],
    ['FAILED', 'The job failed: 3 of 3 files imported, 0 rejected.'],
    ['UNVERIFIED', 'The job completed, but what it imported is unknown: its output manifest is missing.'],
    ['ABANDONED', 'The job is still IN_PROGRESS, and the watcher has stopped following it.'],
  ])('of %s', (outcome, text) => {
    expect(reports[outcome]().detail.data.summary).toBe(text);
    expect(reports[outcome]().email.body.replace(/\s+/g, ' ').startsWith(text)).toBe(true);
  });

  test('of a job without files', () => {
    expect(summary(manifest(counters(0, 0)))).toBe(
      'The job completed, but there was nothing to import: no file was found.',
    );
  });

  test('of a failed job without a manifest', () => {
    expect(summary(undefined, { ...named, jobStatus: 'FAILED' })).toBe('The job failed.');
  });

  test('of a manifest that counts files which no line names', () => {
    expect(summary(manifest(counters(2, 2)))).toBe(
      'The job completed, but what it imported is unknown: its output manifest counts imported files, but no line names one.',
    );
  });

  test.each([
    ['MANIFEST_MISSING', 'its output manifest is missing'],
    ['MANIFEST_FORBIDDEN', 'reading its output manifest is forbidden'],
    ['MANIFEST_CORRUPT', 'its output manifest is corrupt'],
  ] as const)('of %s', (reason, text) => {
    expect(summary({ kind: 'unavailable', reason })).toBe(
      `The job completed, but what it imported is unknown: ${text}.`,
    );
  });
});

test('an email without files that are unaccounted for has no line about them', () => {
  expect(reports.SUCCEEDED().email.body).not.toContain('Unaccounted');
});

test('messages for chat stay in the thread of the job', () => {
  expect(JSON.parse(reports.SUCCEEDED().chat).metadata.threadId).toBe(`${datastoreId}-${jobId}`);
});

test('a whole email', () => {
  const reading = manifest(
    { ...counters(8, 4, 2, 1), numberOfGeneratedImageSets: 2 },
    {
      success: [...times(3, successLine()), successLine('set2', false)],
      failure: [
        failureLine('DICOM attribute TransferSyntaxUID does not exist in the file meta information group'),
        failureLine("Value 'DOE^JANE' is too long"),
        failureLine("Value 'DOE^JACK' is too long"),
      ],
      warning: [warningLine(45330), warningLine(45062)],
    },
  );
  expect(reportOf(named, reading, now).email).toEqual({
    subject: 'PARTIALLY FAILED: DICOM import 09876543210987654321098765432109',
    body: `4 of 8 files imported, 3 rejected, 1 unaccounted for.

Outcome     PARTIALLY_FAILED
Data store  12345678901234567890123456789012
Job         09876543210987654321098765432109
Job status  COMPLETED
Submitted   2026-01-02T03:04:05.678Z
Ended       2026-01-02T03:05:36.900Z
Took        91 s
Scanned     8 files
Imported    4 files
Rejected    3 files
Unaccounted 1 file
Warnings    2 files
Image sets  2: 1 not primary

Why files were rejected
  2 x ValidationException: Value # is too long
  1 x ValidationException: DICOM attribute TransferSyntaxUID does not
    exist in the file meta information group

Warnings
  1 x 45330 INVALID_OFFSET_TABLE, CLINICALLY IMPORTANT
  1 x 45062 ELEMENTS_DISCARDED

What does not add up
  8 files scanned, but 4 imported and 3 rejected

What to do
  - FAILURE/failure.ndjson names the rejected files and the reasons;
    dicom-import-watcher report --failures prints them. 2 of them are at
    fault. Correct them at the source, and import them again.
  - Nothing is wrong with the other file: HealthImaging itself failed,
    or was busy. Import it again without a change. If HealthImaging
    rejects it again, open a case with AWS Support.
  - HealthImaging scanned 1 more file, but neither imported nor rejected
    it. FAILURE/failure.ndjson does not name it. Compare the files of
    the input prefix with SUCCESS/success.ndjson, and import what is
    missing.
  - 1 image set is not primary: the metadata conflict with an image set
    that was in the data store before. Compare the patient and study
    values, because the images may belong to another patient. Lines with
    "isPrimary": false in SUCCESS/success.ndjson and
    WARNING/warning.ndjson name this image set; dicom-import-watcher
    report --json lists its id.
  - 2 files were imported with a warning, and may not show all images.
    WARNING/warning.ndjson names them. Clinically important:
    HealthImaging cannot return pixel data of files that count as
    imported. Notify the people who read these images.
  - The manifest contradicts itself, as listed above. Count the images
    in the data store by hand before you rely on this import.

Where to look
  Data stores:
  https://us-east-1.console.aws.amazon.com/medical-imaging/home?region=us-east-1
  Manifests:
  https://us-east-1.console.aws.amazon.com/s3/buckets/out-bucket?region=us-east-1&prefix=out%2F${folder}%2F
  Execution:
  https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${executionArn}
  On the command line:
  npx dicom-import-watcher report --failures \\
    --datastore-id 12345678901234567890123456789012 \\
    --job-id 09876543210987654321098765432109
`,
  });
});

test('many reasons of long unbroken words: ten are shown, broken at 72 columns, and the rest is counted', () => {
  const letters = 'abcdefghijkl';
  const reading = manifest(counters(12, 0, 12), {
    failure: [...letters].map((letter) => failureLine(letter.repeat(2048))),
    warning: [...letters].map((_, index) => warningLine(index)),
  });
  const { body } = reportOf(named, reading, now).email;
  for (const line of textLines(body)) expect(line.length).toBeLessThanOrEqual(72);
  for (const letter of 'abcdefghij') expect(body).toContain(letter.repeat(60));
  expect(body).not.toContain('k'.repeat(10));
  expect(body.match(/^ {2}and 2 more, in the event and the manifest$/gm)).toHaveLength(2);
  expect(body).toContain('  1 x 9 UNKNOWN\n');
  expect(body).not.toContain('1 x 10 UNKNOWN');
});

describe('what the owner discloses in emails', () => {
  const key = `in/${'a'.repeat(100)}.dcm`;
  const failure = times(2, failureLine().replace('in/2.dcm', key));
  const reading = () => manifest(counters(2, 0, 2), { failure });

  test('is the name, the message, the URIs and some of the files, each to be copied whole', () => {
    const long = { ...named, inputS3Uri: `s3://in-bucket/${'DOE/'.repeat(30)}` };
    const { body } = reportOf(long, reading(), now, { inEmails: true }).email;
    expect(body).toContain("\nJob name    DOE-JANE\nMessage     No 'SECRET' message\n");
    expect(body).toContain(long.inputS3Uri);
    expect(body).toContain(`\nOutput      s3://out-bucket/out/${folder}/\n`);
    expect(body).toContain(`\nSome of these files\n  ${key}\n  ${key}\n`);
  });

  test('leaves the event as it is', () => {
    expect(reportOf(named, reading(), now, { inEmails: true }).detail).toEqual(
      reportOf(named, reading(), now).detail,
    );
  });

  test('without links to the manifests there is no word of the bucket', () => {
    const { email, chat } = reportOf(named, reading(), now, { manifestLinks: false });
    expect(email.body + chat).not.toMatch(/-bucket|Manifests/);
    expect(email.body).toContain('  Execution:\n');
  });
});

test('a warning whose code is documented inconsistently says so', () => {
  const reading = manifest(counters(1, 1), { success: [successLine()], warning: [warningLine(45570)] });
  expect(reportOf(named, reading, now).email.body).toContain(
    '  1 x 45570 INVALID_UID_FORMAT or INVALID_DICOM_VALUE_LENGTH (?)\n',
  );
});
