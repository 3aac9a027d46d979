import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type Notice, PUBLISHED } from '../contract.ts';

/** Where notices go. */
export interface Outlets {
  readonly eventBridge: EventBridgeClient;
  readonly sns: SNSClient;
  readonly busName: string;
  readonly topicArn: string;
}

/**
 * Tells systems, then people. Not atomic: told again after a failure, under the same id.
 * @param outcome - the message attribute that people filter on.
 */
export async function publishNotice(
  { eventBridge, sns, busName, topicArn }: Outlets,
  detailType: string,
  { detail, email }: Notice<{ readonly datastoreId?: string }>,
  outcome: string,
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
  const { datastoreId } = detail.data;
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: email.subject,
      Message: email.body,
      MessageAttributes: {
        outcome: { DataType: 'String', StringValue: outcome },
        ...(datastoreId && { datastoreId: { DataType: 'String', StringValue: datastoreId } }),
      },
    }),
  );
}
