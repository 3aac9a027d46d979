import { Lazy, Stack, Token } from 'aws-cdk-lib';
import { type ITopic, Subscription, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { MESSAGE_ATTRIBUTES } from '../../core/contract/names.ts';
import type { TextRule } from '../../core/contract/patterns.ts';
import type { EmailSubscriberOptions } from '../subscribers.ts';
import { emailFilterPolicy } from './filters.ts';
import { keepsFor } from './permissions.ts';
import { check, checkEach } from './validate.ts';

/** Coarse on purpose: only SNS knows whether an address is one. JSON on a command line is not one. */
const EMAIL: TextRule = {
  pattern: /^[^\s@,;:()<>[\]{}"\\]+@[^\s@,;:()<>[\]{}"\\]+$/,
  allowed: 'an email address',
};

/** @throws Error on what is no address, or is there twice. */
export function checkEmails(name: string, addresses: readonly string[]): void {
  checkEach(name, addresses, EMAIL);
}

/** A subscription of this app. SNS takes one of each address to a topic. */
interface Subscribed {
  /** Path of the watcher that made it. */
  readonly by: string;
  /** Outcomes, data stores and how often, as text. */
  readonly wanted: string;
  /** The watchers that it gets emails of, and the formats of their digests. */
  readonly watchers: string[];
  readonly digests: string[];
  /** What the filter says of the watcher and of the format. */
  readonly conditions: { readonly watcher: unknown[]; readonly format: unknown[] };
}

/** What an address wants. */
export interface Wanted extends EmailSubscriberOptions {
  /** The format of its digests. */
  readonly digest: string;
}

/** By app, then by topic and address. */
const SUBSCRIBED = new WeakMap<IConstruct, Map<string, Subscribed>>();

/**
 * Who gets emails from which topic. The subscriptions are the watcher's: those that CDK makes below a topic would point
 * back from its stack. Watchers that share a topic and an address share the subscription.
 */
export class Emails {
  private readonly scope: Construct;
  private readonly watcherName: string;
  private readonly deadLetters: IQueue;
  private readonly reference: IQueue;
  private readonly counts = new Map<ITopic, number>();
  private readonly kept = new Set<ITopic>();

  /** @param deadLetters - keeps what SNS gives up on. */
  constructor(scope: Construct, watcherName: string, deadLetters: IQueue) {
    this.scope = scope;
    this.watcherName = watcherName;
    this.deadLetters = deadLetters;
    // Of a queue of this app, CDK adds a statement for each subscription to its policy, which takes 20.
    this.reference = Queue.fromQueueArn(scope, 'NotificationDeadLettersReference', deadLetters.queueArn);
  }

  /**
   * @param list - tells the addresses of one topic from those of another.
   * @param wanted - not given: all that is sent there.
   * @throws Error where the address is subscribed to the topic already, and wants something else of it.
   */
  subscribe(list: string, topic: ITopic, address: string, wanted?: Wanted): void {
    const { scope, deadLetters, reference } = this;
    const count = this.counts.get(topic) ?? 0;
    this.counts.set(topic, count + 1);
    if (this.shares(topic, address, wanted)) return;
    if (!this.kept.has(topic)) keepsFor('sns', deadLetters, topic.topicArn);
    this.kept.add(topic);
    const of = scope.node.tryFindChild(list) ?? new Construct(scope, list);
    const filterPolicy = wanted && emailFilterPolicy([this.watcherName], [wanted.digest], wanted);
    // An id takes no token.
    const id = Token.isUnresolved(address) ? `Address${count}` : address.toLowerCase();
    new Subscription(of as Construct, id, {
      topic,
      protocol: SubscriptionProtocol.EMAIL,
      endpoint: address,
      deadLetterQueue: reference,
      filterPolicy,
    });
    this.subscribed.set(keyOf(topic, address), {
      by: scope.node.path,
      wanted: textOf(wanted),
      watchers: [this.watcherName],
      digests: wanted ? [wanted.digest] : [],
      conditions: {
        watcher: filterPolicy?.[MESSAGE_ATTRIBUTES.watcher]?.conditions ?? [],
        format: filterPolicy?.[MESSAGE_ATTRIBUTES.format]?.conditions ?? [],
      },
    });
  }

  private get subscribed(): Map<string, Subscribed> {
    const { root } = this.scope.node;
    const known = SUBSCRIBED.get(root) ?? new Map<string, Subscribed>();
    SUBSCRIBED.set(root, known);
    return known;
  }

  /** Joins the subscription that another watcher has made. @returns false where there is none. */
  private shares(topic: ITopic, address: string, wanted: Wanted | undefined): boolean {
    const theirs = this.subscribed.get(keyOf(topic, address));
    if (!theirs) return false;
    check(
      theirs.wanted === textOf(wanted),
      `an address has one subscription to a topic: '${address}' wants something else of '${topic.node.path}' by '${theirs.by}', give both the same filter or each watcher a topic`,
    );
    if (!wanted) return true;
    theirs.watchers.push(this.watcherName);
    theirs.digests.push(wanted.digest);
    theirs.conditions.watcher.unshift(this.watcherName);
    theirs.conditions.format.push(wanted.digest);
    emailFilterPolicy(theirs.watchers, theirs.digests, wanted);
    return true;
  }

  /** How many addresses each topic should reach, for `EMAILS_EXPECTED`; also of those that are added later. */
  get expected(): string {
    const pairs = () => [...this.counts].map(([{ topicArn }, emails]) => [topicArn, emails]);
    return Lazy.string({ produce: () => Stack.of(this.deadLetters).toJsonString(pairs()) });
  }
}

/** Each watcher has digests of its own. */
function textOf(wanted: Wanted | undefined): string {
  return wanted ? JSON.stringify({ ...wanted, digest: undefined }) : 'all';
}

function keyOf({ topicArn }: ITopic, address: string): string {
  return `${topicArn} ${address.toLowerCase()}`;
}
