import wrapAnsi from 'wrap-ansi';
import type { Email, ImportFinishedData, Outcome } from '../contract.ts';

/** Widest line: what a phone and a terminal both show unbroken. */
const COLUMNS = 72;
/** Reasons and warnings in an email; the event carries more. */
const MAX_EMAIL_GROUPS = 10;

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

/**
 * The message for people: ids, counts and masked reasons, nothing that identifies a patient. The subject is ASCII and
 * under 100 characters, the body plain text of at most 72 columns.
 */
export function writeEmail(data: ImportFinishedData): Email {
  const { datastoreId, jobId, files, imageSets } = data;
  return {
    // SNS wants less than 100 ASCII characters (SNS API reference, `Publish`); the longest outcome and id make 70.
    subject: `${data.outcome.replaceAll('_', ' ')}: DICOM import ${jobId}`,
    body: layOut({
      summary: data.summary,
      facts: [
        ['Outcome', data.outcome],
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
      ],
      lists: [
        list(
          'Why files were rejected',
          data.failures?.map(
            ({ count, exceptionType, message }) => `${count} x ${exceptionType}: ${message}`,
          ),
        ),
        list(
          'Warnings',
          data.warnings?.map(({ count, code, name }) => `${count} x ${code} ${name}`),
        ),
        list('Where the manifest contradicts itself', data.discrepancies),
      ],
      whatToDo: WHAT_TO_DO[data.outcome],
      whereToLook: commandToGetJob(datastoreId, jobId),
    }),
  };
}

/** The command that shows a job, on lines of its own. */
export function commandToGetJob(datastoreId: string, jobId: string): string {
  return `aws medical-imaging get-dicom-import-job \\\n    --datastore-id ${datastoreId} \\\n    --job-id ${jobId}`;
}

/** The parts of a message, in the order in which a person asks for them. */
export interface EmailParts {
  readonly summary: string;
  /** Those without a value are left out. */
  readonly facts: readonly (readonly [name: string, value: string | undefined])[];
  readonly lists?: readonly (string | undefined)[];
  readonly whatToDo: string;
  /** A command. Not wrapped: it has to be copied whole. */
  readonly whereToLook: string;
}

/** Plain text of at most 72 columns, but for what has to be copied whole. */
export function layOut({ summary, facts, lists = [], whatToDo, whereToLook }: EmailParts): string {
  const sections = [
    wrap(summary, ''),
    facts
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name.padEnd(12)}${value}`)
      .join('\n'),
    ...lists,
    `What to do\n${wrap(whatToDo, '  ')}`,
    `Where to look\n  ${whereToLook}`,
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function list(title: string, entries: readonly string[] | undefined): string | undefined {
  if (!entries || entries.length === 0) return undefined;
  const shown = entries.slice(0, MAX_EMAIL_GROUPS).map((entry) => wrap(entry, '    ', '  '));
  const left = entries.length - shown.length;
  return [title, ...shown, ...(left > 0 ? [`  and ${left} more, in the event and the manifest`] : [])].join(
    '\n',
  );
}

function wrap(text: string, indent: string, firstIndent = indent): string {
  const lines = wrapAnsi(text, COLUMNS - indent.length, { hard: true }).split('\n');
  return lines.map((line, index) => (index === 0 ? firstIndent : indent) + line).join('\n');
}
