import { PUBLISHED } from '../../contract/names.ts';
import { type Message, toChat, toEmail } from './message.ts';
import type { Notice } from './messages.ts';

/**
 * One thing to tell, to systems and to people.
 * @param id - the same however often it is published.
 * @param now - milliseconds since the epoch.
 */
export function noticeOf<Data>(id: string, data: Data, message: Message, now: number): Notice<Data> {
  return {
    detail: {
      metadata: { id, schemaVersion: PUBLISHED.schemaVersion, publishedAt: new Date(now).toISOString() },
      data,
    },
    email: toEmail(message),
    chat: toChat(message),
  };
}
