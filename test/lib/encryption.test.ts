import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher } from '../../lib/index.ts';
import { readable, synthesize } from './synthesize.ts';

const template = synthesize({ emails: ['a@hospital.example'], queues: ['pacs', 'orders'] });
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/WatcherEncryptionKey';
const OTHER = 'arn:aws:kms:us-east-1:111122223333:key/0123abcd-0123-abcd-0123-0123456789ab';

/** Where each type of resource says which key encrypts it. */
const ENCRYPTED = {
  'AWS::DynamoDB::Table': 'SSESpecification.KMSMasterKeyId',
  'AWS::Events::Archive': 'KmsKeyIdentifier',
  'AWS::Events::EventBus': 'KmsKeyIdentifier',
  'AWS::Logs::LogGroup': 'KmsKeyId',
  'AWS::SNS::Topic': 'KmsMasterKeyId',
  'AWS::SQS::Queue': 'KmsMasterKeyId',
  'AWS::StepFunctions::StateMachine': 'EncryptionConfiguration.KmsKeyId',
};

function keysOf(of: Template): [string, unknown][] {
  return Object.entries(ENCRYPTED).flatMap(([type, path]) =>
    readable(of, type).map(({ id, properties }): [string, unknown] => [
      id,
      path.split('.').reduce((value, name) => value?.[name], properties),
    ]),
  );
}

describe('one key', () => {
  test('is rotated, and kept with the table', () => {
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    template.resourceCountIs('AWS::KMS::Key', 1);
  });

  test('encrypts all that is kept, but for the topic of alarms', () => {
    const keys = keysOf(template);
    expect(keys.length).toBeGreaterThan(15);
    for (const [id, key] of keys)
      expect([id, key]).toEqual([id, id === 'WatcherAlarmTopic' ? undefined : KEY]);
  });

  test('that is passed in encrypts the same, and none is made', () => {
    const other = synthesize({ encryptionKeyArn: OTHER });
    other.resourceCountIs('AWS::KMS::Key', 0);
    for (const [id, key] of keysOf(other)) {
      expect([id, key]).toEqual([id, id === 'WatcherAlarmTopic' ? undefined : OTHER]);
    }
  });
});

/** The statements of the key's policy, but for the account's own. */
const statements = (of: Template) => {
  const all = readable(of, 'AWS::KMS::Key').flatMap(({ properties }) => properties.KeyPolicy.Statement);
  return (all as Statement[]).filter(({ Sid, Effect }) => Sid && Effect === 'Allow');
};
interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: object;
  readonly Action: string | string[];
  readonly Condition?: object;
}

test('services use the key for this account only', () => {
  const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;
  const ours = (...arns: string[]) => ({
    StringEquals: { 'aws:SourceAccount': '000000000000' },
    ArnLike: { 'aws:SourceArn': arns },
  });
  expect(
    statements(template).map(({ Sid, Principal, Condition }) => [
      Sid,
      Object.values(Principal).join(),
      Condition,
    ]),
  ).toEqual([
    [
      'EventBridge',
      'events.amazonaws.com',
      ours(arn('events', 'rule/*'), arn('events', 'event-bus/*'), arn('events', 'archive/*')),
    ],
    ['EventBridgeLooksAtKey', 'events.amazonaws.com', undefined],
    ['UndeliveredNotifications', 'sns.amazonaws.com', ours(arn('sns', '*'))],
    [
      'Logs',
      'logs.us-east-1.amazonaws.com',
      { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn('logs', '*') } },
    ],
    [
      'LogDelivery',
      'delivery.logs.amazonaws.com',
      { StringEquals: { 'kms:EncryptionContext:SourceArn': arn('logs', '*') } },
    ],
  ]);
});

describe('grants on the key', () => {
  const denied = {
    Sid: 'GrantsToServicesOnly',
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 'kms:CreateGrant',
    Resource: '*',
    Condition: {
      BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
    },
  };

  test('are made by services only, for what they encrypt', () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([denied]) },
    });
  });

  test('that is passed in are up to its owner', () => {
    const stack = new Stack(new App(), 'Watch');
    const outputBuckets = [Bucket.fromBucketName(stack, 'Output', 'import-output')];
    new DicomImportWatcher(stack, 'Watcher', { outputBuckets, encryptionKey: new Key(stack, 'Key') });
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::KMS::Key'))).not.toContain('Deny');
  });
});

test('whoever may look at the key without a condition may do no more', () => {
  for (const { Action, Condition } of statements(template)) {
    if (!Condition) expect(Action).toBe('kms:DescribeKey');
  }
});

test('roles use the key through services only, or for the executions of the state machine', () => {
  const uses = readable(template, 'AWS::IAM::ManagedPolicy').flatMap(({ properties }) =>
    properties.PolicyDocument.Statement.filter(({ Action }: Statement) =>
      [Action].flat().join().includes('kms:'),
    ),
  );
  expect(uses.length).toBeGreaterThan(6);
  for (const { Condition } of uses) {
    expect(Object.keys(Condition.StringEquals).join()).toMatch(
      /^kms:(ViaService|EncryptionContext:(aws:states:stateMachineArn|SourceArn))$/,
    );
  }
});

test('the state machine uses the key for itself', () => {
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Condition: {
            StringEquals: {
              'kms:EncryptionContext:aws:states:stateMachineArn': {
                'Fn::Join': ['', Match.arrayWith([':stateMachine:WatchWatcherD9C57E54'])],
              },
            },
          },
        }),
      ]),
    },
  });
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
    StateMachineName: 'WatchWatcherD9C57E54',
  });
});

describe('the key of a bucket', () => {
  test('may be used by summarize-import, through S3', () => {
    const of = synthesize({ outputBuckets: [{ name: 'import-output', keyArn: OTHER }] });
    of.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'kms:Decrypt',
            Resource: OTHER,
            Condition: {
              StringEquals: {
                'kms:ViaService': {
                  'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
                },
              },
            },
          },
        ]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^WatcherSummarizeImport') }],
    });
  });
});

describe('a bucket of another region', () => {
  const env = { account: '111122223333', region: 'us-east-1' };
  const watcherOf = (keyRegion: string) => {
    const stack = new Stack(new App(), 'Watch', { env });
    const bucket = Bucket.fromBucketAttributes(stack, 'Output', {
      bucketName: 'import-output',
      region: 'eu-west-1',
      encryptionKey: Key.fromKeyArn(stack, 'Key', OTHER.replace('us-east-1', keyRegion)),
    });
    new DicomImportWatcher(stack, 'Watcher', { outputBuckets: [bucket] });
    return Template.fromStack(stack);
  };

  test('is decrypted through S3 of its region', () => {
    const policies = JSON.stringify(watcherOf('eu-west-1').findResources('AWS::IAM::ManagedPolicy'));
    expect(policies).toContain(
      '"kms:ViaService":{"Fn::Join":["",["s3.eu-west-1.",{"Ref":"AWS::URLSuffix"}]]}',
    );
    expect(policies).not.toContain('s3.us-east-1.');
  });

  test('with a key of yet another is refused', () => {
    expect(() => watcherOf('us-east-1')).toThrow(
      new Error(
        "'outputBuckets' must have keys of their own region, got 'Watch/Output' in eu-west-1 with a key in us-east-1",
      ),
    );
  });
});

describe('a key from elsewhere', () => {
  const watcherWith = (keyOf: (stack: Stack) => Key | ReturnType<typeof Key.fromKeyArn>) => {
    const stack = new Stack(new App(), 'Watch');
    new DicomImportWatcher(stack, 'Watcher', {
      outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
      encryptionKey: keyOf(stack),
    });
    return stack;
  };

  test('of this app gets the statements', () => {
    const stack = watcherWith((scope) => new Key(scope, 'Mine'));
    const of = Template.fromStack(stack);
    of.resourceCountIs('AWS::KMS::Key', 1);
    expect(statements(of).map(({ Sid }) => Sid)).toContain('UndeliveredNotifications');
    Annotations.fromStack(stack).hasNoInfo('*', Match.stringLikeRegexp('encryptionKey'));
  });

  test('of another says that its policy is to be seen to', () => {
    const stack = watcherWith((scope) => Key.fromKeyArn(scope, 'Theirs', OTHER));
    Annotations.fromStack(stack).hasInfo(
      '/Watch/Watcher/Encryption',
      "the policy of 'encryptionKey' is not in this app: see that it has the statements of docs/security.md",
    );
  });
});
