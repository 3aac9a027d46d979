import type { ImportFinishedData } from '../../contract/events.ts';
import { counted } from '../counted.ts';
import { withoutLinks } from '../text.ts';
import { contradictions } from '../verdict/outcome.ts';

/** What advice depends on. */
export type AdvisedFacts = Pick<
  ImportFinishedData,
  'outcome' | 'unverifiedReason' | 'files' | 'imageSets' | 'failures' | 'warnings' | 'discrepancies'
> &
  Partial<Pick<ImportFinishedData, 'jobStatus'>>;

/** Who read the manifests. */
export interface Reader {
  /** In a sentence: `the Lambda function Watcher-SummarizeImport`. */
  readonly name: string;
  /** What has to be right so that it may read the output bucket. */
  readonly access: string;
}

/** What people should do about a finished import: one paragraph for each cause, the most important first. */
export function adviceOn(data: AdvisedFacts, reader: Reader): string[] {
  switch (data.outcome) {
    case 'SUCCEEDED':
      return ['You do not need to do anything. The images are in the data store.'];
    case 'SUCCEEDED_WITH_WARNINGS':
      return onImported(data);
    case 'PARTIALLY_FAILED':
      return [...onNotImported(data), ...onImported(data)];
    case 'NOTHING_IMPORTED':
      return data.files?.scanned === 0
        ? [
            'HealthImaging found no file. Check the input prefix of the job: the folder must hold the DICOM files, and its name must be spelled exactly. Then start a new import job.',
          ]
        : ['Nobody can see these images.', ...onNotImported(data)];
    case 'FAILED':
      return [
        'Read the reason, fix the cause, and start a new import job. The usual causes: the data access role may not read the input bucket, may not write to the output bucket or may not use their KMS keys; the job has more or larger files than the quotas of HealthImaging allow; the input prefix does not exist.',
      ];
    case 'UNVERIFIED':
      return onUnverified(data.unverifiedReason, reader);
    case 'ABANDONED':
      return data.jobStatus === 'NOT_FOUND'
        ? [
            'HealthImaging does not know this job any more. Perhaps somebody deleted the data store, or the job is older than 90 days. Its manifest may still be in the output bucket. If the job should be there, open a case with AWS Support.',
          ]
        : [
            'The watcher does not follow this job any longer. Look at its status with aws medical-imaging get-dicom-import-job. If it does not change, open a case with AWS Support. If the job ends later, you get one more message.',
          ];
    default:
      return data.outcome satisfies never;
  }
}

/** On files that HealthImaging did not import. */
function onNotImported({ files, failures = [] }: AdvisedFacts): string[] {
  const { rejected = 0, rejectedByServerError = 0, unaccounted = 0 } = files ?? {};
  const retryable = failures.reduce((sum, each) => sum + (each.retryable ? each.count : 0), 0);
  const byServer = Math.min(rejected, Math.max(rejectedByServerError, retryable));
  const byCustomer = rejected - byServer;
  const advice: string[] = [];
  if (byCustomer > 0) {
    const beside = byServer > 0 ? ` ${counted(byCustomer, 'of them is', 'of them are')} at fault.` : '';
    advice.push(
      `FAILURE/failure.ndjson names the rejected ${noun(rejected)} and ${rejected === 1 ? 'the reason' : 'the reasons'}; dicom-import-watcher report --failures prints them.${beside} Correct ${them(byCustomer)} at the source, and import ${them(byCustomer)} again.`,
    );
  }
  if (byServer > 0) {
    const these =
      byCustomer > 0
        ? `the other ${byServer === 1 ? 'file' : counted(byServer, 'file')}`
        : `the rejected ${noun(byServer)}`;
    advice.push(
      `Nothing is wrong with ${these}: HealthImaging itself failed, or was busy. Import ${them(byServer)} again without a change. If HealthImaging rejects ${them(byServer)} again, open a case with AWS Support.`,
    );
  }
  if (unaccounted > 0) {
    advice.push(
      `HealthImaging scanned ${counted(unaccounted, 'more file')}, but neither imported nor rejected ${them(unaccounted)}. FAILURE/failure.ndjson does not name ${them(unaccounted)}. Compare the files of the input prefix with SUCCESS/success.ndjson, and import what is missing.`,
    );
  }
  return advice;
}

/** On files that HealthImaging imported, but not cleanly. */
function onImported({ files, imageSets, warnings = [], discrepancies = [] }: AdvisedFacts): string[] {
  const { nonPrimary = 0, overwritten = 0 } = imageSets ?? {};
  const { withWarnings = 0 } = files ?? {};
  const advice: string[] = [];
  if (nonPrimary > 0) {
    advice.push(
      `${counted(nonPrimary, 'image set is', 'image sets are')} not primary: the metadata conflict with an image set that was in the data store before. Compare the patient and study values, because the images may belong to another patient. Lines with "isPrimary": false in SUCCESS/success.ndjson and WARNING/warning.ndjson name ${nonPrimary === 1 ? 'this image set' : 'these image sets'}; dicom-import-watcher report --json lists ${nonPrimary === 1 ? 'its id' : 'their ids'}.`,
    );
  }
  if (withWarnings > 0) {
    const lost = warnings.some(({ clinicallyImportant }) => clinicallyImportant)
      ? ' Clinically important: HealthImaging cannot return pixel data of files that count as imported. Notify the people who read these images.'
      : '';
    advice.push(
      `${counted(withWarnings, 'file was', 'files were')} imported with a warning, and may not show all images. WARNING/warning.ndjson names ${them(withWarnings)}.${lost}`,
    );
  }
  if (overwritten > 0) {
    advice.push(
      `${counted(overwritten, 'file was', 'files were')} replaced by another file of the job, because both have the same SOPInstanceUID. Check whether the files are copies. If they are not, images are lost: correct the UIDs at the source, and import the files again.`,
    );
  }
  if (contradictions(discrepancies).length > 0) {
    advice.push(
      'The manifest contradicts itself, as listed above. Count the images in the data store by hand before you rely on this import.',
    );
  }
  return advice;
}

function onUnverified(reason: AdvisedFacts['unverifiedReason'], { name, access }: Reader): string[] {
  const unknown = 'Do not assume that the import is complete.';
  switch (reason) {
    case 'MANIFEST_FORBIDDEN':
      return [
        `${unknown} S3 did not allow ${name} to read the manifest. ${access} Then read the manifest with dicom-import-watcher report.`,
      ];
    case 'MANIFEST_CORRUPT':
      return [
        `${unknown} Open job-output-manifest.json in the output folder of the job: HealthImaging did not write it, or somebody changed it, or it is too large to read. Count the images in the data store by hand.`,
      ];
    case 'LINES_MISSING':
      return [
        `${unknown} The manifest counts imported files, but SUCCESS/success.ndjson names none. Look for more files in the output folder of the job, and count the images in the data store by hand.`,
      ];
    default:
      return [
        `${unknown} ${name.charAt(0).toUpperCase()}${name.slice(1)} found no job-output-manifest.json in the output folder of the job five minutes after its end. Check that nothing moves or deletes the output of import jobs. When the file is there, read it with dicom-import-watcher report.`,
      ];
  }
}

function noun(count: number): string {
  return count === 1 ? 'file' : 'files';
}

function them(count: number): string {
  return count === 1 ? 'it' : 'them';
}

/**
 * A function of the watcher, as the reader of manifests.
 * @param name - as the account calls it; undefined where nobody knows.
 * @param bucket - where the manifests are, or undefined if it must not be disclosed.
 */
export function watcherFunction(name: string | undefined, bucket: string | undefined): Reader {
  return {
    name: `the Lambda function ${name ?? 'SummarizeImport'}`,
    access: `Check that the setting 'outputBuckets' names ${
      bucket === undefined ? 'the output bucket of the job' : `the bucket ${withoutLinks(bucket)}`
    }, with a prefix that the output of the job is below, and with "keyArn" if the bucket has a customer managed KMS key. If the bucket or the key belongs to another account, its policy must allow the role of this function. Deploy again.`,
  };
}
