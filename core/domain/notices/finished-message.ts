import type { ImportFinishedData } from '../../contract/events.ts';
import { type Outcome, PUBLISHED } from '../../contract/names.ts';
import type { ConsoleLinks } from './console-links.ts';
import { commandToGetJob, type Message } from './message.ts';

const WHAT_TO_DO: Readonly<Record<Outcome, string>> = {
  SUCCEEDED: 'Nothing. The images are in the data store.',
  SUCCEEDED_WITH_WARNINGS:
    'Look at the warnings: a file that was imported with one may not show all of its images.',
  PARTIALLY_FAILED:
    'Find the rejected files in FAILURE/failure.ndjson, mend them at their source and import them again.',
  NOTHING_IMPORTED:
    'Nobody can see these images. Check that the input prefix holds DICOM Part 10 files; the reasons are in FAILURE/failure.ndjson. Then import again.',
  FAILED: 'Ask HealthImaging for the reason with the command below, mend it and import again.',
  UNVERIFIED:
    'Do not take the import for complete. Check that the watcher may read the output bucket and that the manifest is there, then look into it by hand.',
  ABANDONED:
    'Nobody watches this job any more. Look at its status with the command below and open a case with AWS Support if it does not move.',
};

const CLINICALLY_IMPORTANT =
  'Clinically important: pixel data of files that count as imported cannot be retrieved. Tell who reads these images.';

/** What people are told of; who reads a manifest alone does not know the status of its job. */
export type FinishedFacts = Omit<ImportFinishedData, 'executionArn' | 'jobStatus'> &
  Partial<Pick<ImportFinishedData, 'jobStatus'>>;

/** What people are told of a finished import, beside its event. */
export interface FinishedExtras {
  readonly links: ConsoleLinks | undefined;
  /** Whether the owner lets people be told what may identify a patient. */
  readonly disclosed: boolean;
  /** S3 keys of some of the files that were refused. */
  readonly sampleFiles: readonly string[];
}

/** What people are told of a finished import: ids, counts and masked reasons, and what the owner discloses. */
export function finishedMessage(
  data: FinishedFacts,
  { links, disclosed, sampleFiles }: FinishedExtras,
): Message {
  const { datastoreId, jobId, outcome, files, imageSets, failures = [], warnings = [] } = data;
  const unreadable = warnings.some(({ clinicallyImportant }) => clinicallyImportant);
  return {
    subject: `${outcome.replaceAll('_', ' ')}${data.supersedes ? ' AFTER ABANDONED' : ''}: DICOM import ${jobId}`,
    summary: data.summary,
    facts: [
      ['Outcome', outcome],
      ['Data store', datastoreId],
      ['Job', jobId],
      ['Job status', data.jobStatus],
      ['Submitted', data.submittedAt],
      ['Ended', data.endedAt],
      ['Took', data.durationSeconds === undefined ? undefined : `${data.durationSeconds} s`],
      ['Scanned', files && `${files.scanned} files`],
      ['Imported', files && `${files.imported} files`],
      ['Rejected', files && `${files.rejected} files`],
      ['Unaccounted', files && files.unaccounted > 0 ? `${files.unaccounted} files` : undefined],
      ['Warnings', files && `${files.withWarnings} files`],
      ['Image sets', imageSets && `${imageSets.generated}, of which ${imageSets.nonPrimary} not primary`],
      ...(disclosed ? disclosedFacts(data) : []),
    ],
    lists: [
      {
        title: 'Why files were rejected',
        entries: failures.map(
          ({ count, exceptionType, message }) => `${count} x ${exceptionType}: ${message}`,
        ),
      },
      { title: 'Some of these files', entries: disclosed ? sampleFiles : [], whole: true },
      {
        title: 'Warnings',
        entries: warnings.map(
          ({ count, code, name, nameIsCertain, clinicallyImportant }) =>
            `${count} x ${code} ${name}${nameIsCertain || name === 'UNKNOWN' ? '' : ' (?)'}${
              clinicallyImportant ? ', CLINICALLY IMPORTANT' : ''
            }`,
        ),
      },
      { title: 'Where the manifest contradicts itself', entries: data.discrepancies ?? [] },
    ],
    whatToDo: unreadable ? `${WHAT_TO_DO[outcome]} ${CLINICALLY_IMPORTANT}` : WHAT_TO_DO[outcome],
    command: commandToGetJob(datastoreId, jobId),
    links,
    eventType: PUBLISHED.importFinished,
    job: { datastoreId, jobId },
  };
}

/** What may identify a patient: in a message only where the owner wants it there. */
export function disclosedFacts(
  data: Pick<ImportFinishedData, 'jobName' | 'message' | 'inputS3Uri' | 'outputS3Uri'>,
): [name: string, value: string | undefined][] {
  return [
    ['Job name', data.jobName],
    ['Message', data.message],
    ['Input', data.inputS3Uri],
    ['Output', data.outputS3Uri],
  ];
}
