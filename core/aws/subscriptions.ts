import { GetTopicAttributesCommand, type SNSClient } from '@aws-sdk/client-sns';

/**
 * Counts the addresses that SNS does not send to, for want of a confirmation. SNS deletes a subscription
 * that nobody confirms for 48 hours (https://aws.amazon.com/about-aws/whats-new/2023/05/amazon-sns-automatic-deletion-unconfirmed-subscriptions/): those that are
 * missing count, too.
 * @param expected - how many addresses each topic should reach: pairs of its ARN and the number.
 */
export async function unconfirmedEmails(
  client: SNSClient,
  expected: readonly (readonly [topicArn: string, emails: number])[],
): Promise<number> {
  let unconfirmed = 0;
  for (const [TopicArn, emails] of expected) {
    const { Attributes = {} } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
    const { SubscriptionsPending = 0, SubscriptionsConfirmed = 0 } = Attributes;
    unconfirmed += Math.max(Number(SubscriptionsPending), emails - Number(SubscriptionsConfirmed));
  }
  return unconfirmed;
}
