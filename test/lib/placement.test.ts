import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { BackupPlan } from 'aws-cdk-lib/aws-backup';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, type DicomImportWatcherProps } from '../../lib/index.ts';

function given(props: (stack: Stack) => Partial<DicomImportWatcherProps>): {
  stack: Stack;
  template: Template;
} {
  const stack = new Stack(new App(), 'Watch');
  new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
    ...props(stack),
  });
  return { stack, template: Template.fromStack(stack) };
}

const vpcIn = (stack: Stack) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-1', 'subnet-2'],
    publicSubnetIds: ['subnet-3', 'subnet-4'],
  });

describe('a VPC', () => {
  test('gets all functions, in its private subnets, with a permission for network interfaces', () => {
    const { template } = given((stack) => ({ vpc: vpcIn(stack) }));
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { VpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: [Match.anyValue()] } },
      5,
    );
    template.resourcePropertiesCountIs(
      'AWS::IAM::ManagedPolicy',
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Action: Match.arrayWith(['ec2:CreateNetworkInterface']), Resource: '*' }),
          ]),
        },
      },
      5,
    );
  });

  test('gets them into the subnets and groups that are given', () => {
    const { template } = given((stack) => {
      const vpc = vpcIn(stack);
      return {
        vpc,
        vpcSubnets: { subnets: vpc.privateSubnets.slice(0, 1) },
        securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
      };
    });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } },
      5,
    );
  });

  test('gets nothing where none is given', () => {
    const { template } = given(() => ({}));
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { VpcConfig: Match.absent() }, 5);
    expect(JSON.stringify(template.toJSON())).not.toContain('ec2:');
  });

  test.each([{ securityGroups: [] }, { vpcSubnets: {} }])(
    'fails when it is not there, and %j is',
    (props) => {
      expect(() => given(() => props)).toThrow(
        new Error("'vpcSubnets' and 'securityGroups' are for functions in a VPC: set 'vpc', got none"),
      );
    },
  );
});

test('a backup plan gets the table', () => {
  const { template } = given((stack) => ({ backupPlan: BackupPlan.fromBackupPlanId(stack, 'Plan', 'plan') }));
  const [selection] = Object.values(template.findResources('AWS::Backup::BackupSelection'));
  expect(selection?.Properties).toMatchObject({ BackupPlanId: 'plan' });
  expect(JSON.stringify(selection?.Properties.BackupSelection.Resources)).toContain('WatcherWatches');
});

describe('the topic of alarms', () => {
  /** CloudWatch is let in by each policy of a topic. */
  const letsAlarmsIn = (template: Template, Topics: unknown[]) =>
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics,
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sns:Publish',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  const untold = Match.stringLikeRegexp("nobody is notified of alarms: set 'alarmEmails' or 'alarmTopic'");

  test('is its own, tells the addresses, and lets CloudWatch in', () => {
    const { stack, template } = given(() => ({ alarmEmails: ['on-call@hospital.example'] }));
    const TopicArn = { Ref: Match.stringLikeRegexp('^WatcherAlarmTopic') };
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@hospital.example',
      TopicArn,
      FilterPolicy: Match.absent(),
      RedrivePolicy: Match.anyValue(),
    });
    letsAlarmsIn(template, [TopicArn]);
    Annotations.fromStack(stack).hasNoWarning('*', untold);
  });

  test('that is passed in lets CloudWatch in, too', () => {
    const { stack, template } = given((scope) => ({ alarmTopic: new Topic(scope, 'OnCall') }));
    letsAlarmsIn(template, [{ Ref: Match.stringLikeRegexp('^OnCall') }]);
    Annotations.fromStack(stack).hasNoWarning('*', untold);
  });

  test('that tells nobody is warned of', () => {
    const { stack } = given(() => ({}));
    Annotations.fromStack(stack).hasWarning('/Watch/Watcher', untold);
  });
});
