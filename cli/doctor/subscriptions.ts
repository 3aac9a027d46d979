import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  type Subscription,
} from '@aws-sdk/client-sns';
import { PROGRAM } from '../command.ts';
import { count, type DoctorCheck, note, ofType, ok, problem } from './examination.ts';

/** Every address is confirmed, and no link in an email can end that. */
export const subscriptionsCheck: DoctorCheck = {
  name: 'subscriptions',
  async look(patient) {
    const client = patient.aws.sns();
    const subscriptions: Subscription[] = [];
    for (const { physicalId: TopicArn } of ofType(patient, 'AWS::SNS::Topic')) {
      for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
        subscriptions.push(...(page.Subscriptions ?? []));
      }
    }
    const isReal = ({ SubscriptionArn = '' }: Subscription) => SubscriptionArn.startsWith('arn:');
    const findings = subscriptions
      .filter(({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation')
      .map(({ Endpoint, TopicArn }) =>
        problem(
          `${Endpoint} has not confirmed the subscription of ${TopicArn}, and gets nothing.`,
          `Confirm the email from no-reply@sns.amazonaws.com within 48 hours: ${PROGRAM} confirm --token '<its link>'`,
        ),
      );
    // SNS deletes what nobody confirms for 48 hours; CloudFormation does not see that.
    const listed = subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn !== 'Deleted').length;
    const gone = ofType(patient, 'AWS::SNS::Subscription').length - listed;
    if (gone > 0) {
      findings.push(
        problem(
          `${count(gone, 'subscription')} of the stack ${gone === 1 ? 'is' : 'are'} gone: somebody ended ${gone === 1 ? 'it' : 'them'}, or nobody confirmed ${gone === 1 ? 'it' : 'them'} within 48 hours.`,
          'Remove the addresses from the settings, deploy, put them back, deploy, and confirm.',
        ),
      );
    }
    const open: string[] = [];
    for (const { SubscriptionArn, Endpoint = '', Protocol } of subscriptions.filter(isReal)) {
      if (Protocol !== 'email' || !SubscriptionArn) continue;
      const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
      if (Attributes?.ConfirmationWasAuthenticated !== 'true') open.push(Endpoint);
    }
    const notes =
      open.length > 0
        ? [
            note(
              `A click on an unsubscribe link ends the subscription of ${open.join(', ')}, and mail scanners open these links.`,
              `Subscribe again, and confirm with ${PROGRAM} confirm. Then no link can end the subscription (docs/emails.md).`,
            ),
          ]
        : [];
    if (findings.length > 0) return [...findings, ...notes];
    return subscriptions.length > 0
      ? [ok(`${count(subscriptions.length, 'subscription')}, all confirmed.`), ...notes]
      : [
          note(
            'Nobody is subscribed: verdicts go to the event bus only.',
            'Set emails, or subscribe to the topic.',
          ),
        ];
  },
};
