import { type Outcome, PUBLISHED } from '../../core/contract/names.ts';
import { counted } from '../../core/domain/counted.ts';
import { type ChaosWorld, isInDigest, type Published } from './world.ts';

type Sent = ChaosWorld['emails'][number];

const SUBJECT = /^(.+?)( AFTER ABANDONED)?: DICOM import ([0-9a-z]+)$/;
const OTHERS: Readonly<Record<string, string>> = {
  OVERDUE: PUBLISHED.importOverdue,
  'WATCH FAILED': PUBLISHED.watchFailed,
};

/** Emails say what events say, and each verdict that systems got people get as well. */
export function untrueEmails(world: ChaosWorld): string[] {
  const wrong = world.emails.flatMap((email) => {
    const [, , , jobId = ''] = SUBJECT.exec(email.subject) ?? [];
    const says = world.publishedOf.get(jobId).some((event) => event.at <= email.at && isOf(email, event));
    return says ? malformed(email) : [`the email '${email.subject}' says what no event said before`];
  });
  const untold = unsentVerdicts(world);
  return [...wrong, ...untold.map(({ id }) => `${id} was published, and nobody got an email with it`)];
}

/** Verdicts that reached nobody, by an email or in a digest. */
export function unsentVerdicts(world: ChaosWorld): Published[] {
  const subjects = new Set(world.emails.map(({ subject }) => subject));
  return world.published.filter(
    (event) =>
      event.detailType === PUBLISHED.importFinished &&
      !subjects.has(subjectOf(event)) &&
      !isInDigest(world, event.id),
  );
}

/** The subject of the email with a verdict. */
export function subjectOf({ data }: Published): string {
  const later = data.supersedes === undefined ? '' : ' AFTER ABANDONED';
  return `${wordsOf(data.outcome)}${later}: DICOM import ${data.jobId}`;
}

/** Whether an email is the one with this verdict, however often it was published. */
function isVerdictOf({ subject }: Sent, event: Published): boolean {
  return subject === subjectOf(event);
}

function isOf(email: Sent, event: Published): boolean {
  const { data, detailType } = event;
  const [, kind = '', , jobId] = SUBJECT.exec(email.subject) ?? [];
  const same =
    detailType === PUBLISHED.importFinished
      ? isVerdictOf(email, event)
      : OTHERS[kind] === detailType && jobId === data.jobId;
  return same && says(email, data);
}

/** The sentence comes first; then facts, of which some are in the event as they stand here. */
function says({ body }: Sent, { summary, datastoreId, outcome, files }: Published['data']): boolean {
  // An email breaks lines, and takes apart what a reader of mail would make a link of.
  const words = (text: string) => text.replace(/[^0-9A-Za-z]+/g, '');
  const facts = [
    ['Data store', datastoreId],
    ...(OTHERS[wordsOf(outcome)] === undefined ? [['Outcome', outcome]] : []),
    ...(files ? [['Scanned', counted(files.scanned, 'file')]] : []),
    ...(files ? [['Imported', counted(files.imported, 'file')]] : []),
    ...(files ? [['Rejected', counted(files.rejected, 'file')]] : []),
  ];
  return (
    words(body).startsWith(words(summary)) &&
    facts.every(([name = '', value]) => body.includes(`\n${name.padEnd(12)}${value}\n`))
  );
}

const wordsOf = (outcome: Outcome | string) => outcome.replaceAll('_', ' ');

/** What SNS refuses of a subject, and what a line of a manifest must not do to who reads an email. */
export function malformed({ subject, body }: Sent): string[] {
  const wrong: string[] = [];
  if (!/^[ -~]{1,99}$/.test(subject)) wrong.push(`the subject '${subject}' is not one that SNS takes`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(body)) {
    wrong.push(`the email '${subject}' holds control characters`);
  }
  return wrong;
}
