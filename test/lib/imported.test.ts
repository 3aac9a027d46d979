import { App, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, DicomImportWatcherStack, type IDicomImportWatcher } from '../../lib/index.ts';

const PLACE = 'us-east-1:111122223333';
const ATTRIBUTES = {
  stateMachineArn: `arn:aws:states:${PLACE}:stateMachine:TheWatcher`,
  busName: 'verdicts',
  topicArn: `arn:aws:sns:${PLACE}:people`,
  tableName: 'watches',
  encryptionKeyArn: `arn:aws:kms:${PLACE}:key/0123abcd-0123-abcd-0123-0123456789ab`,
};

function given(watcherIn: (stack: Stack) => IDicomImportWatcher) {
  const stack = new Stack(new App(), 'Mine', { env: { account: '111122223333', region: 'us-east-1' } });
  const watcher = watcherIn(stack);
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  return { stack, watcher, role };
}
const imported = (stack: Stack) =>
  DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Theirs', ATTRIBUTES);
const own = (stack: Stack) =>
  new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
  });

/** What a role of the test may do. */
function granted(stack: Stack): [unknown, unknown][] {
  const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
  return Object.values(policies).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.map(({ Action, Resource }: never) => [Action, Resource]),
  );
}

describe('a watcher of another stack', () => {
  test('is named by its state machine', () => {
    expect(given(imported).watcher.watcherName).toBe('TheWatcher');
  });

  test('has metrics of its name', () => {
    const metric = given(imported).watcher.metric('eventsLost');
    expect(metric.dimensions).toEqual({ service: 'TheWatcher' });
    expect(metric.metricName).toBe('EventsLost');
  });

  test('has rules on its bus', () => {
    const { stack, watcher } = given(imported);
    const target = new LambdaFunction(Lambda.fromFunctionName(stack, 'Ticket', 'ticket'));
    watcher.onImportFinished('Finished', { target });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'verdicts',
      EventPattern: { source: ['dicom-import-watcher'], 'detail-type': ['DICOM Import Finished'] },
    });
  });

  test('is what the outputs of the stack say, which have what the command line asks besides', () => {
    const stack = new DicomImportWatcherStack(new App(), 'Watch', { outputBuckets: ['import-output'] });
    const outputs = Template.fromStack(stack).findOutputs('*');
    expect(Object.keys(outputs).sort()).toEqual([
      'AlarmTopicArn',
      'BusName',
      'Chat',
      'Dashboard',
      'Disclosure',
      'EncryptionKeyArn',
      'StateMachineArn',
      'TableName',
      'TopicArn',
    ]);
  });

  test('makes nothing', () => {
    const { stack } = given(imported);
    const { Resources } = Template.fromStack(stack).toJSON();
    expect(Object.keys(Resources)).toEqual([expect.stringMatching(/^Role/)]);
  });
});

describe('fails when', () => {
  test.each([
    [
      'the state machine is one of the executions of it',
      { stateMachineArn: `arn:aws:states:${PLACE}:execution:TheWatcher:x` },
      `'stateMachineArn' must be the ARN of a state machine, got 'arn:aws:states:${PLACE}:execution:TheWatcher:x'`,
    ],
    ['the topic is a name', { topicArn: 'people' }, "'topicArn' must be the ARN of a topic, got 'people'"],
    [
      'the key is an id',
      { encryptionKeyArn: '0123abcd' },
      "'encryptionKeyArn' must be the ARN of a KMS key, got '0123abcd'",
    ],
  ])('%s', (_, wrong, message) => {
    const from = (stack: Stack) =>
      DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Theirs', { ...ATTRIBUTES, ...wrong });
    expect(() => given(from)).toThrow(new Error(message));
  });
});

test('outputs of another stack pass, which are known only at deployment', () => {
  const { stack, watcher, role } = given((stack) =>
    DicomImportWatcher.fromDicomImportWatcherAttributes(stack, 'Theirs', {
      stateMachineArn: Fn.importValue('StateMachineArn'),
      busName: Fn.importValue('BusName'),
      topicArn: Fn.importValue('TopicArn'),
      tableName: Fn.importValue('TableName'),
      encryptionKeyArn: Fn.importValue('EncryptionKeyArn'),
    }),
  );
  watcher.grantStartWatch(role);
  expect(granted(stack)[1]).toEqual(['states:StartExecution', { 'Fn::ImportValue': 'StateMachineArn' }]);
});

describe('grantStartWatch', () => {
  test('lets somebody start executions, and use the key through Step Functions', () => {
    const { stack, watcher, role } = given(imported);
    watcher.grantStartWatch(role);
    expect(granted(stack)).toEqual([
      [['kms:Decrypt', 'kms:GenerateDataKey'], ATTRIBUTES.encryptionKeyArn],
      ['states:StartExecution', ATTRIBUTES.stateMachineArn],
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Condition: {
              StringEquals: {
                'kms:ViaService': [{ 'Fn::Join': ['', ['states.us-east-1.', { Ref: 'AWS::URLSuffix' }]] }],
              },
            },
          }),
        ]),
      },
    });
  });

  test('of a watcher of this app does the same', () => {
    const { stack, watcher, role } = given(own);
    watcher.grantStartWatch(role);
    expect(granted(stack).map(([action]) => action)).toEqual([
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'states:StartExecution',
    ]);
  });
});

const arn = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, rest]] });

test('grantRead lets somebody read the table, and how executions went', () => {
  const { stack, watcher, role } = given(imported);
  watcher.grantRead(role);
  expect(granted(stack)).toEqual([
    [['kms:Decrypt', 'kms:GenerateDataKey'], ATTRIBUTES.encryptionKeyArn],
    [['dynamodb:GetItem', 'dynamodb:Query'], [arn(`:dynamodb:${PLACE}:table/watches`)]],
    [
      ['states:DescribeExecution', 'states:GetExecutionHistory'],
      arn(`:states:${PLACE}:execution:TheWatcher:*`),
    ],
  ]);
});
