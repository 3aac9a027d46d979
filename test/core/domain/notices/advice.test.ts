import { describe, expect, test } from 'vitest';
import { adviceOn, watcherFunction } from '../../../../core/domain/notices/advice.ts';
import { describeImport } from '../../../../core/domain/notices/import-report.ts';
import type { ManifestReading } from '../../../../core/domain/verdict/manifest.ts';
import {
  completed,
  counters,
  type Files,
  failureLine,
  manifest,
  successLine,
  times,
  warningLine,
} from '../given.ts';

const reader = watcherFunction('Imaging-SummarizeImport', 'out-bucket');
const about = (reading: ManifestReading | undefined, job = completed) =>
  describeImport({ job, manifest: reading }, false);
const advice = (reading: ManifestReading | undefined, job = completed) =>
  adviceOn(about(reading, job), reader);
const three = times(3, successLine());
/** A reading of so many imported and rejected files. */
const read = (imported: number, customer: number, server: number, files: Files = {}) =>
  manifest(counters(imported + customer + server, imported, customer, server), {
    success: times(imported, successLine()),
    failure: times(customer + server, failureLine()),
    ...files,
  });

const NOT_PRIMARY =
  '1 image set is not primary: the metadata conflict with an image set that was in the data store before. Compare the patient and study values, because the images may belong to another patient. Lines with "isPrimary": false in SUCCESS/success.ndjson and WARNING/warning.ndjson name this image set; dicom-import-watcher report --json lists its id.';
const WARNED =
  '2 files were imported with a warning, and may not show all images. WARNING/warning.ndjson names them.';
const CONTRADICTS =
  'The manifest contradicts itself, as listed above. Count the images in the data store by hand before you rely on this import.';
const LOST_PIXELS =
  'Clinically important: HealthImaging cannot return pixel data of files that count as imported. Notify the people who read these images.';
const SERVER = (it: string, these: string) =>
  `Nothing is wrong with ${these}: HealthImaging itself failed, or was busy. Import ${it} again without a change. If HealthImaging rejects ${it} again, open a case with AWS Support.`;
const PRINTS = 'dicom-import-watcher report --failures prints them.';

describe('the three causes of SUCCEEDED_WITH_WARNINGS each have their own summary and advice', () => {
  const nonPrimary = manifest(counters(3, 3), { success: [...three.slice(1), successLine('set2', false)] });
  const warned = manifest(counters(3, 3), { success: three, warning: times(2, warningLine(45056)) });
  const contradicts = manifest(counters(3, 3), { success: three.slice(1) });
  const all = manifest(counters(3, 3), {
    success: [successLine('set2', false)],
    warning: [warningLine(45330)],
  });

  test.each<[string, ManifestReading, string, string[]]>([
    ['image sets that are not primary', nonPrimary, '1 image set is not primary', [NOT_PRIMARY]],
    ['warnings', warned, '2 files have warnings', [WARNED]],
    ['a manifest that contradicts itself', contradicts, 'the manifest contradicts itself', [CONTRADICTS]],
    [
      'all three',
      all,
      '1 image set is not primary, 1 file has warnings and the manifest contradicts itself',
      [
        NOT_PRIMARY,
        `1 file was imported with a warning, and may not show all images. WARNING/warning.ndjson names it. ${LOST_PIXELS}`,
        CONTRADICTS,
      ],
    ],
  ])('%s', (_, reading, cause, expected) => {
    expect(about(reading)).toMatchObject({
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      summary: `3 of 3 files imported, none rejected, but ${cause}.`,
    });
    expect(advice(reading)).toEqual(expected);
  });
});

describe('rejected files', () => {
  test.each<[string, ManifestReading, string[]]>([
    [
      'that are at fault',
      read(3, 2, 0),
      [
        `FAILURE/failure.ndjson names the rejected files and the reasons; ${PRINTS} Correct them at the source, and import them again.`,
      ],
    ],
    ['on which HealthImaging failed', read(3, 0, 2), [SERVER('them', 'the rejected files')]],
    ['one on which HealthImaging failed', read(3, 0, 1), [SERVER('it', 'the rejected file')]],
    [
      'of both kinds',
      read(3, 2, 1),
      [
        `FAILURE/failure.ndjson names the rejected files and the reasons; ${PRINTS} 2 of them are at fault. Correct them at the source, and import them again.`,
        SERVER('it', 'the other file'),
      ],
    ],
    [
      'beside files with warnings',
      read(3, 0, 2, { warning: times(2, warningLine(45056)) }),
      [SERVER('them', 'the rejected files'), WARNED],
    ],
    ['only', read(0, 0, 2), ['Nobody can see these images.', SERVER('them', 'the rejected files')]],
  ])('%s', (_, reading, expected) => {
    expect(advice(reading)).toEqual(expected);
  });

  test('files that nobody accounts for', () => {
    const [first] = advice(manifest(counters(5, 3), { success: three }));
    expect(first).toBe(
      'HealthImaging scanned 2 more files, but neither imported nor rejected them. FAILURE/failure.ndjson does not name them. Compare the files of the input prefix with SUCCESS/success.ndjson, and import what is missing.',
    );
  });

  test('an empty prefix has none: there is no word of rejected files', () => {
    const text = advice(manifest(counters(0, 0))).join(' ');
    expect(text).toContain('HealthImaging found no file. Check the input prefix of the job');
    expect(text).not.toMatch(/reject|failure\.ndjson/);
  });
});

describe('UNVERIFIED says what to look at', () => {
  test.each<[ManifestReading, string]>([
    [
      { kind: 'unavailable', reason: 'MANIFEST_MISSING' },
      'Imaging-SummarizeImport found no job-output-manifest.json',
    ],
    [{ kind: 'unavailable', reason: 'MANIFEST_CORRUPT' }, 'HealthImaging did not write it'],
    [manifest(counters(3, 3)), 'SUCCESS/success.ndjson names none'],
  ])('%#', (reading, text) => {
    expect(advice(reading).join(' ')).toContain(text);
  });

  test('which function reads, which bucket, which key and which setting', () => {
    const forbidden: ManifestReading = { kind: 'unavailable', reason: 'MANIFEST_FORBIDDEN' };
    expect(advice(forbidden)).toEqual([
      `Do not assume that the import is complete. S3 did not allow the Lambda function Imaging-SummarizeImport to read the manifest. Check that the setting 'outputBuckets' names the bucket out-bucket, with a prefix that the output of the job is below, and with "keyArn" if the bucket has a customer managed KMS key. If the bucket or the key belongs to another account, its policy must allow the role of this function. Deploy again. Then read the manifest with dicom-import-watcher report.`,
    ]);
    expect(adviceOn(about(forbidden), watcherFunction(undefined, undefined)).join()).toContain(
      "the Lambda function SummarizeImport to read the manifest. Check that the setting 'outputBuckets' names the output bucket of the job",
    );
  });
});

test.each([
  ['IN_PROGRESS', 'If the job ends later, you get one more message.'],
  ['NOT_FOUND', 'Perhaps somebody deleted the data store'],
] as const)('ABANDONED while %s', (jobStatus, text) => {
  expect(advice(undefined, { ...completed, jobStatus }).join()).toContain(text);
});
