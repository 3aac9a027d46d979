import type { Cadence } from '../../contract/audiences.ts';
import { PUBLISHED } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import { type Message, toChat, toEmail } from '../notices/message.ts';
import { clockTime, lastBoundary } from './calendar.ts';
import type { DigestTally } from './tally.ts';

/** Why a digest comes to somebody who wants each verdict at once: the storm guard. */
export type GuardState = 'on' | 'off again' | 'many in a minute';

/** What a digest is about. Times are milliseconds since the epoch. */
export interface DigestFacts {
  readonly id: string;
  readonly every: Cadence;
  /** When what it holds was due. */
  readonly boundary: number;
  readonly timeZone: string;
  readonly tally: DigestTally;
  /** Of an audience that wants each verdict at once. */
  readonly guard?: GuardState | undefined;
  /** How many emails of single verdicts an hour may have. */
  readonly emailsPerHour: number;
}

/** The digest of an hour or a day, as people get it. */
export function buildDigest(facts: DigestFacts): { email: ReturnType<typeof toEmail>; chat: string } {
  const message = digestMessage(facts);
  return { email: toEmail(message), chat: toChat(message) };
}

function digestMessage(facts: DigestFacts): Message {
  const { id, every, boundary, timeZone, tally } = facts;
  const from = lastBoundary(every, timeZone, boundary - 1);
  const at = (time: number) => clockTime(timeZone, time);
  const span = `${at(from)} to ${at(boundary)} (${timeZone})`;
  const { outcomes, datastores, reasons, worst, files, imageSets } = tally;
  const unnamed = tally.notices - worst.length;
  return {
    subject: `DIGEST ${id}: ${outcomes.map(([outcome, jobs]) => `${jobs} ${wordsOf(outcome)}`).join(', ')}`,
    summary:
      `${counted(tally.jobs, 'DICOM import')} with news, ${every === 'day' ? 'in the day' : 'in the hour'} from ${span}. ${guardSentence(facts)}`.trim(),
    facts: [
      ['Digest', id],
      ...outcomes.map(([outcome, jobs]): [string, string] => [
        // The worst comes first, as in the subject; the others have no name of their own.
        outcome === outcomes[0]?.[0] ? 'Outcomes' : '',
        `${jobs} ${outcome}`,
      ]),
      ['Scanned', files.scanned > 0 ? counted(files.scanned, 'file') : undefined],
      ['Imported', files.scanned > 0 ? counted(files.imported, 'file') : undefined],
      ['Rejected', files.scanned > 0 ? counted(files.rejected, 'file') : undefined],
      ['Unaccounted', files.unaccounted > 0 ? counted(files.unaccounted, 'file') : undefined],
      ['Image sets', files.scanned > 0 ? imageSetsOf(imageSets) : undefined],
    ],
    lists: [
      {
        title: 'By data store',
        entries: datastores.map(
          ([datastoreId, counts]) =>
            `${datastoreId}: ${counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`,
        ),
        more: (count) => `and ${counted(count, 'data store')} more`,
      },
      {
        title: 'Why files were rejected',
        entries: reasons.map(
          ({ count, jobs, exceptionType, message, example }) =>
            `${count} x ${exceptionType}: ${message} (${counted(jobs, 'job')}, for example ${example})`,
        ),
        more: (count) => `and ${counted(count, 'reason')} more, in the events`,
      },
      {
        title: unnamed > 0 ? `The worst ${worst.length} of ${tally.notices}` : 'Jobs',
        entries: worst.map(
          ({ outcome, datastoreId, jobId = 'unknown job', at: published }) =>
            `${at(Date.parse(published))} ${outcome} ${jobId}${datastores.length > 1 && datastoreId ? ` in ${datastoreId}` : ''}`,
        ),
        most: worst.length,
      },
    ],
    whatToDo: whatToDo(facts, unnamed),
    command: commandToList(datastores[0]?.[0], from),
    links: undefined,
    eventType: PUBLISHED.importFinished,
  };
}

const wordsOf = (outcome: string) => outcome.replaceAll('_', ' ');

function imageSetsOf({ created, changed, nonPrimary }: DigestTally['imageSets']): string {
  const also = nonPrimary > 0 ? `, ${nonPrimary} not primary` : '';
  return `${created} new, ${changed} changed${also}`;
}

function guardSentence({ guard, emailsPerHour }: DigestFacts): string {
  switch (guard) {
    case 'on':
      return `The storm guard is on: more than ${emailsPerHour} emails were due in an hour. Until an hour has ${emailsPerHour} or fewer, you get one digest an hour in their place.`;
    case 'off again':
      return 'The storm guard was on in this hour and is off again: the next verdicts come one by one.';
    case 'many in a minute':
      return 'They came too many in a minute for an email each.';
    default:
      return '';
  }
}

function whatToDo({ tally, guard }: DigestFacts, unnamed: number): string[] {
  const [worst] = tally.outcomes;
  const list = `The command below lists ${unnamed > 0 ? `all of them, also the ${unnamed} that are not named here,` : 'them'} with their outcomes.`;
  if (worst?.[0] === 'SUCCEEDED') return [`Nothing: all of these imports succeeded. ${list}`];
  return [
    `Begin with the first reason: what is at fault there is at fault in all of its jobs. ${list}`,
    'Read what one job refused with dicom-import-watcher report --datastore-id <id> --job-id <id>.',
    ...(guard === 'on'
      ? [
          "If this goes on for longer, set 'every' of your address to 'hour' or 'day', and have systems read the event bus.",
        ]
      : []),
  ];
}

function commandToList(datastoreId: string | undefined, from: number): string {
  const since = new Date(from).toISOString().slice(0, 16);
  return `npx dicom-import-watcher list \\\n    --datastore-id ${datastoreId ?? '<id>'} \\\n    --since ${since}Z`;
}
