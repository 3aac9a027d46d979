import type { ImportFinishedData, WarningCount } from '../../contract/events.ts';
import { type Outcome, PUBLISHED } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import { maskMessage } from '../verdict/mask.ts';
import { adviceOn, type Reader } from './advice.ts';
import type { ConsoleLinks } from './console-links.ts';
import { commandToGetJob, commandToReport, type Message } from './message.ts';

/** Outcomes of which HealthImaging says more than the manifests. */
const BY_STATUS_ONLY: readonly Outcome[] = ['FAILED', 'ABANDONED'];

/** The verdict in messages to people. A manifest alone does not show the status of its job. */
export type FinishedFacts = Omit<ImportFinishedData, 'executionArn' | 'jobStatus'> &
  Partial<Pick<ImportFinishedData, 'jobStatus'>>;

/** Input of the message about a finished import, in addition to its event. */
export interface FinishedExtras {
  readonly links: ConsoleLinks | undefined;
  /** Whether the owner discloses identifying data to people. */
  readonly disclosed: boolean;
  /** S3 keys of some of the files that were rejected. */
  readonly sampleFiles: readonly string[];
  /** Who read the manifests. */
  readonly reader: Reader;
}

/** The message about a finished import: ids, counts and masked reasons, and what the owner discloses. */
export function finishedMessage(
  data: FinishedFacts,
  { links, disclosed, sampleFiles, reader }: FinishedExtras,
): Message {
  const { datastoreId, jobId, outcome, files, imageSets, failures = [], warnings = [] } = data;
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
      ['Reason', outcome === 'FAILED' && !disclosed ? data.message && maskMessage(data.message) : undefined],
      ['Scanned', files && counted(files.scanned, 'file')],
      ['Imported', files && counted(files.imported, 'file')],
      ['Rejected', files && counted(files.rejected, 'file')],
      ['Unaccounted', files && files.unaccounted > 0 ? counted(files.unaccounted, 'file') : undefined],
      ['Warnings', files && counted(files.withWarnings, 'file')],
      ['Image sets', imageSets && imageSetsText(imageSets)],
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
        entries: warnings.map(warningText),
      },
      { title: 'What does not add up', entries: data.discrepancies ?? [] },
    ],
    whatToDo: adviceOn(data, reader),
    command: BY_STATUS_ONLY.includes(outcome)
      ? commandToGetJob(datastoreId, jobId)
      : commandToReport(datastoreId, jobId, (files?.rejected ?? 0) > 0),
    links,
    eventType: PUBLISHED.importFinished,
    job: { datastoreId, jobId },
  };
}

/** A warning of HealthImaging, with a question mark where AWS documents its code inconsistently. */
export function warningText({ count, code, name, nameIsCertain, clinicallyImportant }: WarningCount): string {
  const isSure = nameIsCertain || name === 'UNKNOWN';
  return `${count} x ${code} ${name}${isSure ? '' : ' (?)'}${clinicallyImportant ? ', CLINICALLY IMPORTANT' : ''}`;
}

/** `5: 3 new, 2 changed, 1 not primary`. */
export function imageSetsText({
  generated,
  created = 0,
  changed = 0,
  nonPrimary,
}: NonNullable<FinishedFacts['imageSets']>): string {
  const counts: [count: number, what: string][] = [
    [created, 'new'],
    [changed, 'changed'],
    [nonPrimary, 'not primary'],
  ];
  const parts = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return parts.length > 0 ? `${generated}: ${parts.join(', ')}` : String(generated);
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
