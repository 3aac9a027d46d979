import type { ImportJobId, Outcome } from '../../core/contract/names.ts';
import { type FinishedFacts, finishedMessage } from '../../core/domain/notices/finished-message.ts';
import { maskMessage } from '../../core/domain/verdict/mask.ts';
import { color, facts, paragraph } from './output.ts';

/**
 * What `--json` prints of an import that has ended: what the event `DICOM Import Finished` has in `detail.data`, without the
 * execution, since none watched it. Who read a manifest alone does not know the status of its job.
 */
export type ImportRecord = Omit<FinishedFacts, 'datastoreId' | 'jobId'> & Partial<ImportJobId>;

const COLORS: Readonly<Record<Outcome, (text: string) => string>> = {
  SUCCEEDED: color.green,
  SUCCEEDED_WITH_WARNINGS: color.yellow,
  PARTIALLY_FAILED: color.yellow,
  NOTHING_IMPORTED: color.red,
  FAILED: color.red,
  UNVERIFIED: color.red,
  ABANDONED: color.red,
};

/** What to do where the watcher's email would say something that does not fit somebody at a terminal. */
const WHAT_TO_DO: Partial<Record<Outcome, string>> = {
  PARTIALLY_FAILED:
    'Mend the rejected files at their source and import them again; report --failures lists them.',
  NOTHING_IMPORTED:
    'Nobody can see these images. Check that the input prefix holds DICOM Part 10 files; report --failures lists those that were rejected. Then import again.',
  FAILED:
    'The reason is in the message, which --json shows as HealthImaging gave it. Mend it and import again.',
  UNVERIFIED:
    'Do not take the import for complete. Check that these credentials may read the output bucket (s3:GetObject, s3:ListBucket) and that the manifest is there.',
  ABANDONED: 'HealthImaging knew this job, and does not know it any more. Open a case with AWS Support.',
};

/**
 * The record for people: outcome, counts, reasons and warnings; no name of a file, no URI, no name of a job, as what is printed
 * may be kept in a log.
 */
export function recordText(record: ImportRecord): string {
  const { outcome, summary, message } = record;
  const {
    facts: known,
    lists = [],
    whatToDo,
  } = finishedMessage(record as FinishedFacts, {
    links: undefined,
    disclosed: false,
    sampleFiles: [],
  });
  return [
    paragraph(`${COLORS[outcome](color.bold(outcome))}  ${summary}`),
    facts([
      ...known.filter(([name]) => name !== 'Outcome'),
      ['Message', message === undefined ? undefined : maskMessage(message)],
    ]),
    ...lists
      .filter(({ entries }) => entries.length > 0)
      .map(({ title, entries }) => [color.bold(title), ...entries.map((entry) => hanging(entry))].join('\n')),
    `${color.bold('What to do')}\n${paragraph(WHAT_TO_DO[outcome] ?? whatToDo, '  ')}`,
  ].join('\n\n');
}

/** An entry of a list, further lines indented. */
function hanging(text: string): string {
  return paragraph(text, '    ').replace(/^ {4}/, '  ');
}
