import { expect, test } from 'vitest';
import { MAX_DATA_BYTES } from '../../../../core/domain/notices/import-report.ts';
import { tallyFailure } from '../../../../core/domain/verdict/manifest.ts';
import { completed, counters, folder, manifest, reportOf, times } from '../given.ts';

/** The state of an execution of Step Functions. */
const STATE_BYTES = 256 * 1024;
/** More than what a state holds beside the report: ids, times, the ARN, and what the last check found. */
const BESIDE_BYTES = 8 * 1024;

const now = Date.parse('2026-01-02T03:06:00.500Z');

/** An image set whose id has the dearest characters of JSON, and the largest numbers that are read. */
const largestImageSet = (index: number) => ({
  imageSetId: String(index).padStart(64, '\u0001'),
  version: 1e12,
  isPrimary: index % 2 === 0,
  instances: 1e12,
});
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test('a million failures in long messages of wide characters, 20,000 image sets and long keys fit, and all is counted', () => {
  const failure = tallyFailure();
  const alphabet = [...'診断画像検査放射線科医療情報'];
  const word = (index: number) => [...String(index)].map((digit) => alphabet[Number(digit)]).join('');
  // The dearest characters of JSON: each control character takes six bytes.
  const key = '\u0001'.repeat(1024);
  let long = 0;
  for (let index = 0; index < 1_000_000; index++) {
    const isLong = index % 50 === 0;
    if (isLong) long++;
    const inputFile = isLong || index < 1000 ? key : 'in/1.dcm';
    const message = isLong ? word(index % 997).padEnd(2048, '検査') : `reason ${word(index % 31)}`;
    failure.add(JSON.stringify({ inputFile, exception: { exceptionType: 'ValidationException', message } }));
  }
  expect(long).toBe(20_000);
  const mapping = { studyInstanceUID: '1'.repeat(512), metadataFilePath: '\u0001'.repeat(1024) };
  const summary = {
    ...counters(1_000_000, 0, 1_000_000),
    numberOfGeneratedImageSets: 20_000,
    imageSetsSummary: Array.from({ length: 20_000 }, (_, index) => largestImageSet(index)),
  };
  const job = {
    ...completed,
    message: '𝄞'.repeat(2048),
    importConfiguration: {
      dicomJsonMetadataImportConfiguration: { dicomMetadataMappings: times(1000, mapping) },
    },
  };
  const reading = { ...manifest(summary), failure: failure.result() };
  const report = reportOf(job, reading, now, { inEvents: true, inEmails: true });
  const { data } = report.detail;

  expect(bytesOf(data)).toBeLessThanOrEqual(MAX_DATA_BYTES);
  // With the email and the message for chat.
  expect(bytesOf(report) + BESIDE_BYTES).toBeLessThan(STATE_BYTES);
  expect(data.omitted?.imageSets).toBe(20_000 - (data.imageSets?.items?.length ?? 0));
  expect(data.files?.rejected).toBe(1_000_000);
  expect(data.imageSets?.generated).toBe(20_000);
  const groups = reading.failure.reasons.length;
  expect(data.failures?.length).toBeGreaterThan(1);
  expect(data.omitted?.failures).toBe(groups - (data.failures?.length ?? 0));
  expect(data.manifests?.failure).toBe(`s3://out-bucket/out/${folder}/FAILURE/failure.ndjson`);
});

test('as many image sets as fit are named, those that are not primary first, and the rest is counted', () => {
  const summary = {
    ...counters(20_000, 20_000),
    numberOfGeneratedImageSets: 20_000,
    imageSetsSummary: Array.from({ length: 20_000 }, (_, index) => largestImageSet(index)),
  };
  const failure = tallyFailure().result();
  const report = reportOf(completed, { ...manifest(summary), failure }, now, {
    inEvents: true,
    inEmails: true,
  });
  const { data } = report.detail;
  const { items = [], nonPrimary, changed } = data.imageSets ?? {};

  const room = MAX_DATA_BYTES - bytesOf(data);
  expect([room >= 0, room < 2 * bytesOf(items[0])]).toEqual([true, true]);
  expect(bytesOf(report) + BESIDE_BYTES).toBeLessThan(STATE_BYTES);
  expect(items.length).toBeGreaterThan(200);
  expect(items.every(({ isPrimary }) => isPrimary === false)).toBe(true);
  expect(data.omitted?.imageSets).toBe(20_000 - items.length);
  expect([nonPrimary, changed]).toEqual([10_000, 20_000]);
});
