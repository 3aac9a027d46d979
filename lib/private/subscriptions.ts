import { Names } from 'aws-cdk-lib';
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { TextRule } from '../../core/contract/patterns.ts';
import type { QueueSubscriberOptions, SubscriberFilter } from '../subscribers.ts';
import type { Alarms } from './alarms.ts';
import { checkEmails, type Emails } from './emails.ts';
import { checkFilter, eventPattern } from './filters.ts';
import type { Parts } from './parts.ts';
import { eventsMay } from './permissions.ts';
import { deadLetterQueue, encryptedQueue } from './queues.ts';
import { check, checkName } from './validate.ts';
import { addDeadLetterAlarm } from './watcher-alarms.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const QUEUE_NAME: TextRule = { pattern: /^(?=.{1,80}$)[\w-]+(\.fifo)?$/, allowed: 'the name of a queue' };
/** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html, without FIFO: EventBridge does not deliver there. */
const TOPIC_NAME: TextRule = { pattern: /^[\w-]{1,256}$/, allowed: 'the name of a topic' };
/** How often a consumer of a queue may fail on a message before it is set aside. */
const MAX_RECEIVES = 5;

export interface SubscriptionParts extends Parts {
  readonly emails: Emails;
  readonly alarms: Alarms;
}

/** People and systems that are subscribed to a watcher, each once. */
export class Subscriptions {
  private readonly parts: SubscriptionParts;
  private readonly keys = new Set<string>();

  constructor(parts: SubscriptionParts) {
    this.parts = parts;
  }

  addEmail(address: string, filter: SubscriberFilter): void {
    checkEmails('emails', [address]);
    this.checkFilter(filter);
    this.addOnce(`address ${address.toLowerCase()}`, address.toLowerCase());
    this.parts.emails.subscribe(this.parts.topic, address, filter);
  }

  addQueue(queue: IQueue | string, { messageGroupId, ...filter }: QueueSubscriberOptions): IQueue {
    const { scope, deadLetters, encryption } = this.parts;
    const fifo = typeof queue === 'string' ? queue.endsWith('.fifo') : queue.fifo;
    const name = typeof queue === 'string' ? queue : queue.node.path;
    if (typeof queue === 'string') checkName('queue', queue, QUEUE_NAME);
    check(
      !fifo || messageGroupId !== undefined,
      `'messageGroupId' must be set for a FIFO queue, got none for '${name}'`,
    );
    check(
      fifo || messageGroupId === undefined,
      `'messageGroupId' is for FIFO queues only, got '${messageGroupId}' for '${name}'`,
    );
    this.checkFilter(filter);
    this.addOnce(`queue ${typeof queue === 'string' ? queue : queue.queueArn}`, name);
    const to = typeof queue === 'string' ? this.newQueue(queue, fifo) : queue;
    const id = `${Names.nodeUniqueId(to.node)}Rule`;
    const reference = Queue.fromQueueAttributes(scope, `${id}Target`, { queueArn: to.queueArn, fifo });
    const target = new SqsQueue(reference, { messageGroupId, deadLetterQueue: deadLetters.rules });
    const { ruleArn } = this.addRule(id, target, filter);
    to.addToResourcePolicy(eventsMay('sqs:SendMessage', to.queueArn, ruleArn));
    encryption.letEventsUse(to.encryptionMasterKey);
    return to;
  }

  addTopic(topic: ITopic | string, filter: SubscriberFilter): ITopic {
    const { scope, deadLetters, encryption } = this.parts;
    const name = typeof topic === 'string' ? topic : topic.node.path;
    if (typeof topic === 'string') checkName('topic', topic, TOPIC_NAME);
    check(
      topic !== this.parts.topic,
      `'topic' must not be the one for people, who would get JSON, got '${name}'`,
    );
    check(
      typeof topic === 'string' || !topic.fifo,
      `'topic' must not be FIFO, EventBridge does not deliver there, got '${name}'`,
    );
    this.checkFilter(filter);
    this.addOnce(`topic ${typeof topic === 'string' ? topic : topic.topicArn}`, name);
    const to = typeof topic === 'string' ? this.newTopic(topic) : topic;
    const id = `${Names.nodeUniqueId(to.node)}Rule`;
    const reference = Topic.fromTopicArn(scope, `${id}Target`, to.topicArn);
    const { ruleArn } = this.addRule(
      id,
      new SnsTopic(reference, { deadLetterQueue: deadLetters.rules }),
      filter,
    );
    to.addToResourcePolicy(eventsMay('sns:Publish', to.topicArn, ruleArn));
    encryption.letEventsUse(to.masterKey);
    return to;
  }

  private checkFilter(filter: SubscriberFilter): void {
    checkFilter(filter, this.parts.settings.datastoreIds);
  }

  private addOnce(key: string, name: string): void {
    check(!this.keys.has(key), `each subscriber must be added once, got '${name}' twice`);
    this.keys.add(key);
  }

  private addRule(id: string, target: IRuleTarget, filter: SubscriberFilter): Rule {
    const { scope, bus } = this.parts;
    return new Rule(scope, id, { eventBus: bus, eventPattern: eventPattern(filter), targets: [target] });
  }

  /** A queue of this name, with one for what its consumers fail on. */
  private newQueue(queueName: string, fifo: boolean): Queue {
    const { scope, encryption, alarms } = this.parts;
    const id = `Queue${queueName.replace('.fifo', 'Fifo')}`;
    const queue = deadLetterQueue(scope, `${id}DeadLetters`, encryption, fifo);
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
