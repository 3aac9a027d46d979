import { App, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Function as LambdaFn } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import {
  DicomImportWatcher,
  type DicomImportWatcherProps,
  type SubscriberFilter,
  type SubscriberOutcome,
} from '../../lib/index.ts';

const STORE = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);

function given(props: Partial<DicomImportWatcherProps> = {}, region?: string) {
  const stack = new Stack(new App(), 'Watch', {
    ...(region && { env: { region, account: '111122223333' } }),
  });
  const watcher = new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
    ...props,
  });
  return { stack, watcher, template: () => Template.fromStack(stack) };
}

const logicalId = (stack: Stack, construct: { node: { defaultChild?: unknown } }) =>
  stack.getLogicalId(construct.node.defaultChild as never);

describe('an email', () => {
  test('comes for everything, as text only', () => {
    const { watcher, template } = given();
    watcher.addEmail('it@hospital.example');
    template().hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'it@hospital.example',
      FilterPolicy: { format: ['email', Match.stringLikeRegexp('^digest-')] },
    });
  });

  test('comes for the outcomes and data stores that are wanted', () => {
    const { watcher, template } = given();
    watcher.addEmail('it@hospital.example', { outcomes: ['FAILED', 'OVERDUE'], datastoreIds: [STORE] });
    template().hasResourceProperties('AWS::SNS::Subscription', {
      FilterPolicy: {
        format: ['email', Match.stringLikeRegexp('^digest-')],
        outcome: ['FAILED', 'OVERDUE'],
        datastoreId: [STORE],
      },
    });
  });
});

describe('a queue', () => {
  test('by its name is made: encrypted, TLS only, with a dead-letter queue for its consumers', () => {
    const { stack, watcher, template } = given();
    const queue = watcher.addQueue('pacs');
    const id = logicalId(stack, queue);
    template().hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'pacs',
      KmsMasterKeyId: Match.anyValue(),
      MessageRetentionPeriod: 14 * 24 * 3600,
      RedrivePolicy: {
        maxReceiveCount: 5,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('QueuepacsDeadLetters'), 'Arn'] },
      },
    });
    template().hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': Match.anyValue() },
            },
          }),
        ]),
      },
    });
  });

  test.each(['pacs', 'pacs.fifo'])('%s has a dead-letter queue that is for no other', (name) => {
    const { watcher, template } = given();
    watcher.addQueue(name, name.endsWith('.fifo') ? { messageGroupId: 'imports' } : {});
    template().hasResourceProperties('AWS::SQS::Queue', {
      RedriveAllowPolicy: {
        redrivePermission: 'byQueue',
        sourceQueueArns: [
          {
            'Fn::Join': [
              '',
              [
                'arn:',
                { Ref: 'AWS::Partition' },
                ':sqs:',
                { Ref: 'AWS::Region' },
                ':',
                { Ref: 'AWS::AccountId' },
                `:${name}`,
              ],
            ],
          },
        ],
      },
    });
  });

  test('gets what it wants, and what cannot be delivered is kept', () => {
    const { stack, watcher, template } = given();
    const queue = new Queue(stack, 'Mine');
    expect(watcher.addQueue(queue, { outcomes: ['SUCCEEDED', 'WATCH_FAILED'], datastoreIds: [STORE] })).toBe(
      queue,
    );
    template().hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.stringLikeRegexp('WatcherBus') },
      EventPattern: {
        source: ['dicom-import-watcher'],
        detail: { data: { outcome: ['SUCCEEDED', 'WATCH_FAILED'], datastoreId: [STORE] } },
      },
      Targets: [
        {
          Id: 'Target0',
          Arn: { 'Fn::GetAtt': [logicalId(stack, queue), 'Arn'] },
          DeadLetterConfig: {
            Arn: { 'Fn::GetAtt': [logicalId(stack, watcher.ruleDeadLetters), 'Arn'] },
          },
        },
      ],
    });
  });

  test('that is FIFO gets its message group', () => {
    const { watcher, template } = given();
    watcher.addQueue('pacs.fifo', { messageGroupId: 'imports' });
    template().hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'pacs.fifo',
      FifoQueue: true,
      ContentBasedDeduplication: true,
    });
    template().resourcePropertiesCountIs('AWS::SQS::Queue', { FifoQueue: true }, 2);
    template().hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ SqsParameters: { MessageGroupId: 'imports' } })],
    });
  });
});

describe('a topic for systems', () => {
  test('gets the events, and EventBridge may publish there', () => {
    const { stack, watcher, template } = given();
    const topic = watcher.addTopic('imports', { outcomes: ['FAILED'] });
    const id = logicalId(stack, topic);
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['dicom-import-watcher'], detail: { data: { outcome: ['FAILED'] } } },
      Targets: [Match.objectLike({ Arn: { Ref: id }, DeadLetterConfig: Match.anyValue() })],
    });
    template().hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sns:Publish', Principal: { Service: 'events.amazonaws.com' } }),
        ]),
      },
    });
  });
});

describe('rules', () => {
  const fn = (stack: Stack) =>
    new LambdaFunction(
      LambdaFn.fromFunctionArn(stack, 'Fn', 'arn:aws:lambda:us-east-1:111122223333:function:mine'),
    );

  const METHODS = [
    ['onImportFinished', 'DICOM Import Finished', 'FAILED'],
    ['onImportOverdue', 'DICOM Import Overdue', 'OVERDUE'],
    ['onWatchFailed', 'DICOM Import Watch Failed', 'WATCH_FAILED'],
  ] as const;

  test.each(METHODS)('%s for any target has the filter', (method, detailType, outcome) => {
    const { stack, watcher, template } = given();
    watcher[method]('Mine', { target: fn(stack), datastoreIds: [STORE] });
    watcher[method]('Other', { outcomes: [outcome], datastoreIds: [OTHER] });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.stringLikeRegexp('WatcherBus') },
      EventPattern: {
        source: ['dicom-import-watcher'],
        'detail-type': [detailType],
        detail: { data: { datastoreId: [STORE] } },
      },
      Targets: [Match.objectLike({ Arn: 'arn:aws:lambda:us-east-1:111122223333:function:mine' })],
    });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['dicom-import-watcher'],
        'detail-type': [detailType],
        detail: { data: { outcome: [outcome], datastoreId: [OTHER] } },
      },
    });
  });

  test('have the filter and the pattern of the caller, which stays as it is', () => {
    const { watcher, template } = given();
    const eventPattern = { detail: { data: { datastoreId: [STORE] } } };
    watcher.onImportFinished('Failed', { eventPattern, outcomes: ['FAILED'] });
    watcher.onImportFinished('All', { eventPattern });
    expect(eventPattern).toEqual({ detail: { data: { datastoreId: [STORE] } } });
    const patterns = Object.values(template().findResources('AWS::Events::Rule')).map(
      ({ Properties }) => Properties.EventPattern?.detail?.data,
    );
    expect(patterns).toEqual(
      expect.arrayContaining([{ outcome: ['FAILED'], datastoreId: [STORE] }, { datastoreId: [STORE] }]),
    );
  });

  test('may be of any data store where the watcher is of another app', () => {
    const stack = new Stack(new App(), 'Mine');
    const place = 'us-east-1:111122223333';
    const watcher = DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Theirs', {
      stateMachineArn: `arn:aws:states:${place}:stateMachine:TheWatcher`,
      busName: 'verdicts',
      topicArn: `arn:aws:sns:${place}:people`,
      tableName: 'watches',
      encryptionKeyArn: `arn:aws:kms:${place}:key/0123abcd-0123-abcd-0123-0123456789ab`,
    });
    watcher.onImportFinished('Mine', { outcomes: ['UNVERIFIED', 'ABANDONED'], datastoreIds: [OTHER] });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'verdicts',
      EventPattern: {
        source: ['dicom-import-watcher'],
        'detail-type': ['DICOM Import Finished'],
        detail: { data: { outcome: ['UNVERIFIED', 'ABANDONED'], datastoreId: [OTHER] } },
      },
    });
    expect(() => watcher.onWatchFailed('Other', { datastoreIds: ['x'] })).toThrow(
      new Error("each of 'datastoreIds' must be 32 characters of 0-9 and a-z, got 'x'"),
    );
  });

  test.each(METHODS.map(([method, detailType]) => [method, detailType] as const))(
    '%s is of its detail-type, and takes the options of any rule',
    (method, detailType) => {
      const { stack, watcher, template } = given();
      const rule = watcher[method]('Mine', {
        description: 'mine',
        eventPattern: { detail: { data: { datastoreId: [STORE] } } },
        target: fn(stack),
      });
      expect(rule.node.id).toBe('Mine');
      template().hasResourceProperties('AWS::Events::Rule', {
        Description: 'mine',
        EventBusName: { Ref: Match.stringLikeRegexp('WatcherBus') },
        EventPattern: {
          source: ['dicom-import-watcher'],
          'detail-type': [detailType],
          detail: { data: { datastoreId: [STORE] } },
        },
        Targets: [Match.objectLike({ Arn: 'arn:aws:lambda:us-east-1:111122223333:function:mine' })],
      });
    },
  );
});

describe('an existing bus and topic', () => {
  test('are used, and none is made', () => {
    const stack = new Stack(new App(), 'Watch');
    const topicArn = 'arn:aws:sns:us-east-1:111122223333:people';
    const watcher = new DicomImportWatcher(stack, 'Watcher', {
      outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
      bus: EventBus.fromEventBusName(stack, 'Shared', 'shared'),
      topic: Topic.fromTopicArn(stack, 'People', topicArn),
      emails: ['it@hospital.example'],
    });
    watcher.addQueue('pacs');
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::EventBus', 0);
    // That of alarms.
    template.resourceCountIs('AWS::SNS::Topic', 1);
    template.hasResourceProperties('AWS::SNS::Subscription', { TopicArn: topicArn });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'shared',
      EventPattern: { source: ['dicom-import-watcher'] },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ BUS_NAME: 'shared', TOPIC_ARN: topicArn }) },
    });
  });
});

describe('an archive', () => {
  test('keeps what is published, as long as it shall', () => {
    given({ archiveFor: Duration.days(30) })
      .template()
      .hasResourceProperties('AWS::Events::Archive', {
        EventPattern: {
          source: ['dicom-import-watcher'],
          detail: { metadata: { watcher: [Match.stringLikeRegexp('^WatchWatcher'), { exists: false }] } },
        },
        RetentionDays: 30,
        SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('WatcherBus'), 'Arn'] },
      });
  });

  test('is not there by default', () => {
    given().template().resourceCountIs('AWS::Events::Archive', 0);
  });
});

describe('the schema registry', () => {
  const contents = (template: Template) =>
    Object.values(template.findResources('AWS::EventSchemas::Schema')).map(({ Properties }) => ({
      ...Properties,
      Content: JSON.parse(Properties.Content),
    }));

  test('holds an OpenAPI document of each event', () => {
    const schemas = contents(given({ schemaRegistry: true }).template());
    expect(schemas.map(({ SchemaName, Type }) => [SchemaName, Type])).toEqual([
      ['dicom-import-watcher@DICOMImportFinished', 'OpenApi3'],
      ['dicom-import-watcher@DICOMImportOverdue', 'OpenApi3'],
      ['dicom-import-watcher@DICOMImportWatchFailed', 'OpenApi3'],
    ]);
    for (const { Content } of schemas) {
      expect(Content).toMatchObject({
        openapi: '3.0.0',
        paths: {},
        components: {
          schemas: {
            AWSEvent: {
              type: 'object',
              'x-amazon-events-source': 'dicom-import-watcher',
              required: expect.arrayContaining(['detail-type', 'detail', 'source']),
            },
          },
        },
      });
      // Words of JSON Schema that OpenAPI 3.0 does not know.
      expect(JSON.stringify(Content)).not.toMatch(/"(const|\$schema|\$defs|exclusiveMinimum":\d)/);
    }
  });

  test.each([
    ['eu-west-2', undefined, 0],
    ['eu-west-2', true, 3],
    ['us-east-2', undefined, 0],
    ['us-east-2', true, 3],
    ['us-east-1', false, 0],
    [undefined, undefined, 0],
  ] as const)('in %s where schemaRegistry is %s: %s schemas', (region, schemaRegistry, count) => {
    given({ ...(schemaRegistry !== undefined && { schemaRegistry }) }, region)
      .template()
      .resourceCountIs('AWS::EventSchemas::Schema', count);
  });
});

describe('fails when', () => {
  const cases: [string, (watcher: DicomImportWatcher, stack: Stack) => unknown, string][] = [
    [
      'an address has no @',
      (watcher) => watcher.addEmail('hospital.example'),
      "each of 'emails' must be an email address, got 'hospital.example'",
    ],
    [
      'an outcome is not known',
      (watcher) => watcher.addEmail('a@b', { outcomes: ['DONE'] } as unknown as SubscriberFilter),
      "each of 'outcomes' must be one of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED, ABANDONED, OVERDUE, WATCH_FAILED, got 'DONE'",
    ],
    [
      'outcomes is empty',
      (watcher) => watcher.addQueue('pacs', { outcomes: [] }),
      "'outcomes' must name at least one outcome or be left out, got none",
    ],
    [
      'datastoreIds is empty',
      (watcher) => watcher.addTopic('all', { datastoreIds: [] }),
      "'datastoreIds' must name at least one data store or be left out, got none",
    ],
    [
      'an outcome is there twice',
      (watcher) => watcher.addQueue('pacs', { outcomes: ['FAILED', 'FAILED'] }),
      "each of 'outcomes' must be there once, got 'FAILED' twice",
    ],
    [
      'a data store is not watched',
      (watcher) => watcher.addQueue('pacs', { datastoreIds: [OTHER] }),
      `each of 'datastoreIds' must be one that is watched (${STORE}), got '${OTHER}'`,
    ],
    [
      'an address is added twice, however it is written',
      (watcher) => {
        watcher.addEmail('it@hospital.example');
        watcher.addEmail('IT@hospital.example', { outcomes: ['FAILED'] });
      },
      "each subscriber must be added once, got 'it@hospital.example' twice",
    ],
    [
      'a queue is added twice',
      (watcher, stack) => {
        const queue = new Queue(stack, 'Mine');
        watcher.addQueue(queue);
        watcher.addQueue(queue, { outcomes: ['FAILED'] });
      },
      "each subscriber must be added once, got 'Watch/Mine' twice",
    ],
    [
      'a name of a queue is added twice',
      (watcher) => {
        watcher.addQueue('pacs');
        watcher.addQueue('pacs');
      },
      "each subscriber must be added once, got 'pacs' twice",
    ],
    [
      'a FIFO queue has no group, by name',
      (watcher) => watcher.addQueue('pacs.fifo'),
      "'messageGroupId' must be set for a FIFO queue, got none for 'pacs.fifo'",
    ],
    [
      'a FIFO queue has no group',
      (watcher, stack) => watcher.addQueue(new Queue(stack, 'Mine', { fifo: true })),
      "'messageGroupId' must be set for a FIFO queue, got none for 'Watch/Mine'",
    ],
    [
      'a queue that is not FIFO has a group',
      (watcher) => watcher.addQueue('pacs', { messageGroupId: 'imports' }),
      "'messageGroupId' is for FIFO queues only, got 'imports' for 'pacs'",
    ],
    [
      'a name is none of a queue',
      (watcher) => watcher.addQueue('my queue'),
      "'queue' must be the name of a queue, got 'my queue'",
    ],
    [
      'a name of a queue is known only at deployment',
      (watcher) => watcher.addQueue(Fn.importValue('Queue')),
      "'queue' must be known at synthesis, got a token: pass the resource instead",
    ],
    [
      'a name is none of a topic',
      (watcher) => watcher.addTopic('imports.fifo'),
      "'topic' must be the name of a topic, got 'imports.fifo'",
    ],
    [
      'a name of a topic is known only at deployment',
      (watcher) => watcher.addTopic(Fn.importValue('Topic')),
      "'topic' must be known at synthesis, got a token: pass the resource instead",
    ],
    [
      'a topic is added twice',
      (watcher) => {
        watcher.addTopic('imports');
        watcher.addTopic('imports');
      },
      "each subscriber must be added once, got 'imports' twice",
    ],
    [
      'a target is added twice',
      (watcher, stack) => {
        const target = new LambdaFunction(LambdaFn.fromFunctionName(stack, 'Function', 'ticket'));
        watcher.onImportFinished('Ticket', { target });
        watcher.onImportFinished('Ticket', { target, outcomes: ['FAILED'] });
      },
      "each subscriber must be added once, got 'Ticket' twice",
    ],
    [
      'a list of outcomes is known only at deployment',
      (watcher) =>
        watcher.addQueue('pacs', {
          outcomes: Fn.split(',', Fn.importValue('Outcomes')) as SubscriberOutcome[],
        }),
      "'outcomes' must be a list whose length is known at synthesis, got a token: name each entry, which may be a token",
    ],
    ...(['onImportFinished', 'onImportOverdue', 'onWatchFailed'] as const).flatMap((method): typeof cases => [
      [
        `the outcomes of ${method} are empty`,
        (watcher) => watcher[method]('Ticket', { outcomes: [] }),
        "'outcomes' must name at least one outcome or be left out, got none",
      ],
      [
        `the data stores of ${method} are empty`,
        (watcher) => watcher[method]('Ticket', { datastoreIds: [] }),
        "'datastoreIds' must name at least one data store or be left out, got none",
      ],
      [
        `a data store of ${method} is there twice`,
        (watcher) => watcher[method]('Ticket', { datastoreIds: [STORE, STORE] }),
        `each of 'datastoreIds' must be there once, got '${STORE}' twice`,
      ],
      [
        `a data store of ${method} is not watched`,
        (watcher) => watcher[method]('Ticket', { datastoreIds: [OTHER] }),
        `each of 'datastoreIds' must be one that is watched (${STORE}), got '${OTHER}'`,
      ],
      [
        `the outcomes of ${method} are known only at deployment`,
        (watcher) =>
          watcher[method]('Ticket', {
            outcomes: Fn.split(',', Fn.importValue('Outcomes')) as SubscriberOutcome[],
          }),
        "'outcomes' must be a list whose length is known at synthesis, got a token: name each entry, which may be a token",
      ],
      [
        `the data stores of ${method} are known only at deployment`,
        (watcher) => watcher[method]('Ticket', { datastoreIds: Fn.split(',', Fn.importValue('Stores')) }),
        "'datastoreIds' must be a list whose length is known at synthesis, got a token: name each entry, which may be a token",
      ],
    ]),
    [
      'an outcome of onImportFinished is there twice',
      (watcher) => watcher.onImportFinished('Ticket', { outcomes: ['FAILED', 'FAILED'] }),
      "each of 'outcomes' must be there once, got 'FAILED' twice",
    ],
    [
      'an outcome of onImportFinished is one of notices',
      (watcher) => watcher.onImportFinished('Ticket', { outcomes: ['FAILED', 'OVERDUE'] }),
      "each of 'outcomes' must be one of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED, ABANDONED in 'DICOM Import Finished', got 'OVERDUE'",
    ],
    [
      'an outcome of onImportOverdue is not known',
      (watcher) =>
        watcher.onImportOverdue('Ticket', { outcomes: ['LATE'] as unknown as SubscriberOutcome[] }),
      "each of 'outcomes' must be OVERDUE in 'DICOM Import Overdue', got 'LATE'",
    ],
    [
      'an outcome of onImportOverdue is one of verdicts',
      (watcher) => watcher.onImportOverdue('Ticket', { outcomes: ['OVERDUE', 'ABANDONED'] }),
      "each of 'outcomes' must be OVERDUE in 'DICOM Import Overdue', got 'ABANDONED'",
    ],
    [
      'an outcome of onWatchFailed is one of verdicts',
      (watcher) => watcher.onWatchFailed('Ticket', { outcomes: ['FAILED'] }),
      "each of 'outcomes' must be WATCH_FAILED in 'DICOM Import Watch Failed', got 'FAILED'",
    ],
    [
      'outcomes are named twice',
      (watcher) =>
        watcher.onImportFinished('Ticket', {
          outcomes: ['FAILED'],
          eventPattern: { detail: { data: { outcome: ['UNVERIFIED'] } } },
        }),
      "'outcomes' and 'eventPattern' must not both say which 'outcome' is wanted, got [\"UNVERIFIED\"] in 'eventPattern'",
    ],
    [
      'data stores are named twice',
      (watcher) =>
        watcher.onWatchFailed('Ticket', {
          datastoreIds: [STORE],
          eventPattern: { detail: { data: { datastoreId: [OTHER] } } },
        }),
      `'datastoreIds' and 'eventPattern' must not both say which 'datastoreId' is wanted, got ["${OTHER}"] in 'eventPattern'`,
    ],
    [
      'a topic is FIFO',
      (watcher, stack) => watcher.addTopic(new Topic(stack, 'Mine', { fifo: true })),
      "'topic' must not be FIFO, EventBridge does not deliver there, got 'Watch/Mine'",
    ],
    [
      'a topic is the one for people',
      (watcher) => watcher.addTopic(watcher.topic),
      "'topic' must not be the one for people, who would get JSON, got 'Watch/Watcher/Topic'",
    ],
  ];
  test.each(cases)('%s', (_, use, message) => {
    const { stack, watcher } = given({ datastoreIds: [STORE] });
    expect(() => use(watcher, stack)).toThrow(new Error(message));
  });

  test.each<[string, Duration, string]>([
    ['36 hours', Duration.hours(36), "'archiveFor' must be a whole number of days, got 129600 s"],
    [
      'an hour',
      Duration.hours(1),
      "'archiveFor' must be a whole number of seconds from 86400 to 315360000, got 3600",
    ],
    [
      'a time that is known only at deployment',
      Duration.days(Lazy.number({ produce: () => 3 })),
      "'archiveFor' must be known at synthesis, got a token",
    ],
  ])('an archive is for %s', (_, archiveFor, message) => {
    expect(() => given({ archiveFor })).toThrow(new Error(message));
  });
});

describe('passes', () => {
  test('a queue and a FIFO queue of the same name', () => {
    const { watcher, template } = given({});
    watcher.addQueue('orders');
    watcher.addQueue('orders.fifo', { messageGroupId: 'imports' });
    template().hasResourceProperties('AWS::SQS::Queue', { QueueName: 'orders' });
    template().hasResourceProperties('AWS::SQS::Queue', { QueueName: 'orders.fifo' });
  });

  test('a data store in a filter that is known only at deployment', () => {
    const { watcher, template } = given({ datastoreIds: [STORE] });
    watcher.addQueue('pacs', { datastoreIds: [Fn.importValue('Store')] });
    watcher.onImportFinished('Mine', { datastoreIds: [Fn.importValue('Mine')] });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { data: { datastoreId: [{ 'Fn::ImportValue': 'Mine' }] } } },
    });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { data: { datastoreId: [{ 'Fn::ImportValue': 'Store' }] } } },
    });
  });

  test('any data store in a filter where it is known only at deployment which are watched', () => {
    const { watcher, template } = given({ datastoreIds: [Fn.importValue('Store')] });
    watcher.addQueue('pacs', { datastoreIds: [STORE] });
    watcher.onWatchFailed('Mine', { datastoreIds: [OTHER] });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { data: { datastoreId: [OTHER] } } },
    });
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { data: { datastoreId: [STORE] } } },
    });
  });
});
