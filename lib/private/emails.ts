import { Lazy, Stack } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { TextRule } from '../../core/contract/patterns.ts';
import type { SubscriberFilter } from '../subscribers.ts';
import { emailFilterPolicy } from './filters.ts';
import { checkEach } from './validate.ts';

/** Coarse on purpose: only SNS knows whether an address is one. */
const EMAIL: TextRule = { pattern: /^[^\s@]+@[^\s@]+$/, allowed: 'an email address' };

/** @throws Error on what is no address, or is there twice. */
export function checkEmails(name: string, addresses: readonly string[]): void {
  checkEach(name, addresses, EMAIL);
}

/** Who gets emails from which topic. */
export class Emails {
  private readonly deadLetters: IQueue;
  private readonly counts = new Map<ITopic, number>();

  /** @param deadLetters - keeps what SNS gives up on. */
  constructor(deadLetters: IQueue) {
    this.deadLetters = deadLetters;
  }

  subscribe(topic: ITopic, address: string, filter?: SubscriberFilter): void {
    topic.addSubscription(
      new EmailSubscription(address, {
        deadLetterQueue: this.deadLetters,
        filterPolicy: filter && emailFilterPolicy(filter),
      }),
    );
    this.counts.set(topic, (this.counts.get(topic) ?? 0) + 1);
  }

  /** How many addresses each topic should reach, for `EMAILS_EXPECTED`; also of those that are added later. */
  get expected(): string {
    const pairs = () => [...this.counts].map(([{ topicArn }, emails]) => [topicArn, emails]);
    return Lazy.string({ produce: () => Stack.of(this.deadLetters).toJsonString(pairs()) });
  }
}
