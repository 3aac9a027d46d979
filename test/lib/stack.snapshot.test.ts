import { expect, test } from '@jest/globals';
import { synthesize } from './synthesize.ts';

const template = synthesize({
  datastoreIds: ['0123456789abcdef0123456789abcdef'],
  emails: ['radiology-it@hospital.example'],
});

test('the template is as it was', () => {
  // The schemas are in docs/schemas as well, where a change of them is easier to read.
  const masked = JSON.stringify(template.toJSON(), null, 1)
    .replace(/[0-9a-f]{64}\.zip/g, '<asset>.zip')
    .replace(/"Content": ".*"/g, '"Content": "<schema>"');
  expect(masked.match(/<asset>\.zip/g)).toHaveLength(5);
  expect(masked.length).toBeLessThan(60_000);
  expect(JSON.parse(masked)).toMatchSnapshot();
});

test('what holds state keeps its logical id: another one would replace it', () => {
  const stateful = [
    'AWS::DynamoDB::Table',
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
    'AWS::Events::EventBus': ['WatcherBus5C695502'],
    'AWS::Logs::LogGroup': [
      'WatcherCheckImportJobLogsA8D078B1',
      'WatcherSummarizeImportLogs9D2B75AC',
      'WatcherWorkflowLogs8CF983F7',
      'WatcherOnImportEventLogsDEC13382',
      'WatcherOnWatchEndedLogs2F9822B8',
      'WatcherSweepLogs8B921BB5',
    ],
    'AWS::SNS::Topic': ['WatcherTopic39DB5739'],
    'AWS::SQS::Queue': ['WatcherRuleDeadLetters0E680161', 'WatcherFunctionDeadLetters9F2A5674'],
    'AWS::StepFunctions::StateMachine': ['WatcherWorkflow9D1A2832'],
  });
});

test('synthesis gives the same twice', () => {
  const props = {
    datastoreIds: ['0123456789abcdef0123456789abcdef'],
    emails: ['radiology-it@hospital.example'],
  };
  expect(synthesize(props).toJSON()).toEqual(template.toJSON());
});
