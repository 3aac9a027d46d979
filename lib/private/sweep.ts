import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ENV } from '../../core/contract/names.ts';
import { RUNNING_SWEEP_SECONDS } from '../../core/contract/poll-schedule.ts';
import type { Emails } from './emails.ts';
import type { PartsWithWorkflow } from './parts.ts';
import { grantOnDatastores, grantOnExecutions } from './permissions.ts';
import { grantTellFailures, noticeEnvironment } from './watch-failures.ts';

/** How often running jobs are swept: the mean delay of an end whose event was lost is half of it (ADR 12). */
const RUNNING_SWEEP_INTERVAL = Duration.seconds(RUNNING_SWEEP_SECONDS);

/**
 * How many ids of data stores the environment of the function has room for, which takes 4 KB in all; more than these stand in
 * the input of its rules, which takes 8 KB.
 */
const MAX_IN_ENVIRONMENT = 20;

export interface SweepParts extends PartsWithWorkflow {
  readonly alarmTopic: ITopic;
  /** Who should get emails: the sweep counts who has not confirmed. */
  readonly emails: Emails;
}

/** Finds, on a schedule, what events did not tell. */
export function addSweep(parts: SweepParts): LambdaFunction {
  const { settings, name, stateMachine, watches, topic, alarmTopic, emails, rules, functionOf } = parts;
  const { datastoreIds, sweepInterval } = settings;
  const inEvent = datastoreIds && datastoreIds.length > MAX_IN_ENVIRONMENT ? { datastoreIds } : undefined;
  const sweep = functionOf('Sweep', {
    handler: 'sweep',
    description: 'Finds jobs that nobody watches and watches that missed their news or failed',
    environment: {
      ...noticeEnvironment(parts),
      [ENV.emailsExpected]: emails.expected,
      ...(datastoreIds && !inEvent && { [ENV.datastoreIds]: datastoreIds.join(',') }),
    },
    timeout: Duration.minutes(15),
    memorySize: 256,
    encrypted: ['dynamodb', 'sns', 'states'],
    onEvents: true,
    traced: false,
  });
  grantTellFailures(sweep, parts);
  stateMachine.grantStartExecution(sweep);
  sweep.addToRolePolicy(
    new PolicyStatement({
      actions: ['sns:GetTopicAttributes'],
      resources: [topic.topicArn, alarmTopic.topicArn],
    }),
  );
  stateMachine.grant(sweep, 'states:ListExecutions', 'states:SendTaskSuccess');
  grantOnExecutions(sweep, name, 'states:RedriveExecution');
  watches.grant(
    sweep,
    'dynamodb:BatchGetItem',
    'dynamodb:DescribeTable',
    'dynamodb:Query',
    'dynamodb:PutItem',
    'dynamodb:DeleteItem',
  );
  const reads = ['medical-imaging:ListDICOMImportJobs', 'medical-imaging:GetDICOMImportJob'];
  grantOnDatastores(sweep, reads, datastoreIds);
  if (!datastoreIds) {
    // The action has no resource to be limited to (service authorization reference).
    sweep.addToRolePolicy(
      new PolicyStatement({ actions: ['medical-imaging:ListDatastores'], resources: ['*'] }),
    );
  }
  const all = {
    description: 'Looks for what events did not tell',
    schedule: Schedule.rate(sweepInterval),
  };
  const running = {
    description: 'Looks for running jobs whose events were lost',
    schedule: Schedule.rate(RUNNING_SWEEP_INTERVAL),
  };
  rules.invoke(sweep, 'SweepSchedule', [{}], all, inEvent);
  rules.invoke(sweep, 'RunningSweepSchedule', [{}], running, { only: 'running', ...inEvent });
  return sweep;
}
