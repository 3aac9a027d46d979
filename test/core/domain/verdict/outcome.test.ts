import { describe, expect, test } from 'vitest';
import type { ObservedStatus, Outcome } from '../../../../core/contract/names.ts';
import type { JobSummary } from '../../../../core/domain/verdict/job-manifest.ts';
import type { ManifestReading } from '../../../../core/domain/verdict/manifest.ts';
import { outcomeOf } from '../../../../core/domain/verdict/outcome.ts';
import {
  counters,
  datastoreId,
  type Files,
  failureLine,
  manifest,
  successLine,
  times,
  warningLine,
} from '../given.ts';

const completed = { jobStatus: 'COMPLETED' } as const;
const three = times(3, successLine());
const two = times(2, failureLine());
const nonPrimarySet = { ...counters(3, 3), imageSetsSummary: [{ imageSetId: 'set1', isPrimary: false }] };

describe('a COMPLETED job whose manifest agrees with itself', () => {
  test.each<[string, Outcome, JobSummary, Files]>([
    ['all files imported', 'SUCCEEDED', counters(3, 3), { success: three }],
    ['some refused', 'PARTIALLY_FAILED', counters(5, 3, 2), { success: three, failure: two }],
    ['some server errors', 'PARTIALLY_FAILED', counters(5, 3, 0, 2), { success: three, failure: two }],
    ['all refused', 'NOTHING_IMPORTED', counters(2, 0, 2), { failure: two }],
    ['all server errors', 'NOTHING_IMPORTED', counters(2, 0, 1, 1), { failure: two }],
    ['no file found', 'NOTHING_IMPORTED', counters(0, 0), {}],
    [
      'a warned file that is in success.ndjson too',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      { success: three, warning: [warningLine(45330)] },
    ],
    [
      'a warned file that is in warning.ndjson only',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      { success: times(2, successLine()), warning: [warningLine(45330)] },
    ],
    ['a non-primary image set', 'SUCCEEDED_WITH_WARNINGS', nonPrimarySet, { success: three }],
    [
      'a refused file beside a warning',
      'PARTIALLY_FAILED',
      counters(4, 3, 1),
      { success: three, failure: [failureLine()], warning: [warningLine(45330)] },
    ],
  ])('%s: %s', (_, outcome, summary, files) => {
    const verdict = outcomeOf(completed, manifest(summary, files));
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.discrepancies).toEqual([]);
  });

  test('has all its figures', () => {
    const summary = { ...counters(7, 4, 2, 1), numberOfGeneratedImageSets: 2 };
    const warning = [warningLine(45330), warningLine(45056)];
    const failure = times(3, failureLine());
    expect(
      outcomeOf(completed, manifest(summary, { success: times(4, successLine()), failure, warning })),
    ).toEqual({
      outcome: 'PARTIALLY_FAILED',
      files: {
        scanned: 7,
        imported: 4,
        rejected: 3,
        rejectedByCustomerError: 2,
        rejectedByServerError: 1,
        unaccounted: 0,
        withWarnings: 2,
      },
      imageSets: { generated: 2, nonPrimary: 0 },
      imageSetItems: [{ imageSetId: 'set1', isPrimary: true }],
      discrepancies: [],
    });
  });
});

describe('counters and lines that disagree', () => {
  test.each<[string, Outcome, JobSummary, Files, string[]]>([
    [
      'more failures counted than listed',
      'PARTIALLY_FAILED',
      counters(5, 3, 2),
      { success: three, failure: [failureLine()] },
      ['the manifest counts 2 files rejected, FAILURE/failure.ndjson holds 1 line'],
    ],
    [
      'more failures listed than counted',
      'PARTIALLY_FAILED',
      counters(3, 3),
      { success: three, failure: two },
      [
        'the manifest counts 0 files rejected, FAILURE/failure.ndjson holds 2 lines',
        '3 files scanned, but 3 imported and 2 rejected',
      ],
    ],
    [
      'more successes counted than listed',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      { success: times(2, successLine()) },
      ['the manifest counts 3 files imported, SUCCESS/success.ndjson holds 2 lines'],
    ],
    [
      'no success.ndjson, although files were imported',
      'UNVERIFIED',
      counters(2, 2),
      {},
      ['the manifest counts 2 files imported, SUCCESS/success.ndjson holds 0 lines'],
    ],
    [
      'no line at all, although a hundred thousand files were imported',
      'UNVERIFIED',
      counters(100_000, 100_000),
      {},
      ['the manifest counts 100000 files imported, SUCCESS/success.ndjson holds 0 lines'],
    ],
    [
      'no image set, although files were imported',
      'SUCCEEDED_WITH_WARNINGS',
      { ...counters(3, 3), numberOfGeneratedImageSets: 0 },
      { success: three },
      ['3 files imported, but no image set generated'],
    ],
    [
      'the manifest of another data store',
      'SUCCEEDED_WITH_WARNINGS',
      { ...counters(3, 3), datastoreId: 'a'.repeat(32) },
      { success: three },
      ['datastoreId is that of another data store'],
    ],
    [
      'an odd member of the manifest',
      'SUCCEEDED_WITH_WARNINGS',
      { ...counters(3, 3), discrepancies: ['jobId is not of the documented type'] },
      { success: three },
      ['jobId is not of the documented type'],
    ],
    [
      'isPrimary as text',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      {
        success: ['"false"', '"False"', '0'].map(
          (value) => `{"importResponse":{"imageSetId":"set1","isPrimary":${value}}}`,
        ),
      },
      ['isPrimary in SUCCESS/success.ndjson is not of the documented type, 3 times'],
    ],
    [
      'no success.ndjson, although one file was imported without a warning',
      'SUCCEEDED_WITH_WARNINGS',
      counters(2, 2),
      { warning: [warningLine(45330)] },
      ['the manifest counts 2 files imported, SUCCESS/success.ndjson holds 0 lines'],
    ],
    [
      'no failure.ndjson, although files were refused',
      'PARTIALLY_FAILED',
      counters(5, 3, 1, 1),
      { success: three },
      ['the manifest counts 2 files rejected, FAILURE/failure.ndjson holds 0 lines'],
    ],
    [
      'more successes listed than counted',
      'SUCCEEDED_WITH_WARNINGS',
      counters(2, 2),
      { success: three },
      ['the manifest counts 2 files imported, SUCCESS/success.ndjson holds 3 lines'],
    ],
    [
      'the warned file missing from success.ndjson, and another',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      { success: [successLine()], warning: [warningLine(45330)] },
      ['the manifest counts 3 files imported, SUCCESS/success.ndjson holds 1 line'],
    ],
    [
      'a file scanned and never heard of again',
      'PARTIALLY_FAILED',
      counters(4, 3),
      { success: three },
      ['4 files scanned, but 3 imported and 0 rejected'],
    ],
    [
      'more imported than scanned',
      'SUCCEEDED_WITH_WARNINGS',
      counters(2, 3),
      { success: three },
      ['2 files scanned, but 3 imported and 0 rejected'],
    ],
    [
      'successes listed where none are counted',
      'NOTHING_IMPORTED',
      counters(3, 0),
      { success: three },
      [
        'the manifest counts 0 files imported, SUCCESS/success.ndjson holds 3 lines',
        '3 files scanned, but 0 imported and 0 rejected',
      ],
    ],
    [
      'a success line cut off',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      { success: [successLine(), successLine(), '{"inputFile":"in/'] },
      ['SUCCESS/success.ndjson holds 1 line that cannot be read'],
    ],
    [
      'a failure line cut off, and counted nowhere',
      'PARTIALLY_FAILED',
      counters(3, 3),
      { success: three, failure: ['{"inputFile":"in/'] },
      [
        'FAILURE/failure.ndjson holds 1 line that cannot be read',
        'the manifest counts 0 files rejected, FAILURE/failure.ndjson holds 1 line',
        '3 files scanned, but 3 imported and 1 rejected',
      ],
    ],
    [
      'warning lines of an unknown shape',
      'SUCCEEDED_WITH_WARNINGS',
      counters(3, 3),
      { success: three, warning: ['{}', '[]'] },
      ['WARNING/warning.ndjson holds 2 lines that cannot be read'],
    ],
  ])('%s', (_, outcome, summary, files, discrepancies) => {
    const verdict = outcomeOf({ ...completed, datastoreId }, manifest(summary, files));
    expect(verdict).toMatchObject({ outcome, discrepancies });
  });

  test('none is the data store of the job, nor that without an imported file there is no image set', () => {
    const job = { ...completed, datastoreId };
    const same = manifest({ ...counters(3, 3), datastoreId }, { success: three });
    expect(outcomeOf(job, same)).toMatchObject({ outcome: 'SUCCEEDED', discrepancies: [] });
    const none = manifest({ ...counters(2, 0, 2), numberOfGeneratedImageSets: 0 }, { failure: two });
    expect(outcomeOf(job, none)).toMatchObject({ outcome: 'NOTHING_IMPORTED', discrepancies: [] });
  });

  test('counters without a line prove no import, and say why', () => {
    expect(outcomeOf(completed, manifest(counters(2, 2)))).toMatchObject({
      unverifiedReason: 'LINES_MISSING',
      files: { imported: 2 },
    });
  });

  test('a file scanned and never heard of again is unaccounted for', () => {
    const { files } = outcomeOf(completed, manifest(counters(6, 3, 1), { success: three }));
    expect(files).toMatchObject({ scanned: 6, imported: 3, rejected: 1, unaccounted: 2 });
  });

  test('more files than were scanned are not less than none', () => {
    const { files } = outcomeOf(completed, manifest(counters(2, 3), { success: three }));
    expect(files?.unaccounted).toBe(0);
  });

  test.each(['success', 'failure', 'warning'] as const)('%s.ndjson forbidden: no clean success', (file) => {
    const read = manifest(counters(3, 3), { success: three });
    const forbidden: ManifestReading = {
      ...read,
      [file]: { ...manifest({})[file], unreadable: 'forbidden' },
    };
    expect(outcomeOf(completed, forbidden)).toMatchObject({
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      files: { imported: 3, rejected: 0 },
      discrepancies: [`${file.toUpperCase()}/${file}.ndjson could not be read (forbidden)`],
    });
  });
});

describe('missing counters', () => {
  test('all: the lines are counted, and that is reported', () => {
    const summary = { imageSetsSummary: [{ imageSetId: 'set1' }, { imageSetId: 'set2' }] };
    expect(outcomeOf(completed, manifest(summary, { success: three, failure: two }))).toEqual({
      outcome: 'PARTIALLY_FAILED',
      files: {
        scanned: 5,
        imported: 3,
        rejected: 2,
        rejectedByCustomerError: 2,
        rejectedByServerError: 0,
        unaccounted: 0,
        withWarnings: 0,
      },
      imageSets: { generated: 2, nonPrimary: 0 },
      imageSetItems: [{ imageSetId: 'set1', isPrimary: true }, { imageSetId: 'set2' }],
      discrepancies: [
        'numberOfFilesWithCustomerError is missing, counted as 2',
        'numberOfFilesWithServerError is missing, counted as 0',
        'numberOfImportedFiles is missing, counted as 3',
        'numberOfScannedFiles is missing, counted as 5',
        'numberOfGeneratedImageSets is missing, counted as 2',
      ],
    });
  });

  test('one is enough to keep a success from being clean', () => {
    const { numberOfFilesWithServerError: _, ...rest } = counters(3, 3);
    expect(outcomeOf(completed, manifest(rest, { success: three }))).toMatchObject({
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      discrepancies: ['numberOfFilesWithServerError is missing, counted as 0'],
    });
  });

  test('an empty manifest is no success', () => {
    expect(outcomeOf(completed, manifest({}))).toMatchObject({
      outcome: 'NOTHING_IMPORTED',
      files: { scanned: 0, imported: 0 },
    });
  });
});

describe('image sets that are not primary', () => {
  test.each<[string, JobSummary, Files]>([
    ['the manifest', nonPrimarySet, { success: three }],
    [
      'a success line',
      counters(3, 3),
      { success: [...times(2, successLine('set2', true)), successLine('set1', false)] },
    ],
    [
      'a warning line',
      counters(3, 3),
      { success: times(2, successLine('set2')), warning: [warningLine(45056, 'set1', false)] },
    ],
    [
      'all three at once, counted as one',
      nonPrimarySet,
      { success: times(3, successLine('set1', false)), warning: [warningLine(45056, 'set1', false)] },
    ],
  ])('told by %s', (_, summary, files) => {
    expect(outcomeOf(completed, manifest(summary, files))).toMatchObject({
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      imageSets: { generated: 1, nonPrimary: 1 },
      discrepancies: [],
    });
  });

  test('more than are counted: that is reported', () => {
    const success = Array.from({ length: 20_001 }, (_, i) => successLine(`set${i}`, false));
    expect(outcomeOf(completed, manifest(counters(20_001, 20_001), { success }))).toMatchObject({
      outcome: 'SUCCEEDED_WITH_WARNINGS',
      imageSets: { nonPrimary: 20_000 },
      discrepancies: ['at least 20000 image sets are not primary, too many to count them all'],
    });
  });

  test('without a word on it an image set is primary', () => {
    const summary = { ...counters(3, 3), imageSetsSummary: [{ imageSetId: 'set1' }] };
    const line = JSON.stringify({ inputFile: 'in/1.dcm', importResponse: { imageSetId: 'set1' } });
    expect(outcomeOf(completed, manifest(summary, { success: times(3, line) }))).toMatchObject({
      outcome: 'SUCCEEDED',
      imageSets: { nonPrimary: 0 },
    });
  });
});

describe('no manifest', () => {
  test.each(['MANIFEST_MISSING', 'MANIFEST_FORBIDDEN', 'MANIFEST_CORRUPT'] as const)(
    '%s: a COMPLETED job is UNVERIFIED',
    (reason) => {
      expect(outcomeOf(completed, { kind: 'unavailable', reason })).toEqual({
        outcome: 'UNVERIFIED',
        unverifiedReason: reason,
        discrepancies: [],
      });
    },
  );

  test('none looked for: it is missing', () => {
    expect(outcomeOf(completed, undefined)).toEqual({
      outcome: 'UNVERIFIED',
      unverifiedReason: 'MANIFEST_MISSING',
      discrepancies: [],
    });
  });
});

describe('jobs that are not COMPLETED', () => {
  test('a FAILED job stays FAILED whatever its manifest says, and keeps its figures', () => {
    expect(outcomeOf({ jobStatus: 'FAILED' }, manifest(counters(3, 3), { success: three }))).toMatchObject({
      outcome: 'FAILED',
      files: { scanned: 3, imported: 3, rejected: 0 },
      imageSets: { generated: 1 },
    });
  });

  test.each<[ObservedStatus, Outcome]>([
    ['FAILED', 'FAILED'],
    ['SUBMITTED', 'ABANDONED'],
    ['IN_PROGRESS', 'ABANDONED'],
    ['NOT_FOUND', 'ABANDONED'],
  ])('%s without a manifest is %s, with no reason and no figures', (jobStatus, outcome) => {
    expect(outcomeOf({ jobStatus }, undefined)).toEqual({ outcome, discrepancies: [] });
  });

  test('a FAILED job with an unreadable manifest needs no reason', () => {
    const unavailable = { kind: 'unavailable', reason: 'MANIFEST_MISSING' } as const;
    expect(outcomeOf({ jobStatus: 'FAILED' }, unavailable)).toEqual({ outcome: 'FAILED', discrepancies: [] });
  });
});
