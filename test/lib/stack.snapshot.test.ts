import { expect, test } from 'vitest';
import { synthesize } from './synthesize.ts';

const template = synthesize({
  datastoreIds: ['0123456789abcdef0123456789abcdef'],
  emails: ['radiology-it@hospital.example'],
  schemaRegistry: true,
});

/** What other tests hold, where a change of it is easier to read. */
const HELD_ELSEWHERE: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'alarms.test.ts',
  'AWS::CloudWatch::Dashboard': 'docs/dashboard.svg',
  'AWS::EventSchemas::Schema': 'docs/schemas',
  'AWS::IAM::ManagedPolicy': 'docs/security.md',
};

test('the template is as it was', () => {
  const masked = JSON.stringify(
    template.toJSON(),
    (_, value) =>
      value?.Type in HELD_ELSEWHERE ? { Type: value.Type, Properties: HELD_ELSEWHERE[value.Type] } : value,
    1,
  ).replace(/[0-9a-f]{64}\.zip/g, '<asset>.zip');
  expect(masked.match(/<asset>\.zip/g)).toHaveLength(6);
  expect(masked.length).toBeLessThan(60_000);
  expect(JSON.parse(masked)).toMatchSnapshot();
});

test('what holds state keeps its logical id: another one would replace it', () => {
  const stateful = [
    'AWS::DynamoDB::Table',
    'AWS::KMS::Key',
    'AWS::Events::EventBus',
    'AWS::Logs::LogGroup',
    'AWS::SNS::Topic',
    'AWS::SQS::Queue',
    'AWS::StepFunctions::StateMachine',
  ];
  expect(
    Object.fromEntries(stateful.map((type) => [type, Object.keys(template.findResources(type))])),
  ).toEqual({
    'AWS::DynamoDB::Table': ['WatcherWatches1AB48D9F'],
    'AWS::KMS::Key': ['WatcherEncryptionKey270C6163'],
    'AWS::Events::EventBus': ['WatcherBus5C695502'],
    'AWS::Logs::LogGroup': [
      'WatcherCheckImportJobLogsA8D078B1',
      'WatcherSummarizeImportLogs9D2B75AC',
      'WatcherWorkflowLogs8CF983F7',
      'WatcherOnImportEventLogsDEC13382',
      'WatcherOnWatchEndedLogs2F9822B8',
      'WatcherSweepLogs8B921BB5',
      'WatcherSendDigestsLogsE1886EF5',
    ],
    'AWS::SNS::Topic': ['WatcherAlarmTopicCCCD7A17', 'WatcherTopic39DB5739'],
    'AWS::SQS::Queue': [
      'WatcherRuleDeadLetters0E680161',
      'WatcherNotificationDeadLetters8C6E514D',
      'WatcherFunctionDeadLetters9F2A5674',
    ],
    'AWS::StepFunctions::StateMachine': ['WatcherWorkflow9D1A2832'],
  });
});

test('synthesis gives the same twice', () => {
  const props = {
    datastoreIds: ['0123456789abcdef0123456789abcdef'],
    emails: ['radiology-it@hospital.example'],
    schemaRegistry: true,
  };
  expect(synthesize(props).toJSON()).toEqual(template.toJSON());
});
