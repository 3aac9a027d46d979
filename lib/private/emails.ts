import { Lazy, Stack, Token } from 'aws-cdk-lib';
import { type ITopic, Subscription, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TextRule } from '../../core/contract/patterns.ts';
import type { SubscriberFilter } from '../subscribers.ts';
import { emailFilterPolicy } from './filters.ts';
import { keepsFor } from './permissions.ts';
import { checkEach } from './validate.ts';

/** Coarse on purpose: only SNS knows whether an address is one. */
const EMAIL: TextRule = { pattern: /^[^\s@]+@[^\s@]+$/, allowed: 'an email address' };

/** @throws Error on what is no address, or is there twice. */
export function checkEmails(name: string, addresses: readonly string[]): void {
  checkEach(name, addresses, EMAIL);
}

/**
 * Who gets emails from which topic. The subscriptions are the watcher's: those that CDK makes below a topic would point
 * back from its stack.
 */
export class Emails {
  private readonly scope: Construct;
  private readonly deadLetters: IQueue;
  private readonly reference: IQueue;
  private readonly counts = new Map<ITopic, number>();

  /** @param deadLetters - keeps what SNS gives up on. */
  constructor(scope: Construct, deadLetters: IQueue) {
    this.scope = scope;
    this.deadLetters = deadLetters;
    // Of a queue of this app, CDK adds a statement for each subscription to its policy, which takes 20.
    this.reference = Queue.fromQueueArn(scope, 'NotificationDeadLettersReference', deadLetters.queueArn);
  }

  /** @param list - tells the addresses of one topic from those of another. */
  subscribe(list: string, topic: ITopic, address: string, filter?: SubscriberFilter): void {
    const { deadLetters, reference } = this;
    const count = this.counts.get(topic) ?? 0;
    this.counts.set(topic, count + 1);
    if (count === 0) keepsFor('sns', deadLetters, topic.topicArn);
    const of = this.scope.node.tryFindChild(list) ?? new Construct(this.scope, list);
    // An id takes no token.
    const id = Token.isUnresolved(address) ? `Address${count}` : address.toLowerCase();
    new Subscription(of as Construct, id, {
      topic,
      protocol: SubscriptionProtocol.EMAIL,
      endpoint: address,
      deadLetterQueue: reference,
      filterPolicy: filter && emailFilterPolicy(filter),
    });
  }

  /** How many addresses each topic should reach, for `EMAILS_EXPECTED`; also of those that are added later. */
  get expected(): string {
    const pairs = () => [...this.counts].map(([{ topicArn }, emails]) => [topicArn, emails]);
    return Lazy.string({ produce: () => Stack.of(this.deadLetters).toJsonString(pairs()) });
  }
}
