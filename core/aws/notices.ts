import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { MESSAGE_ATTRIBUTES, MESSAGE_FORMATS, PUBLISHED } from '../contract/names.ts';
import type { Notice } from '../domain/notices/notice.ts';

/** Where notices go. */
export interface NoticeChannels {
  readonly eventBridge: EventBridgeClient;
  readonly sns: SNSClient;
  readonly busName: string;
  readonly topicArn: string;
  /** Whether the topic carries messages for chat as well. */
  readonly chat: boolean;
}

type AnyNotice = Notice<{ readonly datastoreId?: string; readonly outcome: string }>;

/** Puts the event on the bus. @throws Error where EventBridge refused it. */
export async function tellSystems(
  { eventBridge, busName }: Pick<NoticeChannels, 'eventBridge' | 'busName'>,
  detailType: string,
  { detail }: Pick<AnyNotice, 'detail'>,
): Promise<void> {
  const { Entries } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [
        {
          Source: PUBLISHED.source,
          DetailType: detailType,
          Detail: JSON.stringify(detail),
          EventBusName: busName,
        },
      ],
    }),
  );
  // PutEvents succeeds although an entry did not.
  const refused = Entries?.find(({ ErrorCode }) => ErrorCode);
  if (refused) throw new Error(`PutEvents refused the notice: ${refused.ErrorCode}`);
}

/** Sends the email, and the message for chat where the topic carries it, but for what digests hold. */
export async function tellPeople(
  { sns, topicArn, chat }: Pick<NoticeChannels, 'sns' | 'topicArn' | 'chat'>,
  notice: AnyNotice,
): Promise<void> {
  const { metadata, data } = notice.detail;
  const { datastoreId, outcome } = data;
  const tell = (format: string, message: { Subject?: string; Message: string }) =>
    sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        ...message,
        MessageAttributes: {
          [MESSAGE_ATTRIBUTES.outcome]: text(outcome),
          [MESSAGE_ATTRIBUTES.format]: text(format),
          ...(datastoreId && { [MESSAGE_ATTRIBUTES.datastoreId]: text(datastoreId) }),
          ...(metadata.watcher && { [MESSAGE_ATTRIBUTES.watcher]: text(metadata.watcher) }),
        },
      }),
    );
  const { held } = notice;
  if (!held?.email) {
    await tell(MESSAGE_FORMATS.email, { Subject: notice.email.subject, Message: notice.email.body });
  }
  if (chat && !held?.chat) await tell(MESSAGE_FORMATS.chat, { Message: notice.chat });
}

/** What a digest is sent with. */
export interface DigestMessage {
  /** The message attribute `format`. */
  readonly format: string;
  /** Not of a message for chat. */
  readonly subject?: string;
  readonly message: string;
  readonly watcher: string;
  /** Of what it holds: subscriptions filter on them. */
  readonly outcomes: readonly string[];
  readonly datastoreIds: readonly string[];
}

/** Sends a digest. */
export async function sendDigest(
  { sns, topicArn }: Pick<NoticeChannels, 'sns' | 'topicArn'>,
  { format, subject, message, watcher, outcomes, datastoreIds }: DigestMessage,
): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: message,
      MessageAttributes: {
        [MESSAGE_ATTRIBUTES.format]: text(format),
        [MESSAGE_ATTRIBUTES.watcher]: text(watcher),
        [MESSAGE_ATTRIBUTES.outcome]: texts(outcomes),
        ...(datastoreIds.length > 0 && { [MESSAGE_ATTRIBUTES.datastoreId]: texts(datastoreIds) }),
      },
    }),
  );
}

const text = (value: string) => ({ DataType: 'String', StringValue: value });
/** A filter matches where it matches one of them. */
const texts = (values: readonly string[]) => ({
  DataType: 'String.Array',
  StringValue: JSON.stringify(values),
});
