import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { type Filter, parseFilter } from './filters.ts';

/** An address that is subscribed to the topic. */
export interface EmailSubscription {
  readonly address: string;
  readonly protocol: string;
  /** `deleted`: somebody ended it, or nobody confirmed it within 48 hours. Both get nothing. */
  readonly state: 'confirmed' | 'pending' | 'deleted';
  /** Where it is confirmed: nobody can read that of the others. */
  readonly filter?: Filter;
}

/** Who is subscribed to a topic. */
export interface Subscribers {
  readonly emails: readonly EmailSubscription[];
  /** Protocols of those that get no email, such as `sqs`. */
  readonly others: readonly string[];
}

/** The subscriptions of a topic, and the filters of those that get emails. */
export async function readSubscribers(client: SNSClient, TopicArn: string): Promise<Subscribers> {
  const emails: EmailSubscription[] = [];
  const others: string[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
    for (const { SubscriptionArn = '', Protocol: protocol = '', Endpoint: address = '' } of Subscriptions) {
      if (!/^email(-json)?$/.test(protocol)) others.push(protocol);
      else if (SubscriptionArn.startsWith('arn:')) {
        const { Attributes: { FilterPolicy, FilterPolicyScope } = {} } = await client.send(
          new GetSubscriptionAttributesCommand({ SubscriptionArn }),
        );
        const filter = parseFilter(FilterPolicy, FilterPolicyScope);
        emails.push({ address, protocol, state: 'confirmed', filter });
      } else {
        emails.push({ address, protocol, state: SubscriptionArn === 'Deleted' ? 'deleted' : 'pending' });
      }
    }
  }
  return { emails, others };
}
