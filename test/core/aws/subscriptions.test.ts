import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { beforeEach, expect, test } from 'vitest';
import { unconfirmedEmails } from '../../../core/aws/subscriptions.ts';
import { mockClient } from '../../support/mock-client.ts';

const topic = mockClient(SNSClient);
const [PEOPLE, ALARMS] = ['people', 'alarms'].map((name) => `arn:aws:sns:us-east-1:111122223333:${name}`) as [
  string,
  string,
];

beforeEach(() => {
  topic.reset();
});

test.each([
  ['all have confirmed', '0', '2', 0],
  ['one has not', '1', '1', 1],
  ['one has let it lapse', '0', '1', 1],
  ['one has let it lapse, and another waits', '1', '0', 2],
  ['one waits whom somebody else added', '1', '2', 1],
])('of two addresses: %s', async (_, SubscriptionsPending, SubscriptionsConfirmed, expected) => {
  topic
    .on(GetTopicAttributesCommand)
    .resolves({ Attributes: { SubscriptionsPending, SubscriptionsConfirmed } });
  await expect(unconfirmedEmails(new SNSClient(), [[PEOPLE, 2]])).resolves.toBe(expected);
});

test('those of all topics are counted', async () => {
  topic
    .on(GetTopicAttributesCommand, { TopicArn: PEOPLE })
    .resolves({ Attributes: { SubscriptionsPending: '1' } });
  topic
    .on(GetTopicAttributesCommand, { TopicArn: ALARMS })
    .resolves({ Attributes: { SubscriptionsPending: '2' } });
  await expect(
    unconfirmedEmails(new SNSClient(), [
      [PEOPLE, 1],
      [ALARMS, 1],
    ]),
  ).resolves.toBe(3);
});

test('where nobody is to get emails, nobody is asked', async () => {
  await expect(unconfirmedEmails(new SNSClient(), [])).resolves.toBe(0);
  expect(topic.calls()).toEqual([]);
});
