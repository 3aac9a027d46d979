import { expect, test } from 'vitest';
import { nameOf, resolve, resourcesOf, type Template } from '../../local/template.ts';

const template: Template = {
  Resources: {
    Topic: { Type: 'AWS::SNS::Topic' },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 3, Tags: [{ Ref: 'Topic' }] } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine' },
    Rule: { Type: 'AWS::Events::Rule' },
    Bucket: { Type: 'AWS::S3::Bucket' },
  },
};

test.each([
  [{ Ref: 'AWS::Region' }, 'us-east-1'],
  [{ Ref: 'Topic' }, 'arn:aws:sns:us-east-1:000000000000:Topic'],
  [{ Ref: 'Queue' }, 'Queue'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Queue'],
  [{ 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'Queue'],
  [{ 'Fn::Select': [5, { 'Fn::Split': [':', { Ref: 'Topic' }] }] }, 'Topic'],
  [{ Ref: 'Machine' }, 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine'],
  [{ 'Fn::GetAtt': ['Machine', 'Name'] }, 'Machine'],
  [{ 'Fn::GetAtt': ['Topic', 'TopicName'] }, 'Topic'],
  [{ 'Fn::GetAtt': ['Rule', 'Arn'] }, 'arn:aws:events:us-east-1:000000000000:rule/Rule'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':x:', { Ref: 'Queue' }]] }, 'arn:aws:x:Queue'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
  [{ 'Fn::Sub': 'in ${AWS::Region} of ${Queue}' }, 'in us-east-1 of Queue'],
  [
    [{ Ref: 'Queue' }, 1, null],
    ['Queue', 1, null],
  ],
  [
    { a: { Ref: 'Queue' }, b: true },
    { a: 'Queue', b: true },
  ],
])('resolves %j', (value, expected) => {
  expect(resolve(template, value)).toEqual(expected);
});

test.each([
  [{ 'Fn::ImportValue': 'x' }, 'does not know Fn::ImportValue'],
  [{ Ref: 'Missing' }, "cannot refer to a missing resource 'Missing'"],
  [{ Ref: 'Bucket' }, "cannot refer to AWS::S3::Bucket 'Bucket'"],
  [
    { 'Fn::GetAtt': ['Machine', 'StateMachineRevisionId'] },
    'does not know the attribute StateMachineRevisionId',
  ],
])('refuses what it cannot resolve: %j', (value, message) => {
  expect(() => resolve(template, value)).toThrow(message);
});

test('finds the resources of a type with their properties resolved', () => {
  expect(resourcesOf(template, 'AWS::SQS::Queue')).toEqual([
    {
      id: 'Queue',
      arn: 'arn:aws:sqs:us-east-1:000000000000:Queue',
      properties: { DelaySeconds: 3, Tags: ['arn:aws:sns:us-east-1:000000000000:Topic'] },
    },
  ]);
});

test.each(['arn:aws:events:us-east-1:1:event-bus/default', 'arn:aws:sqs:us-east-1:1:default', 'default'])(
  'the name in %s',
  (arn) => {
    expect(nameOf(arn)).toBe('default');
  },
);
