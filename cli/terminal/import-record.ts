import type { ImportJobId, Outcome } from '../../core/contract/names.ts';
import type { Reader } from '../../core/domain/notices/advice.ts';
import { type FinishedFacts, finishedMessage } from '../../core/domain/notices/finished-message.ts';
import { oneLine } from '../../core/domain/text.ts';
import { color, facts, paragraph } from './output.ts';

/**
 * What `--json` prints of an import that has ended: what the event `DICOM Import Finished` has in `detail.data`, without the
 * execution, since none watched it. Who read a manifest alone does not know the status of its job.
 */
export type ImportRecord = Omit<FinishedFacts, 'datastoreId' | 'jobId'> & Partial<ImportJobId>;

/** How an outcome is shown. */
export const OUTCOME_COLORS: Readonly<Record<Outcome, (text: string) => string>> = {
  SUCCEEDED: color.green,
  SUCCEEDED_WITH_WARNINGS: color.yellow,
  PARTIALLY_FAILED: color.yellow,
  NOTHING_IMPORTED: color.red,
  FAILED: color.red,
  UNVERIFIED: color.red,
  ABANDONED: color.red,
};

const READER: Reader = {
  name: 'these credentials',
  access:
    'They need s3:GetObject and s3:ListBucket on the output bucket, and kms:Decrypt if the bucket has a customer managed KMS key.',
};

/**
 * The record for people: outcome, counts, reasons and warnings; no name of a file, no URI, no name of a job, as what is printed
 * may be kept in a log.
 */
export function recordText(record: ImportRecord): string {
  const { outcome, summary } = record;
  const {
    facts: known,
    lists = [],
    whatToDo,
  } = finishedMessage(record as FinishedFacts, {
    links: undefined,
    disclosed: false,
    sampleFiles: [],
    reader: READER,
  });
  return [
    paragraph(`${OUTCOME_COLORS[outcome](color.bold(outcome))}  ${summary}`),
    facts(known.filter(([name]) => name !== 'Outcome')),
    ...lists
      .filter(({ entries }) => entries.length > 0)
      .map(({ title, entries }) => [color.bold(title), ...entries.map((entry) => hanging(entry))].join('\n')),
    [
      color.bold('What to do'),
      ...whatToDo.map((advice) => (whatToDo.length > 1 ? hanging(`- ${advice}`) : paragraph(advice, '  '))),
    ].join('\n'),
  ].join('\n\n');
}

/** An entry of a list, further lines indented. */
function hanging(text: string): string {
  return paragraph(oneLine(text), '    ').replace(/^ {4}/, '  ');
}
