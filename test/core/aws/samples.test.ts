import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifestFiles } from '../../../core/aws/manifests.ts';
import { MANIFEST_FILES } from '../../../core/domain/verdict/manifest-location.ts';
import { completed, reportOf } from '../domain/given.ts';

/** Output folders of one job of three files, as different people and tools handed them on. */
const SAMPLES = join(import.meta.dirname, '../../../../shared/samples/manifests');

const reportOn = async (sample: string) => {
  const reading = await readManifestFiles(async (file) => {
    const path = join(SAMPLES, sample, MANIFEST_FILES[file]);
    return existsSync(path) ? createReadStream(path) : 'missing';
  });
  return reportOf({ ...completed, datastoreId: '1'.repeat(32) }, reading, 0);
};

describe.skipIf(!existsSync(SAMPLES))('sample manifests (skipped where ../shared/samples is absent)', () => {
  test.each(['bom-manifest', 'bom-ndjson', 'utf16'])('%s: the same as plain', async (sample) => {
    const { data } = (await reportOn(sample)).detail;
    expect(data).toEqual((await reportOn('plain')).detail.data);
    expect(data).toMatchObject({
      outcome: 'PARTIALLY_FAILED',
      files: { scanned: 3, imported: 2, rejected: 1 },
      failures: [{ exceptionType: 'ValidationException', count: 1 }],
      discrepancies: [],
    });
  });

  test('warn: codes as text, in hexadecimal, and none', async () => {
    const { data } = (await reportOn('warn')).detail;
    expect(data).toMatchObject({
      outcome: 'PARTIALLY_FAILED',
      files: { imported: 2, withWarnings: 1 },
      discrepancies: ['warning_reason_code in WARNING/warning.ndjson is not of the documented type, 1 time'],
    });
    expect(data.warnings?.map(({ code }) => code)).toEqual([45330, -1, 0xb201]);
  });
});
