import { App, type Environment, PhysicalName, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { BackupPlan } from 'aws-cdk-lib/aws-backup';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, type DicomImportWatcherProps } from '../../lib/index.ts';

const HERE = { account: '111122223333', region: 'us-east-1' };

/** A stack of others and one of the watcher, made in either order. */
function stacks(first: 'theirs' | 'ours', env?: Environment, theirEnv = env) {
  const app = new App();
  const stackOf = (id: string) => new Stack(app, id, { env: id === 'Theirs' ? theirEnv : env });
  const [one, other] =
    first === 'theirs' ? [stackOf('Theirs'), stackOf('Ours')] : [stackOf('Ours'), stackOf('Theirs')];
  const [theirs, ours] = first === 'theirs' ? [one, other] : [other, one];
  return { app, theirs, ours };
}

function watcherIn(scope: Stack, props: Partial<DicomImportWatcherProps> = {}): DicomImportWatcher {
  const outputBuckets = [Bucket.fromBucketName(scope, 'Output', 'import-output')];
  return new DicomImportWatcher(scope, 'Watcher', { outputBuckets, ...props });
}

const keyed = (stack: Stack, id: string): QueueProps => ({ encryptionMasterKey: new Key(stack, id) });

type Use = (theirs: Stack, ours: Stack) => unknown;
const add =
  (use: (watcher: DicomImportWatcher, theirs: Stack) => unknown): Use =>
  (theirs, ours) =>
    use(watcherIn(ours), theirs);
const pass =
  (props: (theirs: Stack) => Partial<DicomImportWatcherProps>): Use =>
  (theirs, ours) =>
    watcherIn(ours, props(theirs));

/** Each resource of another stack that a watcher can be given. */
const USES: [what: string, use: Use][] = [
  ['a queue', add((watcher, stack) => watcher.addQueue(new Queue(stack, 'Queue')))],
  [
    'a queue with a key',
    add((watcher, stack) => watcher.addQueue(new Queue(stack, 'Queue', keyed(stack, 'Key')))),
  ],
  [
    'a FIFO queue',
    add((watcher, stack) =>
      watcher.addQueue(new Queue(stack, 'Queue', { fifo: true, contentBasedDeduplication: true }), {
        messageGroupId: 'imports',
      }),
    ),
  ],
  ['a topic', add((watcher, stack) => watcher.addTopic(new Topic(stack, 'Topic')))],
  [
    'a topic with a key',
    add((watcher, stack) =>
      watcher.addTopic(new Topic(stack, 'Topic', { masterKey: new Key(stack, 'Key') })),
    ),
  ],
  [
    'a queue as the target of a rule',
    add((watcher, stack) => {
      const deadLetterQueue = new Queue(stack, 'DeadLetters');
      watcher.onImportFinished('Mine', {
        target: new SqsQueue(new Queue(stack, 'Queue'), { deadLetterQueue }),
      });
    }),
  ],
  [
    'a topic as the target of a rule',
    add((watcher, stack) => {
      const deadLetterQueue = new Queue(stack, 'DeadLetters');
      watcher.onWatchFailed('Mine', { target: new SnsTopic(new Topic(stack, 'Topic'), { deadLetterQueue }) });
    }),
  ],
  [
    'a function as the target of a rule',
    add((watcher, stack) => {
      const code = Code.fromInline('exports.handler = () => {}');
      const fn = new Lambda(stack, 'Fn', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
      watcher.onImportOverdue('Mine', {
        target: new LambdaFunction(fn, { deadLetterQueue: new Queue(stack, 'Dead') }),
      });
    }),
  ],
  [
    'the topic for people',
    pass((stack) => ({
      topic: new Topic(stack, 'People', { masterKey: new Key(stack, 'Key') }),
      emails: ['it@hospital.example'],
    })),
  ],
  [
    'the topic of alarms',
    pass((stack) => ({
      alarmTopic: new Topic(stack, 'Alarms', { masterKey: new Key(stack, 'Key') }),
      alarmEmails: ['on-call@hospital.example'],
    })),
  ],
  ['the bus', pass((stack) => ({ bus: new EventBus(stack, 'Bus') }))],
  ['the key', pass((stack) => ({ encryptionKey: new Key(stack, 'Key') }))],
  [
    'the buckets',
    pass((stack) => ({
      outputBuckets: [new Bucket(stack, 'Mine', { encryptionKey: new Key(stack, 'Key') })],
    })),
  ],
  ['the backup plan', pass((stack) => ({ backupPlan: BackupPlan.daily35DayRetention(stack, 'Plan') }))],
  [
    'the VPC',
    pass((stack) => {
      const vpc = new Vpc(stack, 'Vpc');
      return { vpc, securityGroups: [new SecurityGroup(stack, 'Group', { vpc })] };
    }),
  ],
  [
    'all that a consumer owns, with the key of the watcher',
    (theirs, ours) => {
      const encryptionKey = new Key(theirs, 'Key');
      const watcher = watcherIn(ours, { encryptionKey, bus: new EventBus(theirs, 'Bus') });
      watcher.addQueue(new Queue(theirs, 'Queue', { encryptionMasterKey: encryptionKey }));
      watcher.addTopic(new Topic(theirs, 'Topic', { masterKey: encryptionKey }));
    },
  ],
  [
    'a queue, with a bus beside the watcher',
    (theirs, ours) =>
      watcherIn(ours, { bus: new EventBus(ours, 'Bus') }).addQueue(new Queue(theirs, 'Queue')),
  ],
];

describe.each(['theirs', 'ours'] as const)('of another stack, where %s is made first', (first) => {
  test.each(USES)('%s does not point back at the watcher', (_, use) => {
    const { app, theirs, ours } = stacks(first);
    use(theirs, ours);
    app.synth();
    expect(theirs.dependencies).toEqual([]);
    expect(ours.dependencies).toEqual([theirs]);
  });
});

/** The statements of a policy by which EventBridge may send, as text without what CDK joins. */
function statementsIn(template: Template, type: string): string[] {
  return Object.values(template.findResources(type)).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.filter(({ Principal }: { Principal: object }) =>
      JSON.stringify(Principal).includes('events.amazonaws.com'),
    ).map((statement: object) => JSON.stringify(statement)),
  );
}

const nameOfRule = (template: Template, name: RegExp) =>
  Object.values(template.findResources('AWS::Events::Rule'))
    .map(({ Properties }) => Properties.Name as string)
    .find((each) => name.test(each));

test('only the rule of a subscriber may send to a queue, wherever it is', () => {
  const { theirs, ours } = stacks('ours', HERE);
  const watcher = watcherIn(ours);
  watcher.addQueue(new Queue(theirs, 'Queue'));
  watcher.addQueue(new Queue(ours, 'Queue'));
  const ruleOf = (stack: string) => nameOfRule(Template.fromStack(ours), new RegExp(`-${stack}Queue`));
  for (const [stack, name] of [
    [theirs, ruleOf('Theirs')],
    [ours, ruleOf('Ours')],
  ] as const) {
    expect(name).toMatch(/^OursWatcher[0-9A-F]{8}-.{1,23}$/);
    const [statement, ...more] = statementsIn(Template.fromStack(stack), 'AWS::SQS::QueuePolicy').filter(
      (each) => each.includes(name as string),
    );
    expect(more).toEqual([]);
    expect(JSON.parse(statement ?? '').Condition).toEqual({
      StringEquals: { 'aws:SourceAccount': HERE.account },
      ArnLike: {
        'aws:SourceArn': [
          {
            'Fn::Join': [
              '',
              [
                'arn:',
                { Ref: 'AWS::Partition' },
                `:events:${HERE.region}:${HERE.account}:rule/${watcher.watcherName}/${name}`,
              ],
            ],
          },
        ],
      },
    });
  }
});

test('what rules cannot deliver is kept by one statement for all of them', () => {
  const { ours } = stacks('ours', HERE);
  const watcher = watcherIn(ours);
  for (let index = 0; index < 25; index++) watcher.addQueue(new Queue(ours, `Queue${index}`));
  const id = ours.getLogicalId(watcher.ruleDeadLetters.node.defaultChild as never);
  const policies = Object.values(Template.fromStack(ours).findResources('AWS::SQS::QueuePolicy'));
  const policy = policies.find(({ Properties }) => Properties.Queues[0].Ref === id);
  // TLS, the bus, and the rules.
  expect(policy?.Properties.PolicyDocument.Statement).toHaveLength(3);
  expect(JSON.stringify(policy)).toContain(':rule/*OursWatcher');
});

describe('a Stage', () => {
  test('can hold all of it', () => {
    const stage = new Stage(new App(), 'Production', { env: HERE });
    const theirs = new Stack(stage, 'Theirs');
    watcherIn(new Stack(stage, 'Ours')).addQueue(new Queue(theirs, 'Queue'));
    stage.synth();
    expect(theirs.dependencies).toEqual([]);
  });

  test('of its own for a queue is said not to do', () => {
    const app = new App();
    const queue = new Queue(new Stack(new Stage(app, 'Consumers'), 'Theirs'), 'Queue');
    const watcher = watcherIn(new Stack(new Stage(app, 'Imaging'), 'Ours'));
    expect(() => watcher.addQueue(queue)).toThrow(
      new Error(
        "'queue' must not be of another Stage, got 'Consumers/Theirs/Queue': give it a name and pass it by its ARN",
      ),
    );
  });
});

describe('another account or region', () => {
  const given = (theirEnv: Environment) => {
    const { theirs, ours } = stacks('theirs', HERE, theirEnv);
    return { theirs, ours };
  };
  const FORWARD =
    "send events to a bus there (target of 'onImportFinished': EventBus), and from that bus by a rule of its own account and region";
  const named = { queueName: PhysicalName.GENERATE_IF_NEEDED };

  test.each<[string, Environment, (theirs: Stack, ours: Stack) => unknown, string]>([
    [
      'a queue of another account',
      { ...HERE, account: '444455556666' },
      (theirs, ours) => watcherIn(ours).addQueue(new Queue(theirs, 'Queue', named)),
      `'queue' must be in the account of the watcher (111122223333), got 'Theirs/Queue' in 444455556666: ${FORWARD}`,
    ],
    [
      'a queue of another region',
      { ...HERE, region: 'eu-west-1' },
      (theirs, ours) => watcherIn(ours).addQueue(new Queue(theirs, 'Queue', named)),
      `'queue' must be in the region of the watcher (us-east-1), got 'Theirs/Queue' in eu-west-1: ${FORWARD}`,
    ],
    [
      'a topic of another account, by its ARN',
      HERE,
      (_, ours) =>
        watcherIn(ours).addTopic(
          Topic.fromTopicArn(ours, 'Topic', 'arn:aws:sns:us-east-1:444455556666:imports'),
        ),
      `'topic' must be in the account of the watcher (111122223333), got 'Ours/Topic' in 444455556666: ${FORWARD}`,
    ],
    [
      'a topic for people of another region',
      { ...HERE, region: 'eu-west-1' },
      (theirs, ours) => watcherIn(ours, { topic: new Topic(theirs, 'People', { topicName: 'people' }) }),
      "'topic' must be in the region of the watcher (us-east-1), got 'Theirs/People' in eu-west-1: pass a topic of the account and region of the watcher, or leave it out",
    ],
    [
      'a topic of alarms of another region',
      { ...HERE, region: 'eu-west-1' },
      (theirs, ours) => watcherIn(ours, { alarmTopic: new Topic(theirs, 'Alarms', { topicName: 'alarms' }) }),
      "'alarmTopic' must be in the region of the watcher (us-east-1), got 'Theirs/Alarms' in eu-west-1: alarms publish in their own region only: pass a topic of it",
    ],
    [
      'a bus of another account',
      { ...HERE, account: '444455556666' },
      (theirs, ours) => watcherIn(ours, { bus: new EventBus(theirs, 'Bus', { eventBusName: 'shared' }) }),
      "'bus' must be in the account of the watcher (111122223333), got 'Theirs/Bus' in 444455556666: leave it out, and forward events to it (target of 'onImportFinished': EventBus)",
    ],
    [
      'a key of another region',
      HERE,
      (_, ours) =>
        watcherIn(ours, {
          encryptionKey: Key.fromKeyArn(ours, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/0123abcd'),
        }),
      "'encryptionKey' must be in the region of the watcher (us-east-1), got 'Ours/Key' in eu-west-1: pass a key of that region, or leave it out",
    ],
  ])('%s is refused, with what to do', (_, env, use, message) => {
    const { theirs, ours } = given(env);
    expect(() => use(theirs, ours)).toThrow(new Error(message));
  });

  test('the topic of alarms may be of another account: CloudWatch is let in', () => {
    const { theirs, ours } = given({ ...HERE, account: '444455556666' });
    watcherIn(ours, { alarmTopic: new Topic(theirs, 'Alarms', { topicName: 'alarms' }) });
    Template.fromStack(theirs).hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': HERE.account } },
          }),
        ]),
      },
    });
  });
});
