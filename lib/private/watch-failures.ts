import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ENV, STATES, WATCH_FAILURES } from '../../core/contract/names.ts';
import type { PartsWithWorkflow } from './parts.ts';
import { grantOnExecutions, roleOf } from './permissions.ts';

/** Notifies systems and people of watches that failed. */
export function addWatchFailures(parts: PartsWithWorkflow): LambdaFunction {
  const { settings, stateMachine, rules, functionOf } = parts;
  const onWatchEnded = functionOf('OnWatchEnded', {
    handler: 'on-watch-ended',
    description: 'Notifies systems and people of a watch that failed',
    environment: { ...noticeEnvironment(parts), ...(settings.sweep && { [ENV.repairs]: 'by the sweep' }) },
    timeout: Duration.seconds(30),
    memorySize: 256,
    encrypted: ['dynamodb', 'sns', 'states'],
    onEvents: true,
  });
  grantTellFailures(onWatchEnded, parts);
  const pattern = {
    source: [WATCH_FAILURES.source],
    detailType: [WATCH_FAILURES.detailType],
    detail: {
      stateMachineArn: [stateMachine.stateMachineArn],
      status: [...WATCH_FAILURES.statuses],
    },
  };
  rules.invoke(onWatchEnded, 'WatchFailures', [pattern], {
    description: 'Watches that failed, timed out or were stopped',
  });
  return onWatchEnded;
}

/** What a function needs to know to report failed watches. */
export function noticeEnvironment({
  settings,
  stateMachine,
  checkImportJob,
  summarizeImport,
  watches,
  bus,
  topic,
}: PartsWithWorkflow): Record<string, string> {
  return {
    [ENV.stateMachineArn]: stateMachine.stateMachineArn,
    [ENV.watchesTable]: watches.tableName,
    [ENV.busName]: bus.eventBusName,
    [ENV.topicArn]: topic.topicArn,
    [ENV.stepFunctions]: JSON.stringify({
      [STATES.check]: checkImportJob.functionName,
      [STATES.summarize]: summarizeImport.functionName,
    }),
    ...(settings.chat && { [ENV.chat]: 'on' }),
  };
}

/** What a function may do to report failed watches. */
export function grantTellFailures(
  fn: LambdaFunction,
  { name, watches, bus, topic, encryption }: PartsWithWorkflow,
): void {
  grantOnExecutions(fn, name, 'states:DescribeExecution', 'states:GetExecutionHistory');
  watches.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
  bus.grantPutEventsTo(fn);
  fn.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
  encryption.grantUseOf(topic, roleOf(fn));
}
