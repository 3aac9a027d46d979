import { wrapAnsi } from 'fast-wrap-ansi';
import type { Email, ImportJobId } from '../../contract/names.ts';
import { chatText, plainLines, subjectText, withoutLinks } from '../text.ts';
import { truncate } from '../truncate.ts';
import type { ConsoleLinks } from './console-links.ts';

/** Widest line: what a phone and a terminal both show unbroken. */
const COLUMNS = 72;
/** Columns of the name of a fact. */
const LABEL = 12;
/** Entries of a list in a message; the event carries more. */
const MAX_ENTRIES = 10;
/** Longest text of a chat message; Amazon Q Developer refuses what is much longer. */
const MAX_CHAT_DESCRIPTION = 4000;

/**
 * A message to people, in the order of their questions. Summary, facts and lists may hold text from outside: whoever renders a
 * message takes all of them for that.
 */
export interface Message {
  /** ASCII, under 100 characters (SNS API reference, `Publish`). Says the outcome first. */
  readonly subject: string;
  /** What happened, in a sentence. */
  readonly summary: string;
  /** How bad it is. Those without a value are left out. */
  readonly facts: readonly (readonly [name: string, value: string | undefined])[];
  readonly lists?: readonly MessageList[];
  /** A paragraph for each cause. */
  readonly whatToDo: readonly string[];
  /** A command that shows more, on lines of its own. */
  readonly command: string;
  readonly links: ConsoleLinks | undefined;
  /** The detail-type of the event that tells the same. */
  readonly eventType: string;
  /** Absent where nobody knows which job it is about. */
  readonly job?: ImportJobId | undefined;
}

export interface MessageList {
  readonly title: string;
  readonly entries: readonly string[];
  /** To be copied: not wrapped. */
  readonly whole?: boolean;
  /** Entries that are shown. Default: 10. */
  readonly most?: number;
  /** What is said of the entries that are not shown. Default: that the event and the manifest have them. */
  readonly more?: (count: number) => string;
}

/** A message as plain text of at most 72 columns, but for what has to be copied whole: commands, links and URIs. */
export function toEmail(message: Message): Email {
  const sections = [
    wrap(withoutLinks(message.summary), ''),
    message.facts
      .flatMap(([name, value]) => (value === undefined ? [] : [factLine(name, withoutLinks(value))]))
      .join('\n'),
    ...lists(message, withoutLinks).map(({ title, entries, whole }) =>
      [title, ...entries.map((entry) => (whole ? `  ${entry}` : wrap(entry, '    ', '  ')))].join('\n'),
    ),
    ['What to do', ...whatToDo(message)].join('\n'),
    [
      'Where to look',
      ...linksOf(message).map(([name, link]) => `  ${name}:\n  ${link}`),
      `  On the command line:\n  ${message.command}`,
    ].join('\n'),
  ];
  return { subject: subjectText(message.subject), body: plainLines(`${sections.join('\n\n')}\n`) };
}

/**
 * The same as JSON of the shape that Amazon Q Developer in chat applications renders.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export function toChat(message: Message): string {
  const { summary, whatToDo, eventType, job } = message;
  const subject = subjectText(message.subject);
  const text = [
    chatText(summary),
    ...message.facts.flatMap(([name, value]) =>
      value === undefined ? [] : [`*${name}:* ${chatText(value)}`],
    ),
    ...lists(message, chatText).flatMap(({ title, entries }) => [
      `*${title}*`,
      ...entries.map((entry) => `- ${entry}`),
    ]),
  ].join('\n');
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: subject,
      description: truncate(text, MAX_CHAT_DESCRIPTION),
      nextSteps: [...whatToDo, ...linksOf(message).map(([name, link]) => plainLines(`${name}: ${link}`))],
    },
    metadata: {
      summary: subject,
      eventType,
      // All messages about one job stay in one thread.
      ...(job && { threadId: `${job.datastoreId}-${job.jobId}` }),
    },
  });
}

function whatToDo({ whatToDo }: Message): string[] {
  return whatToDo.length > 1
    ? whatToDo.map((paragraph) => wrap(paragraph, '    ', '  - '))
    : whatToDo.map((paragraph) => wrap(paragraph, '  '));
}

/** The command that shows a job, on lines of its own. */
export function commandToGetJob(datastoreId: string, jobId: string): string {
  return `aws medical-imaging get-dicom-import-job \\\n    --datastore-id ${datastoreId} \\\n    --job-id ${jobId}`;
}

/** The command that reads the manifests of a job, on lines of its own. */
export function commandToReport(datastoreId: string, jobId: string, failures: boolean): string {
  return `npx dicom-import-watcher report${failures ? ' --failures' : ''} \\\n    --datastore-id ${datastoreId} \\\n    --job-id ${jobId}`;
}

const inTheManifest = (count: number) => `and ${count} more, in the event and the manifest`;

/** The lists that have entries, as a channel shows these, at most so many. */
function lists({ lists = [] }: Message, render: (entry: string) => string): MessageList[] {
  return lists
    .filter(({ entries }) => entries.length > 0)
    .map(({ entries, most = MAX_ENTRIES, more = inTheManifest, ...list }) => {
      const left = entries.length - most;
      const rest = left > 0 ? [more(left)] : [];
      return { ...list, entries: [...entries.slice(0, most).map(render), ...rest] };
    });
}

function linksOf({ links }: Message): [name: string, link: string][] {
  return links
    ? [
        ['Data stores', links.datastores],
        ...(links.manifests ? [['Manifests', links.manifests] as [string, string]] : []),
        ['Execution', links.execution],
      ]
    : [];
}

/** Long words stay whole: ids and URIs are copied. */
function factLine(name: string, value: string): string {
  return wrap(value, ' '.repeat(LABEL), name.padEnd(LABEL), false);
}

function wrap(text: string, indent: string, firstIndent = indent, hard = true): string {
  const lines = wrapAnsi(text, COLUMNS - indent.length, { hard }).split('\n');
  return lines.map((line, index) => (index === 0 ? firstIndent : indent) + line).join('\n');
}
