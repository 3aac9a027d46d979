import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { lines, type SimulatorWorld, startWorld } from '../../proof/fixtures/simulator-world.ts';

// Real files, not part of the repository: beside it or nowhere.
const samples = new URL('../../../shared/samples/dicom', import.meta.url).pathname;
if (!existsSync(samples))
  console.warn('samples.test.ts: no sample files at ../shared/samples/dicom, skipped');
const withSamples = existsSync(samples) ? describe : describe.skip;

let world: SimulatorWorld;
afterEach(() => world?.stop());

withSamples('sample files', () => {
  test('that are good are imported, 17 of 17, into an image set per series', async () => {
    const { summary, failure, warning } = await importFolder('good');
    expect(summary).toMatchObject({
      numberOfScannedFiles: 17,
      numberOfImportedFiles: 17,
      numberOfFilesWithCustomerError: 0,
      numberOfFilesWithServerError: 0,
    });
    expect([failure, warning]).toEqual([[], []]);
    // Four single files; 77654033 has three series; 98892003 has six in its three folders.
    expect(summary.numberOfGeneratedImageSets).toBe(13);
    for (const set of summary.imageSetsSummary) {
      expect(set).toMatchObject({ imageSetVersion: 1, isPrimary: true });
    }
  });

  test('that are odd are refused, each with its reason', async () => {
    const { summary, failure } = await importFolder('odd');
    expect(summary).toMatchObject({ numberOfScannedFiles: 7, numberOfFilesWithCustomerError: 7 });
    expect(reasonsOf(failure)).toEqual({
      'in/ExplVR_LitEndNoMeta.dcm': 'DICOM attributes does not exist',
      'in/empty.dcm': 'DICOM attributes does not exist',
      'in/empty_charset_LEI.dcm': 'DICOM attribute SOPClassUID does not exist',
      'in/meta_missing_tsyntax.dcm': 'DICOM attribute TransferSyntaxUID does not exist',
      'in/readme.txt': 'DICOM attributes does not exist',
      'in/rtplan_truncated.dcm': 'DICOM file is truncated or malformed',
      'in/rtstruct.dcm': 'DICOM attributes does not exist',
    });
  });

  test('that are awkward are imported without a warning where they are valid, and refused where they are not', async () => {
    const { summary, failure, warning } = await importFolder('awkward');
    expect(summary).toMatchObject({
      numberOfScannedFiles: 8,
      numberOfImportedFiles: 5,
      numberOfFilesWithCustomerError: 3,
      numberOfFilesWithServerError: 0,
    });
    expect(reasonsOf(failure)).toEqual({
      'in/cut-in-series-uid.dcm': 'DICOM file is truncated or malformed',
      'in/explicit-declared-implicit.dcm': 'DICOM file is truncated or malformed',
      'in/explicit-half-of-pixels.dcm': 'DICOM file is truncated or malformed',
    });
    expect(warning).toEqual([]);
  });
});

/** The messages of failure.ndjson by file. */
function reasonsOf(failure: unknown[]): Record<string, string> {
  return Object.fromEntries(
    (failure as { inputFile: string; exception: { message: string } }[]).map((line) => [
      line.inputFile,
      line.exception.message,
    ]),
  );
}

async function importFolder(name: string) {
  world = await startWorld();
  const folder = join(samples, name);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await world.put(`in/${relative(folder, path)}`, readFileSync(path));
  }
  const jobId = await world.start();
  await world.clock.pass(90);
  const manifest = (await world.output(jobId, 'job-output-manifest.json')) ?? '{}';
  return {
    summary: JSON.parse(manifest).jobSummary,
    failure: lines(await world.output(jobId, 'FAILURE/failure.ndjson')),
    warning: lines(await world.output(jobId, 'WARNING/warning.ndjson')),
  };
}
