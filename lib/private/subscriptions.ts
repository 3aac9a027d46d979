import type { RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { digestFormat } from '../../core/contract/audiences.ts';
import type { TextRule } from '../../core/contract/patterns.ts';
import type { EmailSubscriberOptions, QueueSubscriberOptions, SubscriberFilter } from '../subscribers.ts';
import type { Alarms } from './alarms.ts';
import type { Digests } from './digests.ts';
import { checkEmails, type Emails } from './emails.ts';
import { checkFilter, eventPatterns } from './filters.ts';
import { idOf } from './names.ts';
import { askOwner, rulesMay } from './owner.ts';
import type { Parts } from './parts.ts';
import { checkQueue, checkTopic } from './passed-in.ts';
import { checkHere } from './place.ts';
import { deadLetterQueue, encryptedQueue } from './queues.ts';
import { check, checkCadence, checkName } from './validate.ts';
import { addDeadLetterAlarm } from './watcher-alarms.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const QUEUE_NAME: TextRule = { pattern: /^(?=.{1,80}$)[\w-]+(\.fifo)?$/, allowed: 'the name of a queue' };
/** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html, without FIFO: EventBridge does not deliver there. */
const TOPIC_NAME: TextRule = { pattern: /^[\w-]{1,256}$/, allowed: 'the name of a topic' };
/** How often a consumer of a queue may fail on a message before it is set aside. */
const MAX_RECEIVES = 5;
/** EventBridge delivers to a queue or topic of another account by a role only, and not where it is encrypted with a key. */
const FORWARD =
  "send events to a bus there (target of 'onImportFinished': EventBus), and from that bus by a rule of its own account and region";

export interface SubscriptionParts extends Parts {
  readonly emails: Emails;
  readonly alarms: Alarms;
  readonly digests: Digests;
}

/** People and systems that are subscribed to a watcher, each once. */
export class Subscriptions {
  private readonly parts: SubscriptionParts;
  private readonly keys = new Set<string>();

  constructor(parts: SubscriptionParts) {
    this.parts = parts;
  }

  addEmail(address: string, { every = 'verdict', ...filter }: EmailSubscriberOptions): void {
    const { digests, emails, topic } = this.parts;
    checkEmails('emails', [address]);
    checkCadence('every', every);
    this.checkFilter(filter);
    this.addOnce(`address ${address.toLowerCase()}`, address.toLowerCase());
    const digest = digestFormat(digests.add('email', every, filter));
    emails.subscribe('Emails', topic, address, { every, ...filter, digest });
  }

  addQueue(queue: IQueue | string, { messageGroupId, ...filter }: QueueSubscriberOptions): IQueue {
    const { scope } = this.parts;
    const fifo = typeof queue === 'string' ? queue.endsWith('.fifo') : queue.fifo;
    const name = typeof queue === 'string' ? queue : queue.node.path;
    if (typeof queue === 'string') checkName('queue', queue, QUEUE_NAME);
    else checkHere(scope, queue, { name: 'queue', arn: queue.queueArn }, FORWARD);
    check(
      !fifo || messageGroupId !== undefined,
      `'messageGroupId' must be set for a FIFO queue, got none for '${name}'`,
    );
    check(
      fifo || messageGroupId === undefined,
      `'messageGroupId' is for FIFO queues only, got '${messageGroupId}' for '${name}'`,
    );
    if (typeof queue !== 'string') checkQueue('queue', queue);
    this.checkFilter(filter);
    this.addOnce(`queue ${typeof queue === 'string' ? queue : queue.queueArn}`, name);
    const to = typeof queue === 'string' ? this.newQueue(queue, fifo) : queue;
    const sqsParameters = messageGroupId === undefined ? {} : { sqsParameters: { messageGroupId } };
    const sources = this.addRule(to, { arn: to.queueArn, ...sqsParameters }, filter);
    this.letIn(to, 'queue', to.encryptionMasterKey, 'sqs:SendMessage', to.queueArn, sources);
    return to;
  }

  addTopic(topic: ITopic | string, filter: SubscriberFilter): ITopic {
    const { scope } = this.parts;
    const name = typeof topic === 'string' ? topic : topic.node.path;
    if (typeof topic === 'string') checkName('topic', topic, TOPIC_NAME);
    else checkHere(scope, topic, { name: 'topic', arn: topic.topicArn }, FORWARD);
    check(
      typeof topic === 'string' || topic.topicArn !== this.parts.topic.topicArn,
      `'topic' must not be the one for people, who would get JSON, got '${name}'`,
    );
    check(
      typeof topic === 'string' || !topic.fifo,
      `'topic' must not be FIFO, EventBridge does not deliver there, got '${name}'`,
    );
    if (typeof topic !== 'string') checkTopic('topic', topic, 'services');
    this.checkFilter(filter);
    this.addOnce(`topic ${typeof topic === 'string' ? topic : topic.topicArn}`, name);
    const to = typeof topic === 'string' ? this.newTopic(topic) : topic;
    const sources = this.addRule(to, { arn: to.topicArn }, filter);
    this.letIn(to, 'topic', to.masterKey, 'sns:Publish', to.topicArn, sources);
    return to;
  }

  /** Lets the rules of a subscriber send to it; what only its owner can do is warned of. */
  private letIn(
    to: IQueue | ITopic,
    kind: 'queue' | 'topic',
    key: IKey | undefined,
    action: string,
    arn: string,
    sources: readonly string[],
  ): void {
    const { scope, encryption } = this.parts;
    const statement = rulesMay(scope, action, arn, sources);
    const { path } = to.node;
    if (!to.addToResourcePolicy(statement).statementAdded) {
      askOwner(scope, `${kind}-${path}`, `the policy of the ${kind} '${path}'`, statement);
    }
    encryption.letEventsUse(key, `${kind} '${path}'`);
  }

  private checkFilter(filter: SubscriberFilter): void {
    checkFilter(filter, this.parts.settings.datastoreIds);
  }

  private addOnce(key: string, name: string): void {
    check(!this.keys.has(key), `each subscriber must be added once, got '${name}' twice`);
    this.keys.add(key);
  }

  /** @returns the ARNs of the rules. */
  private addRule(to: IConstruct, target: RuleTargetConfig, filter: SubscriberFilter): string[] {
    const { scope, bus, deadLetters, rules } = this.parts;
    const deadLetterConfig = { arn: deadLetters.rules.queueArn };
    const rule = rules.add(`${idOf(to)}Rule`, eventPatterns(scope, this.parts.name, filter), {
      eventBus: bus,
    });
    // CDK's targets for queues and topics would add to their policies by themselves.
    rule.addTarget({ bind: () => ({ ...target, deadLetterConfig }) });
    return rule.all.map(({ ruleArn }) => ruleArn);
  }

  /** A queue of this name, with one for what its consumers fail on. */
  private newQueue(queueName: string, fifo: boolean): Queue {
    const { scope, encryption, alarms } = this.parts;
    const id = `Queue${queueName}`;
    // A dot is in no name of a queue but before `fifo`: no other queue can have this id.
    const queue = deadLetterQueue(scope, `${id}.DeadLetters`, encryption, queueName);
    addDeadLetterAlarm(alarms, queue, id, `Consumers of the queue ${queueName} failed on events.`);
    return encryptedQueue(scope, id, encryption, {
      queueName,
      // Each publication has its own id and time, so that nothing is lost; a consumer drops what it has seen.
      ...(fifo && { fifo, contentBasedDeduplication: true }),
      deadLetterQueue: { queue, maxReceiveCount: MAX_RECEIVES },
    });
  }

  private newTopic(topicName: string): Topic {
    const { scope, encryption } = this.parts;
    return new Topic(scope, `Topic${topicName}`, {
      topicName,
      enforceSSL: true,
      masterKey: encryption.key,
    });
  }
}
