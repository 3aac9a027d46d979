import type {
  Detail,
  FileCounts,
  ImageSetCounts,
  ImportFinishedData,
  ImportOverdueData,
} from '../../contract/events.ts';
import {
  type Check,
  type Email,
  type ImportJobId,
  type Outcome,
  PUBLISHED,
  type UnverifiedReason,
} from '../../contract/names.ts';
import { type Message, toChat, toEmail } from './message.ts';

/** What of a notice is not sent by itself, since digests hold it. */
export interface Held {
  readonly email?: true;
  readonly chat?: true;
}

/** One thing to tell, to systems and to people. */
export interface Notice<Data> {
  readonly detail: Detail<Data>;
  readonly email: Email;
  /** The same for chat: JSON that Amazon Q Developer in chat applications renders. */
  readonly chat: string;
  /** Absent where all of it is sent. */
  readonly held?: Held;
}

/** What `check-import-job` answers. */
export interface CheckResult extends Check {
  /** With `overdue`: what is published. */
  readonly notice?: Notice<ImportOverdueData>;
}

/** What `summarize-import` answers. */
export interface ImportReport extends Notice<ImportFinishedData> {
  /** The execution's output: it is copied into AWS's own status-change events, so nothing that identifies a patient. */
  readonly receipt: ImportJobId & {
    readonly outcome: Outcome;
    readonly unverifiedReason?: UnverifiedReason;
    readonly summary: string;
    readonly eventId: string;
    readonly submittedAt?: string;
    readonly endedAt?: string;
    readonly files?: FileCounts;
    readonly imageSets?: ImageSetCounts;
  };
  /** The attributes of the table that outcome and id are recorded in. */
  readonly recordAs: { readonly outcome: string; readonly eventId: string };
  /** Epoch seconds, as text, after which the table forgets the watch. */
  readonly expiresAt: string;
}

/** The watcher has the name of its state machine: `arn:aws:states:<region>:<account>:execution:<name>:<execution>`. */
function watcherOf(executionArn: string): string | undefined {
  return executionArn.split(':')[6];
}

/**
 * Makes a notice.
 * @param id - the same however often it is published.
 * @param now - milliseconds since the epoch.
 */
export function noticeOf<Data extends { readonly executionArn: string }>(
  id: string,
  data: Data,
  message: Message,
  now: number,
): Notice<Data> {
  const watcher = watcherOf(data.executionArn);
  return {
    detail: {
      metadata: {
        id,
        schemaVersion: PUBLISHED.schemaVersion,
        publishedAt: new Date(now).toISOString(),
        ...(watcher && { watcher }),
      },
      data,
    },
    email: toEmail(message),
    chat: toChat(message),
  };
}
