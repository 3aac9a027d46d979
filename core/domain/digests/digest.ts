import type { Cadence } from '../../contract/audiences.ts';
import { PUBLISHED } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import { type Message, toChat, toEmail } from '../notices/message.ts';
import { clockTime, lastBoundary } from './calendar.ts';
import type { DigestTally } from './tally.ts';

/** Data stores that a digest has a command for; the others are listed with the same command. */
const MAX_COMMANDS = 5;

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
  const { outcomes, datastores, reasons, worst, files } = tally;
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
      ['Image sets', files.scanned > 0 ? imageSetsOf(tally) : undefined],
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
          ({ of: { exceptionType, message }, count, jobs, exampleJob }) =>
            `${count} x ${exceptionType}: ${message} (${counted(jobs, 'job')}, for example ${exampleJob.jobId})`,
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
    command: commandsToList(tally),
    links: undefined,
    eventType: PUBLISHED.importFinished,
  };
}

const wordsOf = (outcome: string) => outcome.replaceAll('_', ' ');

function imageSetsOf({ imageSets, jobsWithoutVersions }: DigestTally): string {
  const { created, changed, nonPrimary } = imageSets;
  const also = nonPrimary > 0 ? `, ${nonPrimary} not primary` : '';
  const unknown = jobsWithoutVersions > 0 ? `, unknown for ${counted(jobsWithoutVersions, 'job')}` : '';
  return `${created} new, ${changed} changed${unknown}${also}`;
}

function guardSentence({ guard, emailsPerHour }: DigestFacts): string {
  switch (guard) {
    case 'on':
      return `The storm guard is on: more than ${emailsPerHour} emails were due in an hour. Until an hour has ${emailsPerHour} or fewer, you get one digest an hour in their place.`;
    case 'off again':
      return 'The storm guard was on in this hour and is off again: the next verdicts come one by one.';
    case 'many in a minute':
      return 'They came too many in a minute for an email each, or were held when the settings changed.';
    default:
      return '';
  }
}

function whatToDo({ tally, guard }: DigestFacts, unnamed: number): string[] {
  const [worst] = tally.outcomes;
  const list = `${lists(tally.datastores.length)} ${unnamed > 0 ? `all of them, also the ${unnamed} that are not named here,` : 'them'} with their outcomes.`;
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

function lists(datastores: number): string {
  if (datastores <= 1) return 'The command below lists';
  return datastores <= MAX_COMMANDS
    ? 'The commands below, one for each data store, list'
    : `The same commands as below, which are for the first ${MAX_COMMANDS} data stores, list`;
}

/** Lists are of one data store, by the time at which jobs were submitted: from that of the oldest of the digest on. */
function commandsToList(tally: DigestTally): string {
  const list = (datastoreId: string, since?: string) =>
    `npx dicom-import-watcher list \\\n    --datastore-id ${datastoreId}${since ? ` \\\n    --since ${since.slice(0, 16)}Z` : ''}`;
  const commands = tally.datastores
    .slice(0, MAX_COMMANDS)
    .map(([datastoreId]) => list(datastoreId, tally.oldestOf(datastoreId)));
  return commands.length > 0 ? commands.join('\n  ') : list('<id>');
}
