import { expect, test } from 'vitest';
import { MAX_DATA_BYTES } from '../../../../core/domain/notices/import-report.ts';
import { tallyFailure } from '../../../../core/domain/verdict/manifest.ts';
import { completed, counters, folder, manifest, reportOf, times } from '../given.ts';

const now = Date.parse('2026-01-02T03:06:00.500Z');

test('a million failures in long messages of wide characters, 10,000 image sets and long keys fit, and all is counted', () => {
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
    numberOfGeneratedImageSets: 10_000,
    imageSetsSummary: Array.from({ length: 10_000 }, (_, index) => ({
      imageSetId: `${index}`.padStart(32, '0'),
    })),
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
  const entry = JSON.stringify(report.detail);

  expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(MAX_DATA_BYTES);
  expect(Buffer.byteLength(entry)).toBeLessThan(256 * 1024);
  expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(256 * 1024);
  expect(data.files?.rejected).toBe(1_000_000);
  expect(data.imageSets?.generated).toBe(10_000);
  const groups = reading.failure.reasons.length;
  expect(data.failures?.length).toBeGreaterThan(1);
  expect(data.omitted?.failures).toBe(groups - (data.failures?.length ?? 0));
  expect(data.manifests?.failure).toBe(`s3://out-bucket/out/${folder}/FAILURE/failure.ndjson`);
});
