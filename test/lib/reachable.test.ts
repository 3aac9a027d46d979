import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Alias, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { type CfnQueue, type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, type DicomImportWatcherProps } from '../../lib/index.ts';

const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/0123abcd-0123-abcd-0123-0123456789ab';
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:111122223333:worklist';
const TOPIC_ARN = 'arn:aws:sns:us-east-1:111122223333:imports';

function given() {
  const stack = new Stack(new App(), 'Watch', { env: { account: '111122223333', region: 'us-east-1' } });
  const watcherOf = (props: Partial<DicomImportWatcherProps> = {}) =>
    new DicomImportWatcher(stack, 'Watcher', {
      outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
      alarmEmails: ['on-call@hospital.example'],
      ...props,
    });
  return { stack, watcherOf };
}

const warningsOf = (stack: Stack) =>
  Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));

const FIFO = { messageGroupId: 'imports' };
const aws = (stack: Stack, service: string) => Alias.fromAliasName(stack, 'Aws', `alias/aws/${service}`);

describe('what can never be reached is refused', () => {
  const MANAGED = (name: string, service: string, path: string) =>
    `'${name}' must not be encrypted with AWS's own key (alias/aws/${service}), whose policy lets no service in, got 'Watch/${path}': encrypt it with a key of your own, or with none`;
  type Given = ReturnType<typeof given>;
  test.each<[string, (given: Given) => unknown, string]>([
    [
      "a queue with AWS's own key",
      ({ stack, watcherOf }) =>
        watcherOf().addQueue(new Queue(stack, 'Mine', { encryption: QueueEncryption.KMS_MANAGED })),
      MANAGED('queue', 'sqs', 'Mine'),
    ],
    [
      "a queue with the alias of AWS's own key",
      ({ stack, watcherOf }) =>
        watcherOf().addQueue(new Queue(stack, 'Mine', { encryptionMasterKey: aws(stack, 'sqs') })),
      MANAGED('queue', 'sqs', 'Mine'),
    ],
    [
      "a queue that was given AWS's own key later",
      ({ stack, watcherOf }) => {
        const queue = new Queue(stack, 'Mine');
        (queue.node.defaultChild as CfnQueue).kmsMasterKeyId = 'alias/aws/sqs';
        watcherOf().addQueue(queue);
      },
      MANAGED('queue', 'sqs', 'Mine'),
    ],
    [
      "an imported queue with AWS's own key",
      ({ stack, watcherOf }) =>
        watcherOf().addQueue(
          Queue.fromQueueAttributes(stack, 'Mine', {
            queueArn: QUEUE_ARN,
            keyArn: 'arn:aws:kms:us-east-1:111122223333:alias/aws/sqs',
          }),
        ),
      MANAGED('queue', 'sqs', 'Mine'),
    ],
    [
      "a queue with AWS's own key as the target of a rule",
      ({ stack, watcherOf }) =>
        watcherOf().onImportFinished('Rule', {
          target: new SqsQueue(new Queue(stack, 'Mine', { encryption: QueueEncryption.KMS_MANAGED })),
        }),
      MANAGED('target', 'sqs', 'Mine'),
    ],
    [
      "a queue with AWS's own key for what a rule cannot deliver",
      ({ stack, watcherOf }) => {
        const deadLetterQueue = new Queue(stack, 'Dead', { encryption: QueueEncryption.KMS_MANAGED });
        const rule = watcherOf().onWatchFailed('Rule');
        rule.addTarget(new SqsQueue(new Queue(stack, 'Mine'), { deadLetterQueue }));
      },
      MANAGED('deadLetterQueue', 'sqs', 'Dead'),
    ],
    [
      'a FIFO queue for what a rule cannot deliver',
      ({ stack, watcherOf }) => {
        const deadLetterQueue = new Queue(stack, 'Dead', { fifo: true });
        const target = new SqsQueue(new Queue(stack, 'Mine'), { deadLetterQueue });
        watcherOf().onWatchFailed('Rule', { target });
      },
      "'deadLetterQueue' must not be FIFO for a rule, got 'Watch/Dead'",
    ],
    [
      'a FIFO queue without content-based deduplication',
      ({ stack, watcherOf }) => watcherOf().addQueue(new Queue(stack, 'Mine', { fifo: true }), FIFO),
      "'queue' must have contentBasedDeduplication where it is FIFO, since EventBridge gives messages no id, got 'Watch/Mine' without",
    ],
    [
      'a queue with a key that is disabled',
      ({ stack, watcherOf }) => {
        const encryptionMasterKey = new Key(stack, 'Key', { enabled: false });
        watcherOf().addQueue(new Queue(stack, 'Mine', { encryptionMasterKey }));
      },
      "'queue' must not have a key that is disabled, got 'Watch/Key'",
    ],
    [
      "a topic with AWS's own key",
      ({ stack, watcherOf }) =>
        watcherOf().addTopic(new Topic(stack, 'Mine', { masterKey: aws(stack, 'sns') })),
      MANAGED('topic', 'sns', 'Mine'),
    ],
    [
      "a topic with AWS's own key as the target of a rule",
      ({ stack, watcherOf }) =>
        watcherOf().onImportOverdue('Rule', {
          target: new SnsTopic(new Topic(stack, 'Mine', { masterKey: aws(stack, 'sns') })),
        }),
      MANAGED('target', 'sns', 'Mine'),
    ],
    [
      'a FIFO topic as the target of a rule',
      ({ stack, watcherOf }) =>
        watcherOf().onImportOverdue('Rule', {
          target: new SnsTopic(new Topic(stack, 'Mine', { fifo: true })),
        }),
      "'target' must not be FIFO, EventBridge does not deliver there, got 'Watch/Mine'",
    ],
    [
      "a topic of alarms with AWS's own key",
      ({ stack, watcherOf }) =>
        watcherOf({ alarmTopic: new Topic(stack, 'Mine', { masterKey: aws(stack, 'sns') }) }),
      MANAGED('alarmTopic', 'sns', 'Mine'),
    ],
    [
      'a FIFO topic of alarms',
      ({ stack, watcherOf }) => watcherOf({ alarmTopic: new Topic(stack, 'Mine', { fifo: true }) }),
      "'alarmTopic' must not be FIFO, CloudWatch does not publish there, got 'Watch/Mine'",
    ],
    [
      'a FIFO topic for people',
      ({ stack, watcherOf }) => watcherOf({ topic: Topic.fromTopicArn(stack, 'Mine', `${TOPIC_ARN}.fifo`) }),
      "'topic' must not be FIFO, SNS sends no emails from there, got 'Watch/Mine'",
    ],
    [
      'one topic for people and alarms',
      ({ stack, watcherOf }) => {
        const topic = new Topic(stack, 'Mine');
        watcherOf({ topic, alarmTopic: topic });
      },
      "'alarmTopic' must not be 'topic', whose messages are verdicts, got 'Watch/Mine' for both",
    ],
    [
      "AWS's own key",
      ({ stack, watcherOf }) => watcherOf({ encryptionKey: aws(stack, 'sqs') }),
      "'encryptionKey' must be a key of your own, not an alias or a key of AWS, got 'alias/aws/sqs': pass the key itself, or Key.fromKeyArn",
    ],
    [
      'an alias in place of the key',
      ({ stack, watcherOf }) =>
        watcherOf({ encryptionKey: Alias.fromAliasName(stack, 'Mine', 'alias/imaging') }),
      "'encryptionKey' must be a key of your own, not an alias or a key of AWS, got 'alias/imaging': pass the key itself, or Key.fromKeyArn",
    ],
    [
      'a key that signs',
      ({ stack, watcherOf }) =>
        watcherOf({
          encryptionKey: new Key(stack, 'Mine', {
            keySpec: KeySpec.ECC_NIST_P256,
            keyUsage: KeyUsage.SIGN_VERIFY,
          }),
        }),
      "'encryptionKey' must have a symmetric key that encrypts, got 'Watch/Mine' with ECC_NIST_P256, SIGN_VERIFY",
    ],
  ])('%s', (_, use, message) => {
    expect(() => use(given())).toThrow(new Error(message));
  });
});

describe('what can be reached passes, and is let in', () => {
  test.each<[string, (stack: Stack) => Queue]>([
    ['not encrypted', (stack) => new Queue(stack, 'Mine', { encryption: QueueEncryption.UNENCRYPTED })],
    ['encrypted by SQS', (stack) => new Queue(stack, 'Mine', { encryption: QueueEncryption.SQS_MANAGED })],
    ['encrypted with a key', (stack) => new Queue(stack, 'Mine', { encryption: QueueEncryption.KMS })],
    [
      'encrypted with a key by its alias',
      (stack) =>
        new Queue(stack, 'Mine', { encryptionMasterKey: new Key(stack, 'Key').addAlias('alias/mine') }),
    ],
    ['FIFO', (stack) => new Queue(stack, 'Mine', { fifo: true, contentBasedDeduplication: true })],
  ])('a queue that is %s', (_, make) => {
    const { stack, watcherOf } = given();
    const queue = make(stack);
    watcherOf({ dashboard: false, sweep: false }).addQueue(queue, queue.fifo ? FIFO : {});
    expect(warningsOf(stack)).toEqual([]);
    const template = Template.fromStack(stack);
    const policies = JSON.stringify(template.findResources('AWS::SQS::QueuePolicy'));
    expect(policies).toContain(`-${'WatchMine'}`);
    const keys = Object.values(template.findResources('AWS::KMS::Key')).map(({ Properties }) =>
      Properties.KeyPolicy.Statement.filter(({ Sid }: { Sid?: string }) => Sid === 'EventBridge'),
    );
    for (const statements of keys) expect(statements).toHaveLength(1);
  });

  test('a key of many queues gets the statement once', () => {
    const { stack, watcherOf } = given();
    const encryptionMasterKey = new Key(stack, 'Key');
    const watcher = watcherOf();
    for (const id of ['One', 'Two', 'Three']) watcher.addQueue(new Queue(stack, id, { encryptionMasterKey }));
    watcher.addTopic(new Topic(stack, 'Four', { masterKey: encryptionMasterKey }));
    const key =
      Template.fromStack(stack).toJSON().Resources[
        stack.getLogicalId(encryptionMasterKey.node.defaultChild as never)
      ];
    const own = key.Properties.KeyPolicy.Statement.filter(({ Sid }: { Sid?: string }) => Sid);
    expect(own.map(({ Sid }: { Sid: string }) => Sid)).toEqual(['EventBridge']);
  });

  test('the key of a topic of alarms lets CloudWatch in', () => {
    const { stack, watcherOf } = given();
    watcherOf({ alarmTopic: new Topic(stack, 'Mine', { masterKey: new Key(stack, 'Key') }) });
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          {
            Sid: 'Alarms',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          },
        ]),
      },
    });
  });

  test("a topic for people with AWS's own key: roles of the account may use it", () => {
    const { stack, watcherOf } = given();
    watcherOf({ topic: new Topic(stack, 'Mine', { masterKey: aws(stack, 'sns') }) });
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'))).not.toContain(
      'alias/aws',
    );
  });
});

describe('what only its owner can allow is warned of, with the statement', () => {
  const rule = 'arn:<AWS::Partition>:events:us-east-1:111122223333:rule/';
  const imported = (stack: Stack, keyArn?: string) =>
    Queue.fromQueueAttributes(stack, 'Theirs', { queueArn: QUEUE_ARN, ...(keyArn && { keyArn }) });
  const topic = (stack: Stack, keyArn?: string) =>
    Topic.fromTopicAttributes(stack, 'Theirs', { topicArn: TOPIC_ARN, ...(keyArn && { keyArn }) });

  test.each<[string, (watcher: DicomImportWatcher, stack: Stack) => IQueue | ITopic | object, string[]]>([
    [
      'a queue',
      (watcher, stack) => watcher.addQueue(imported(stack)),
      [`the policy of the queue 'Watch/Theirs' is not in this app`, `"Resource":"${QUEUE_ARN}"`, rule],
    ],
    [
      'the key of a queue',
      (watcher, stack) => watcher.addQueue(imported(stack, KEY_ARN)),
      [
        `the policy of the key of queue 'Watch/Theirs' is not in this app`,
        '"kms:GenerateDataKey"',
        `${rule}*`,
      ],
    ],
    [
      'a topic',
      (watcher, stack) => watcher.addTopic(topic(stack)),
      [`the policy of the topic 'Watch/Theirs' is not in this app`, '"Action":"sns:Publish"', rule],
    ],
    [
      'the key of a topic',
      (watcher, stack) => watcher.addTopic(topic(stack, KEY_ARN)),
      [
        `the policy of the key of topic 'Watch/Theirs' is not in this app`,
        '"kms:GenerateDataKey"',
        `${rule}*`,
      ],
    ],
    [
      'a queue as the target of a rule',
      (watcher, stack) => watcher.onImportFinished('Rule', { target: new SqsQueue(imported(stack)) }),
      [
        `the policy of 'Watch/Theirs' is not in this app`,
        '"Action":"sqs:SendMessage"',
        `${rule}WatchWatcher`,
      ],
    ],
  ])('%s', (_, use, words) => {
    const { stack, watcherOf } = given();
    use(watcherOf(), stack);
    const warnings = warningsOf(stack);
    expect(warnings.length).toBeGreaterThan(0);
    for (const word of words) expect(warnings.join('\n')).toContain(word);
  });

  test('the topic of alarms and its key', () => {
    const { stack, watcherOf } = given();
    watcherOf({ alarmTopic: topic(stack, KEY_ARN) });
    const [one = '', two = '', ...more] = warningsOf(stack);
    expect(more).toEqual([]);
    expect(one).toContain(
      `the policy of 'alarmTopic' is not in this app, so that nothing is delivered until its owner adds: {"Action":"sns:Publish","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Resource":"${TOPIC_ARN}"}`,
    );
    expect(two).toContain("the policy of the key of 'alarmTopic' is not in this app");
  });
});
