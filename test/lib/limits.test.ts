import { App, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, type DicomImportWatcherProps, type SubscriberOutcome } from '../../lib/index.ts';
import { largest } from '../../proof/verify/apps.ts';
import { passedLimits } from '../../proof/verify/validators/limits.ts';

const store = (index: number) => String(index).padStart(32, '0');
const stores = (count: number) => Array.from({ length: count }, (_, index) => store(index));

function given(props: (stack: Stack) => Partial<DicomImportWatcherProps>) {
  const stack = new Stack(new App(), 'Watch');
  const outputBuckets = [Bucket.fromBucketName(stack, 'Output', 'import-output')];
  const watcher = new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets,
    dashboard: false,
    ...props(stack),
  });
  return { stack, watcher, limits: () => passedLimits(Template.fromStack(stack).toJSON() as never) };
}

describe('the walk finds what passes a limit', () => {
  const resources = (Resources: object) => passedLimits({ Resources } as never);
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${'b'.repeat(400)}` };
  const policy = (count: number) => ({ Statement: Array(count).fill(statement) });
  test.each<[string, string, object, string]>([
    [
      'a managed policy',
      'AWS::IAM::ManagedPolicy',
      { PolicyDocument: policy(14) },
      'characters, 6144 allowed',
    ],
    [
      'inline policies in sum',
      'AWS::IAM::Role',
      { Policies: [{ PolicyDocument: policy(12) }, { PolicyDocument: policy(12) }] },
      'characters of inline policies, 10240 allowed',
    ],
    [
      'policies of a role',
      'AWS::IAM::Role',
      { ManagedPolicyArns: stores(11) },
      '11 managed policies, 10 allowed',
    ],
    [
      'a pattern',
      'AWS::Events::Rule',
      { EventPattern: { detail: { id: stores(60) } } },
      'of the pattern, 2048 allowed',
    ],
    [
      'an input',
      'AWS::Events::Rule',
      { Targets: [{ Input: 'x'.repeat(9000) }] },
      '9000 characters of the input',
    ],
    [
      'a policy of a queue',
      'AWS::SQS::QueuePolicy',
      { PolicyDocument: policy(21) },
      '21 statements, 20 allowed',
    ],
    [
      'an environment',
      'AWS::Lambda::Function',
      { Environment: { Variables: { KEY: 'x'.repeat(4094) } } },
      '4097 bytes of the environment, 4096 allowed',
    ],
    [
      'a filter',
      'AWS::SNS::Subscription',
      { FilterPolicy: { one: stores(16), two: stores(10) } },
      '160 combinations of the filter, 150 allowed',
    ],
    ['a policy of a topic', 'AWS::SNS::TopicPolicy', { PolicyDocument: policy(70) }, 'bytes, 30720 allowed'],
    ['a policy of a key', 'AWS::KMS::Key', { KeyPolicy: policy(75) }, 'bytes of the policy, 32768 allowed'],
    ['metrics of an alarm', 'AWS::CloudWatch::Alarm', { Metrics: stores(11) }, '11 metrics, 10 allowed'],
  ])('%s', (_, Type, Properties, message) => {
    expect(resources({ It: { Type, Properties } })).toContainEqual(expect.stringContaining(message));
  });

  test('resources', () => {
    const many = Object.fromEntries(stores(501).map((id) => [id, { Type: 'AWS::SNS::Topic' }]));
    expect(resources(many)).toEqual(['501 resources, 500 allowed']);
  });
});

describe('every limit is kept by', () => {
  test('100 data stores, 50 buckets with prefix and key, 50 queues and 50 addresses', () => {
    const template = largest().synth().getStackByName('Watch').template;
    expect(passedLimits(template)).toEqual([]);
    const policies = Object.keys(template.Resources).filter((id) => /SummarizeImport.*Policy/.test(id));
    expect(policies.length).toBeGreaterThan(2);
  });

  test('as many data stores as a watcher takes, known or not', () => {
    const known = given(() => ({ datastoreIds: stores(200) }));
    known.watcher.onImportFinished('Mine', { datastoreIds: stores(200), outcomes: ['FAILED'] });
    expect(known.limits()).toEqual([]);
    const unknown = given(() => ({
      datastoreIds: stores(200).map((id) => Fn.importValue(`Store${id}`)),
    }));
    expect(unknown.limits()).toEqual([]);
  });
});

describe('past a limit it is said how many fit:', () => {
  test('data stores', () => {
    expect(() => given(() => ({ datastoreIds: stores(201) }))).toThrow(
      new Error(
        "'datastoreIds' must name 200 data stores at most, got 201: leave it out to watch all, or make another watcher for the rest",
      ),
    );
  });

  test('buckets', () => {
    const bucket = (stack: Stack, index: number) => ({
      bucket: Bucket.fromBucketName(stack, `B${index}`, `${'b'.repeat(50)}-${index}`),
      prefix: `${'p'.repeat(900)}/`,
    });
    expect(() =>
      given((stack) => ({ outputBuckets: Array.from({ length: 60 }, (_, index) => bucket(stack, index)) })),
    ).toThrow(
      /^'outputBuckets' must be fewer: of buckets, prefixes and keys as long as these, 2\d fit into the policies of a role, got 60$/,
    );
  });

  test('data stores of an email, as docs/emails.md says', () => {
    const { watcher, limits } = given(() => ({ datastoreIds: stores(100) }));
    const outcomes: SubscriberOutcome[] = ['NOTHING_IMPORTED', 'FAILED', 'WATCH_FAILED'];
    watcher.addEmail('all@hospital.example', { datastoreIds: stores(37) });
    watcher.addEmail('three@hospital.example', { datastoreIds: stores(12), outcomes });
    expect(limits()).toEqual([]);
    const past = (most: number, got: number) =>
      new Error(
        `'datastoreIds' of an email must name ${most} at most with these outcomes, got ${got}: leave it out for all that are watched`,
      );
    expect(() => watcher.addEmail('a@hospital.example', { datastoreIds: stores(38) })).toThrow(past(37, 38));
    expect(() => watcher.addEmail('b@hospital.example', { datastoreIds: stores(13), outcomes })).toThrow(
      past(12, 13),
    );
  });

  test('what an event pattern adds', () => {
    const { stack, watcher } = given(() => ({}));
    watcher.onImportFinished('Mine', {
      eventPattern: { detail: { data: { jobName: stores(60) } } },
    });
    expect(() => Template.fromStack(stack)).toThrow(
      /the event pattern must have 2048 characters at most, got 2\d{3} with what 'eventPattern' adds/,
    );
  });
});

test('a rule that is split is one for who adds targets and patterns', () => {
  const { stack, watcher } = given(() => ({}));
  const rule = watcher.onImportFinished('Mine', { datastoreIds: stores(100) });
  rule.addTarget(new LambdaFunction(Lambda.fromFunctionName(stack, 'Fn', 'ticket')));
  rule.addEventPattern({ detail: { data: { jobName: ['nightly'] } } });
  const rules = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')).filter(
    ({ Properties }) => Properties.EventBusName,
  );
  expect(rules.length).toBeGreaterThan(1);
  expect(rules.flatMap(({ Properties }) => Properties.EventPattern.detail.data.datastoreId)).toEqual(
    stores(100),
  );
  for (const { Properties } of rules) {
    expect(Properties.Targets).toHaveLength(1);
    expect(Properties.EventPattern.detail.data.jobName).toEqual(['nightly']);
  }
});

test('more data stores than the environment has room for are named by the rules of the sweep', () => {
  const inputs = (count: number) => {
    const { stack } = given(() => ({ datastoreIds: stores(count) }));
    const template = Template.fromStack(stack);
    const rules = Object.values(template.findResources('AWS::Events::Rule'));
    const sweeps = Object.values(template.findResources('AWS::Lambda::Function')).flatMap(
      ({ Properties }) => Properties.Environment.Variables.DATASTORE_IDS ?? [],
    );
    return {
      environment: sweeps,
      inputs: rules
        .filter(({ Properties }) => Properties.ScheduleExpression)
        .map(({ Properties }) => JSON.parse(Properties.Targets[0].Input ?? '{}')),
    };
  };
  expect(inputs(20)).toEqual({ environment: [stores(20).join(',')], inputs: [{}, { only: 'running' }] });
  expect(inputs(21)).toEqual({
    environment: [],
    inputs: [{ datastoreIds: stores(21) }, { only: 'running', datastoreIds: stores(21) }],
  });
});

test('permissions are managed policies in apps with every feature flag', () => {
  const context = { '@aws-cdk/aws-lambda:createNewPoliciesWithAddToRolePolicy': true };
  const stack = new Stack(new App({ context }), 'Watch');
  const bucket = Bucket.fromBucketName(stack, 'Output', 'import-output');
  new DicomImportWatcher(stack, 'Watcher', { outputBuckets: [bucket] }).addQueue(new Queue(stack, 'Mine'));
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
});
