import { closeSync, mkdirSync, openSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MANIFEST_FILES, type ManifestFile } from '../../core/domain/verdict/manifest-location.ts';

const DATASTORE_ID = '1'.repeat(32);
const FILES = 20;
const REFUSED = 2;

/** The text of each file of a job: twenty source files, of which one has a warning and two were refused. */
export function filesOfJob(number: number): Readonly<Record<ManifestFile, string>> {
  const key = (i: number) => `archive/patient-${number}/image-${i}.dcm`;
  const imageSetId = id(number);
  const line = (value: object) => `${JSON.stringify(value)}\n`;
  const names = Array.from({ length: FILES }, (_, i) => key(i));
  return {
    job: JSON.stringify({
      jobSummary: {
        jobId: id(number),
        datastoreId: DATASTORE_ID,
        inputS3Uri: 's3://input/archive/',
        numberOfScannedFiles: FILES,
        numberOfImportedFiles: FILES - REFUSED,
        numberOfFilesWithCustomerError: REFUSED,
        numberOfFilesWithServerError: 0,
        numberOfGeneratedImageSets: 1,
        imageSetsSummary: [{ imageSetId, imageSetVersion: 1, isPrimary: true }],
      },
    }),
    success: names
      .slice(REFUSED)
      .map((inputFile) => line({ inputFile, importResponse: { imageSetId, isPrimary: true } }))
      .join(''),
    failure: names
      .slice(0, REFUSED)
      .map((inputFile, i) =>
        line({ inputFile, exception: { exceptionType: 'ValidationException', message: MESSAGES[i] } }),
      )
      .join(''),
    warning: line({
      inputFile: names.at(-1),
      importResponse: { imageSetId, isPrimary: true, warnings: [{ warning_reason_code: 45056 }] },
    }),
  };
}

const MESSAGES = ['DICOM attribute TransferSyntaxUID does not exist', 'DICOM attributes does not exist'];

/** The key of a file of a job below the prefix of a campaign. */
export function keyOf(number: number, file: ManifestFile): string {
  return `${DATASTORE_ID}-DicomImport-${id(number)}/${MANIFEST_FILES[file]}`;
}

/** Writes the folders of so many jobs, four files each. @param lines - of one more job, all of them of files that were refused. */
export function writeFolders(root: string, jobs: number, lines = 0): void {
  const at = Date.parse('2026-01-01T00:00:00Z') / 1000;
  for (let number = 0; number < jobs; number++) {
    for (const [file, text] of Object.entries(filesOfJob(number))) {
      const path = join(root, keyOf(number, file as ManifestFile));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      if (file === 'job') utimesSync(path, at + number, at + number);
    }
  }
  if (lines > 0) writeLargeFolder(root, jobs, lines);
}

function writeLargeFolder(root: string, number: number, lines: number): void {
  const path = (file: ManifestFile) => join(root, keyOf(number, file));
  mkdirSync(dirname(path('failure')), { recursive: true });
  const summary = {
    numberOfScannedFiles: lines,
    numberOfImportedFiles: 0,
    numberOfFilesWithCustomerError: lines,
  };
  writeFileSync(
    path('job'),
    JSON.stringify({ jobSummary: { ...summary, inputS3Uri: 's3://input/archive/' } }),
  );
  const file = openSync(path('failure'), 'w');
  for (let from = 0; from < lines; from += 1000) {
    const count = Math.min(1000, lines - from);
    const text = Array.from({ length: count }, (_, i) => {
      const inputFile = `archive/large/image-${from + i}.dcm`;
      return JSON.stringify({
        inputFile,
        exception: { exceptionType: 'ValidationException', message: MESSAGES[0] },
      });
    }).join('\n');
    writeSync(file, `${text}\n`);
  }
  closeSync(file);
}

const id = (number: number) => number.toString().padStart(32, '0');
