import { Annotations, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Emails } from './emails.ts';
import type { Encryption } from './encryption.ts';
import { askOwner } from './owner.ts';
import type { Settings } from './settings.ts';

/** Of its own, not encrypted with the key: it has to work when it is the key that does not. */
export function addAlarmTopic(
  scope: Construct,
  emails: Emails,
  encryption: Encryption,
  { alarmTopic, alarmEmails }: Settings,
): ITopic {
  const topic =
    alarmTopic ??
    new Topic(scope, 'AlarmTopic', { displayName: 'DICOM import watcher: alarms', enforceSSL: true });
  if (!alarmTopic) {
    acknowledge(
      topic,
      'It carries names of alarms only, and has to work when the key does not',
      'HIPAA.Security-SNSEncryptedKMS',
      'NIST.800.53.R5-SNSEncryptedKMS',
    );
    if (alarmEmails.length === 0) {
      Annotations.of(scope).addWarningV2(
        'dicom-import-watcher:alarms',
        "nobody is notified of alarms: set 'alarmEmails' or 'alarmTopic'",
      );
    }
  }
  // A topic with any policy refuses CloudWatch unless that policy lets it.
  const statement = new PolicyStatement({
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  });
  if (!topic.addToResourcePolicy(statement).statementAdded) {
    askOwner(scope, 'alarm-topic', "the policy of 'alarmTopic'", statement);
  }
  encryption.letAlarmsUse(topic.masterKey);
  for (const address of alarmEmails) emails.subscribe('AlarmEmails', topic, address);
  return topic;
}
