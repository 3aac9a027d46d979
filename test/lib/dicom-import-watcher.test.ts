import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { ENV, HEALTH_IMAGING_EVENTS } from '../../core/contract/names.ts';
import { DicomImportWatcher } from '../../lib/index.ts';
import { readable, synthesize } from './synthesize.ts';

const STORES = ['1'.repeat(32), '2'.repeat(32)];
const template = synthesize();
const configured = synthesize({
  outputBuckets: ['import-output', 'other-output'],
  datastoreIds: STORES,
  emails: ['radiology@hospital.example', 'it@hospital.example'],
  pollInterval: Duration.minutes(10),
  giveUpAfter: Duration.days(2),
});

describe('the rule', () => {
  const pattern = (of: Template) =>
    readable(of, 'AWS::Events::Rule').map(({ properties }) => properties.EventPattern);

  test('matches the four import-job events of HealthImaging and no other', () => {
    expect(pattern(template)[0]).toEqual({
      source: ['aws.medical-imaging'],
      'detail-type': [
        'Import Job Submitted',
        'Import Job In Progress',
        'Import Job Completed',
        'Import Job Failed',
      ],
    });
  });

  test('matches the events of the given data stores only', () => {
    expect(pattern(configured)[0]).toEqual({
      source: [HEALTH_IMAGING_EVENTS.source],
      'detail-type': [...HEALTH_IMAGING_EVENTS.detailTypes],
      detail: { datastoreId: STORES },
    });
  });

  test('is on the default bus and invokes on-import-event, with a dead-letter queue', () => {
    const [rule] = readable(template, 'AWS::Events::Rule');
    expect(rule?.properties).toMatchObject({ State: 'ENABLED' });
    expect(rule?.properties).not.toHaveProperty('EventBusName');
    expect(rule?.properties.Targets).toEqual([
      {
        Id: 'Target0',
        Arn: 'arn:aws:lambda:us-east-1:000000000000:function:WatcherOnImportEvent',
        DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:WatcherRuleDeadLetters' },
      },
    ]);
  });

  test('alone may invoke on-import-event', () => {
    const permissions = readable(template, 'AWS::Lambda::Permission').filter(({ properties }) =>
      properties.FunctionName.includes('OnImportEvent'),
    );
    expect(permissions.map(({ properties }) => properties)).toMatchObject([
      {
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: 'arn:aws:events:us-east-1:000000000000:rule/WatchWatcher-ImportEvents',
      },
    ]);
  });

  test('may send to the dead-letter queue of the rules, as all rules of the watcher may', () => {
    const [policy] = readable(template, 'AWS::SQS::QueuePolicy').filter(({ id }) =>
      id.startsWith('WatcherRuleDead'),
    );
    expect(policy?.properties.PolicyDocument.Statement).toMatchObject([
      { Effect: 'Deny' },
      {
        Condition: {
          ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:000000000000:event-bus/WatcherBus' },
        },
      },
      {
        Principal: { Service: 'events.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': '000000000000' },
          ArnLike: { 'aws:SourceArn': ['arn:aws:events:us-east-1:000000000000:rule/*WatchWatcher-*'] },
        },
      },
    ]);
  });
});

describe('the other rules', () => {
  const rules = (of: Template) =>
    Object.fromEntries(readable(of, 'AWS::Events::Rule').map((rule) => [rule.id, rule.properties]));

  test('tell on-watch-ended of watches that ended otherwise than they should', () => {
    const rule = rules(template).WatcherWatchFailures;
    expect(rule).not.toHaveProperty('EventBusName');
    expect(rule.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: ['arn:aws:states:us-east-1:000000000000:stateMachine:WatchWatcher'],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
    expect(rule).toMatchObject({
      State: 'ENABLED',
      Targets: [expect.objectContaining({ Arn: expect.stringMatching(/function:WatcherOnWatchEnded$/) })],
    });
  });

  test('fire the sweep every quarter of an hour, or as often as asked for, or never', () => {
    expect(rules(template).WatcherSweepSchedule).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      Targets: [expect.objectContaining({ Arn: expect.stringMatching(/function:WatcherSweep$/) })],
    });
    expect(rules(template).WatcherRunningSweepSchedule).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        expect.objectContaining({
          Arn: expect.stringMatching(/function:WatcherSweep$/),
          Input: '{"only":"running"}',
        }),
      ],
    });
    const hourly = synthesize({ sweepInterval: Duration.hours(1) });
    expect(rules(hourly).WatcherSweepSchedule).toMatchObject({ ScheduleExpression: 'rate(1 hour)' });
    const without = synthesize({ sweep: false });
    expect(Object.keys(rules(without))).toEqual(['WatcherImportEvents', 'WatcherWatchFailures']);
    const functions = readable(without, 'AWS::Lambda::Function');
    expect(functions.map(({ id }) => id)).not.toContain('WatcherSweep');
    expect(Object.keys(rules(without)).filter((id) => id.includes('Sweep'))).toEqual([]);
    const told = functions.find(({ id }) => id === 'WatcherOnWatchEnded');
    expect(told?.properties.Environment.Variables).not.toHaveProperty(ENV.repairs);
    expect(readable(without, 'AWS::IAM::Role').map(({ id }) => id)).not.toContain('WatcherSweepServiceRole');
    expect(JSON.stringify(without.toJSON())).not.toMatch(/ListDICOMImportJobs|RedriveExecution/);
  });

  test('have a dead-letter queue each', () => {
    const all = readable(template, 'AWS::Events::Rule');
    expect(all.map(({ id }) => id)).toEqual([
      'WatcherImportEvents',
      'WatcherWatchFailures',
      'WatcherSweepSchedule',
      'WatcherRunningSweepSchedule',
    ]);
    for (const { properties } of all) {
      expect(properties.Targets).toEqual([
        expect.objectContaining({
          DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:WatcherRuleDeadLetters' },
        }),
      ]);
    }
  });
});

test('dashboard: false makes no dashboard, and changes nothing else', () => {
  const withOne = template.toJSON();
  const without = synthesize({ dashboard: false });
  without.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  const [id = ''] = Object.keys(template.findResources('AWS::CloudWatch::Dashboard'));
  const { [id]: dashboard, ...Resources } = withOne.Resources;
  const { Dashboard: address, ...Outputs } = withOne.Outputs;
  expect([dashboard, address]).not.toContain(undefined);
  expect(without.toJSON()).toEqual({ ...withOne, Resources, Outputs });
});

describe('the functions', () => {
  const functions = readable(configured, 'AWS::Lambda::Function');
  const groups = readable(configured, 'AWS::Logs::LogGroup');

  test('are six where somebody gets emails', () => {
    expect(functions.map(({ id }) => id)).toEqual([
      'WatcherCheckImportJob',
      'WatcherSummarizeImport',
      'WatcherOnImportEvent',
      'WatcherOnWatchEnded',
      'WatcherSweep',
      'WatcherSendDigests',
    ]);
  });

  test.each(functions)(
    '$id: runtime, architecture, dead-letter queue, logs, tracing',
    ({ id, properties }) => {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/WatcherEncryptionKey',
      });
      // What runs on a schedule belongs to no job.
      expect(properties.TracingConfig).toEqual(/Sweep|SendDigests/.test(id) ? undefined : { Mode: 'Active' });
      // Only what is invoked with events has any to keep.
      expect(properties.DeadLetterConfig).toEqual(
        /CheckImportJob|SummarizeImport/.test(id)
          ? undefined
          : { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:WatcherFunctionDeadLetters' },
      );
      const group = groups.find(({ id }) => id === properties.LoggingConfig.LogGroup);
      expect(group?.properties).toMatchObject({ RetentionInDays: 90 });
    },
  );

  test('have no more than their own environment', () => {
    const digests = {
      [ENV.audiences]: expect.stringMatching(/^\{"stores":\[\],"audiences":\[\["[0-9a-f]{8}",0,0,0\]\]\}$/),
      [ENV.emailsPerHour]: '20',
      [ENV.timeZone]: 'UTC',
    };
    const notices = {
      ...digests,
      [ENV.stateMachineArn]: 'arn:aws:states:us-east-1:000000000000:stateMachine:WatchWatcher',
      [ENV.watchesTable]: 'WatcherWatches',
      [ENV.busName]: 'WatcherBus',
      [ENV.topicArn]: 'arn:aws:sns:us-east-1:000000000000:WatcherTopic',
      [ENV.stepFunctions]:
        '{"Check import job":"WatcherCheckImportJob","Summarize import":"WatcherSummarizeImport"}',
    };
    const SERVICE = {
      [ENV.watcher]: expect.stringMatching(/^WatchWatcher/),
      [ENV.logLevel]: 'INFO',
    };
    const disclosure = '{"inEvents":false,"inEmails":false,"manifestLinks":true}';
    expect(
      Object.fromEntries(functions.map(({ id, properties }) => [id, properties.Environment.Variables])),
    ).toEqual({
      WatcherCheckImportJob: {
        [ENV.pollIntervalSeconds]: '600',
        [ENV.overdueAfterSeconds]: '21600',
        [ENV.giveUpAfterSeconds]: '172800',
        [ENV.watchesTable]: 'WatcherWatches',
        [ENV.disclosure]: disclosure,
        ...digests,
        ...SERVICE,
      },
      WatcherSummarizeImport: {
        [ENV.disclosure]: disclosure,
        [ENV.watchesTable]: 'WatcherWatches',
        ...digests,
        ...SERVICE,
      },
      WatcherOnImportEvent: {
        [ENV.stateMachineArn]: 'arn:aws:states:us-east-1:000000000000:stateMachine:WatchWatcher',
        [ENV.watchesTable]: 'WatcherWatches',
        ...SERVICE,
      },
      WatcherOnWatchEnded: { ...notices, [ENV.repairs]: 'by the sweep', ...SERVICE },
      WatcherSweep: {
        ...notices,
        [ENV.datastoreIds]: STORES.join(),
        [ENV.emailsExpected]: '[["arn:aws:sns:us-east-1:000000000000:WatcherTopic",2]]',
        ...SERVICE,
      },
      WatcherSendDigests: {
        [ENV.watchesTable]: 'WatcherWatches',
        [ENV.topicArn]: 'arn:aws:sns:us-east-1:000000000000:WatcherTopic',
        ...digests,
        ...SERVICE,
      },
    });
  });

  test('have time and memory for what they do', () => {
    expect(functions.map(({ id, properties }) => [id, properties.Timeout, properties.MemorySize])).toEqual([
      ['WatcherCheckImportJob', 30, 256],
      ['WatcherSummarizeImport', 300, 512],
      ['WatcherOnImportEvent', 30, 256],
      ['WatcherOnWatchEnded', 30, 256],
      ['WatcherSweep', 900, 256],
      ['WatcherSendDigests', 300, 256],
    ]);
  });
});

describe('permissions', () => {
  /** Resources, and the condition, of each statement with this action. */
  const allowed = (of: Template, action: string) =>
    readable(of, 'AWS::IAM::ManagedPolicy').flatMap(({ properties: { PolicyDocument, Roles } }) =>
      PolicyDocument.Statement.filter(({ Action }: { Action: string | string[] }) =>
        [Action].flat().includes(action),
      ).map(({ Resource, Condition }: { Resource: unknown; Condition?: object }) => [
        Roles.join().replace(/^Watcher|(Service)?Role$/g, ''),
        Resource,
        ...(Condition ? [Condition] : []),
      ]),
    );
  const stores = STORES.map((id) => `arn:aws:medical-imaging:us-east-1:000000000000:datastore/${id}`);

  test('reach the data stores that are given, and then no others', () => {
    for (const action of ['GetDICOMImportJob', 'ListDICOMImportJobs']) {
      const named = allowed(configured, `medical-imaging:${action}`);
      expect(named.map(([, resources]) => resources)).toEqual(named.map(() => stores));
    }
    expect(allowed(configured, 'medical-imaging:ListDatastores')).toEqual([]);
    expect(allowed(template, 'medical-imaging:ListDatastores')).toEqual([['Sweep', '*']]);
  });

  test('reach the jobs’ folders in the output buckets, below their prefix where one is given', () => {
    const of = synthesize({ outputBuckets: ['import-output', { name: 'other-output', prefix: 'imports/' }] });
    expect(allowed(of, 's3:GetObject')).toEqual([
      [
        'SummarizeImport',
        ['arn:aws:s3:::import-output/*-DicomImport-*', 'arn:aws:s3:::other-output/imports/*-DicomImport-*'],
      ],
    ]);
    const below = (prefix: string) => ({ StringLike: { 's3:prefix': `${prefix}*-DicomImport-*` } });
    expect(allowed(of, 's3:ListBucket')).toEqual([
      ['SummarizeImport', 'arn:aws:s3:::import-output', below('')],
      ['SummarizeImport', 'arn:aws:s3:::other-output', below('imports/')],
    ]);
  });

  test('belong to roles that are each assumed by their own service only', () => {
    const roles = readable(configured, 'AWS::IAM::Role').map(({ id, properties }) => [
      id,
      ...properties.AssumeRolePolicyDocument.Statement.map((one: { Principal: object }) => one.Principal),
    ]);
    expect(roles).toEqual([
      ['WatcherCheckImportJobServiceRole', { Service: 'lambda.amazonaws.com' }],
      ['WatcherSummarizeImportServiceRole', { Service: 'lambda.amazonaws.com' }],
      ['WatcherWorkflowRole', { Service: 'states.amazonaws.com' }],
      ['WatcherOnImportEventServiceRole', { Service: 'lambda.amazonaws.com' }],
      ['WatcherOnWatchEndedServiceRole', { Service: 'lambda.amazonaws.com' }],
      ['WatcherSweepServiceRole', { Service: 'lambda.amazonaws.com' }],
      ['WatcherSendDigestsServiceRole', { Service: 'lambda.amazonaws.com' }],
    ]);
  });

  test('name the service as HealthImaging does, which CDK would not', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('medicalimaging:');
  });
});

describe('the table of watches', () => {
  test('is keyed by data store and job, forgets by TTL, can be restored, and outlives the stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      Properties: {
        KeySchema: [
          { AttributeName: 'datastoreId', KeyType: 'HASH' },
          { AttributeName: 'jobId', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'datastoreId', AttributeType: 'S' },
          { AttributeName: 'jobId', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('the topic', () => {
  test('is reached over TLS only', () => {
    const topic = { Ref: Match.stringLikeRegexp('^WatcherTopic') };
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [topic],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'AllowPublishThroughSSLOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sns:Publish',
            Resource: topic,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });

  test('has a subscription for each address, and none without', () => {
    const TopicArn = 'arn:aws:sns:us-east-1:000000000000:WatcherTopic';
    const common = {
      Protocol: 'email',
      TopicArn,
      FilterPolicy: {
        format: ['email', expect.stringMatching(/^digest-/)],
        watcher: ['WatchWatcher', { exists: false }],
      },
      RedrivePolicy: {
        deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:WatcherNotificationDeadLetters',
      },
    };
    expect(readable(configured, 'AWS::SNS::Subscription').map(({ properties }) => properties)).toEqual([
      { Endpoint: 'radiology@hospital.example', ...common },
      { Endpoint: 'it@hospital.example', ...common },
    ]);
    template.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});

const DEAD_LETTERS = [
  'WatcherRuleDeadLetters',
  'WatcherNotificationDeadLetters',
  'WatcherFunctionDeadLetters',
];

describe('the dead-letter queues', () => {
  test('keep messages for 14 days, encrypted', () => {
    expect(readable(template, 'AWS::SQS::Queue')).toEqual(
      DEAD_LETTERS.map((id) => ({
        id,
        properties: {
          MessageRetentionPeriod: 14 * 24 * 3600,
          KmsMasterKeyId: expect.any(String),
          RedriveAllowPolicy: { redrivePermission: 'denyAll' },
        },
      })),
    );
  });

  test.each(DEAD_LETTERS)('%s is reached over TLS only', (id) => {
    const prefix = Match.stringLikeRegexp(`^${id}`);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: prefix }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sqs:*',
            Resource: { 'Fn::GetAtt': [prefix, 'Arn'] },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ]),
      },
    });
  });
});

describe('the state machine', () => {
  test('logs every step but no data, and traces', () => {
    const [machine] = readable(template, 'AWS::StepFunctions::StateMachine');
    expect(machine?.properties.LoggingConfiguration).toEqual({
      Level: 'ALL',
      IncludeExecutionData: false,
      Destinations: [
        {
          CloudWatchLogsLogGroup: {
            LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:WatcherWorkflowLogs:*',
          },
        },
      ],
    });
    expect(machine?.properties.TracingConfiguration).toEqual({ Enabled: true });
    expect(machine?.properties.RoleArn).toBe('arn:aws:iam::000000000000:role/WatcherWorkflowRole');
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: Match.stringLikeRegexp('^/aws/vendedlogs/states/WatchWatcher[0-9A-F]{8}$'),
      RetentionInDays: 90,
    });
  });

  test.each([
    ['the default', template, 8],
    ['two days', configured, 3],
  ])('times out a day after giveUpAfter: %s', (_, of, days) => {
    const [machine] = readable(of, 'AWS::StepFunctions::StateMachine');
    expect(JSON.parse(machine?.properties.DefinitionString).TimeoutSeconds).toBe(days * 24 * 3600);
  });
});

test('the stack tells the names that others need', () => {
  template.hasOutput('BusName', { Value: { Ref: Match.stringLikeRegexp('^WatcherBus') } });
  template.hasOutput('TopicArn', { Value: { Ref: Match.stringLikeRegexp('^WatcherTopic') } });
  template.hasOutput('StateMachineArn', { Value: { Ref: Match.stringLikeRegexp('^WatcherWorkflow') } });
});

test('a job is overdue after half of a short giveUpAfter', () => {
  const overdue = (props: Parameters<typeof synthesize>[0]) =>
    readable(synthesize(props), 'AWS::Lambda::Function').find(({ id }) => id === 'WatcherCheckImportJob')
      ?.properties.Environment.Variables[ENV.overdueAfterSeconds];
  expect(overdue({ giveUpAfter: Duration.hours(4) })).toBe('7200');
  expect(overdue({ giveUpAfter: Duration.hours(12) })).toBe('21600');
  expect(overdue({ giveUpAfter: Duration.hours(4), overdueAfter: Duration.hours(3) })).toBe('10800');
});

test('two watchers fit into one stack', () => {
  const stack = new Stack(new App(), 'Two');
  for (const [index, store] of STORES.entries()) {
    new DicomImportWatcher(stack, `Watcher${index}`, {
      outputBuckets: [Bucket.fromBucketName(stack, `Output${index}`, `output-${index}`)],
      datastoreIds: [store],
    });
  }
  const two = Template.fromStack(stack);
  two.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
  const names = Object.values(two.findResources('AWS::Logs::LogGroup'))
    .map(({ Properties }) => Properties.LogGroupName)
    .filter((name) => name !== undefined);
  expect(names).toHaveLength(2);
  expect(new Set(names).size).toBe(2);
});
