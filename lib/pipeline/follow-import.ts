import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Choice,
  Condition,
  Fail,
  FieldUtils,
  type INextable,
  JsonPath,
  Pass,
  type State,
  type TaskMetricsConfig,
  TaskStateBase,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { DynamoAttributeValue, DynamoGetItem } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { OUTCOMES, type Outcome, WATCH_ITEM } from '../../core/contract/names.ts';
import { useOfKey } from '../private/encryption.ts';
import { executionsOf } from '../private/permissions.ts';
import { SERVICE_RETRIES } from '../private/retries.ts';
import { check, checkSeconds } from '../private/validate.ts';
import type { IDicomImportWatcher } from '../watcher-interface.ts';
import { problemsOfMachines } from './holding-machines.ts';

/** How the end of a watched import comes back into a state machine. */
export interface ImportOutcomeOptions {
  /** The watcher of the data store's account and region. */
  readonly watcher: IDicomImportWatcher;
  /**
   * Where the result is put into the state: `{ datastoreId, jobId, outcome, eventId }`. Everything else stays as it was.
   * The outcome is the first that was published: where a job ends after ABANDONED, the later verdict is in its event.
   * @default '$.dicomImport'
   */
  readonly resultPath?: string;
  /**
   * Outcomes that fail the fragment, with the error `DicomImport.<outcome>`: catch it on `toSingleState()`. Any of SUCCEEDED,
   * SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED, ABANDONED.
   * @default - none: the next state can branch on the outcome
   */
  readonly failOn?: Outcome[];
  /**
   * How long is waited, after the watch has failed or cannot be followed, for a verdict that the sweep brings about; whole
   * seconds, up to 14 days. Then the fragment fails with the error `DicomImport.WatchFailed`.
   * @default Duration.days(2)
   */
  readonly repairWithin?: Duration;
}

/** Where the result is put where nothing else is said. */
export const DEFAULT_RESULT = '$.dicomImport';
const MAX_REPAIR_SECONDS = 14 * 24 * 3600;
/** The second wait is twice this, the third thrice: late by half a minute after a minute, by ten after two hours. */
const WAIT_STEP_SECONDS = 30;

/**
 * The waiting half, after a state that puts `{ datastoreId, jobId }` at `resultPath`. The watch is followed by its execution while
 * that can be done, and then read from the table, which knows the outcome whichever execution of whatever age brought it about.
 */
export function followImport(
  scope: Construct,
  before: State & INextable,
  {
    watcher,
    resultPath = DEFAULT_RESULT,
    failOn = [],
    repairWithin = Duration.days(2),
  }: ImportOutcomeOptions,
): { end: Pass } {
  check(
    resultPath.startsWith('$.'),
    `'resultPath' must be below the state, such as $.dicomImport, got '${resultPath}'`,
  );
  check(
    new Set(failOn).size === failOn.length,
    `each of 'failOn' must be there once, got ${failOn.join(', ')}`,
  );
  for (const outcome of failOn) {
    check(
      OUTCOMES.includes(outcome),
      `each of 'failOn' must be one of ${OUTCOMES.join(', ')}, got '${outcome}'`,
    );
  }
  checkSeconds('repairWithin', repairWithin, 60, MAX_REPAIR_SECONDS);
  const at = (member: string) => `${resultPath}.${member}`;
  const ids = {
    datastoreId: JsonPath.stringAt(at('datastoreId')),
    jobId: JsonPath.stringAt(at('jobId')),
  };
  const follow = new FollowWatch(scope, 'Follow', { stateName: 'Follow the watch', watcher, ...ids });
  const read = new DynamoGetItem(scope, 'Read', {
    stateName: 'Read the outcome',
    table: watcher.watches,
    key: {
      [WATCH_ITEM.partitionKey]: DynamoAttributeValue.fromString(ids.datastoreId),
      [WATCH_ITEM.sortKey]: DynamoAttributeValue.fromString(ids.jobId),
    },
    consistentRead: true,
    resultPath: at('watch'),
  });
  for (const retry of SERVICE_RETRIES) read.addRetry(retry);
  const outcomeAt = at(`watch.Item.${WATCH_ITEM.outcome}.S`);
  const first = new Pass(scope, 'First wait', {
    stateName: 'Begin to wait',
    parameters: { seconds: 0 },
    resultPath: at('wait'),
  });
  const longer = new Pass(scope, 'Longer', {
    stateName: 'Wait for longer',
    parameters: { seconds: JsonPath.mathAdd(JsonPath.numberAt(at('wait.seconds')), WAIT_STEP_SECONDS) },
    resultPath: at('wait'),
  });
  const wait = new Wait(scope, 'Wait', {
    stateName: 'Wait for a verdict',
    time: WaitTime.secondsPath(at('wait.seconds')),
  });
  const failed = new Fail(scope, 'Failed', {
    stateName: 'The watch failed',
    error: 'DicomImport.WatchFailed',
    cause: 'Nobody brought about a verdict in time: see the runbook of the watcher',
  });
  const result = new Pass(scope, 'Result', {
    stateName: 'Outcome',
    parameters: {
      ...ids,
      outcome: JsonPath.stringAt(outcomeAt),
      eventId: JsonPath.stringAt(at(`watch.Item.${WATCH_ITEM.eventId}.S`)),
    },
    resultPath,
  });
  const known = new Choice(scope, 'Known', { stateName: 'Is the outcome known?' })
    .when(Condition.isPresent(outcomeAt), result)
    .when(Condition.numberGreaterThan(at('wait.seconds'), longestWait(repairWithin)), failed)
    .otherwise(longer);
  longer.next(wait);
  wait.next(read);
  before.next(follow);
  follow.next(first);
  // Another execution of the name has ended, or the watch failed: the table knows what it comes to.
  follow.addCatch(first, { errors: ['States.ALL'], resultPath: JsonPath.DISCARD });
  first.next(read);
  read.next(known);
  if (failOn.length === 0) return { end: result };

  const done = new Pass(scope, 'Done', { stateName: 'Done' });
  const accepted = new Choice(scope, 'Accepted', { stateName: 'Is the outcome accepted?' });
  for (const outcome of failOn) {
    const refuse = new Fail(scope, `Refuse ${outcome}`, {
      stateName: `Fail: ${outcome}`,
      error: `DicomImport.${outcome}`,
      causePath: JsonPath.stringAt(at('eventId')),
    });
    accepted.when(Condition.stringEquals(at('outcome'), outcome), refuse);
  }
  result.next(accepted.otherwise(done));
  return { end: done };
}

/** The wait, each longer than the one before by a step, after which all of them are together as long as this. */
function longestWait(together: Duration): number {
  return Math.ceil(Math.sqrt((2 * together.toSeconds()) / WAIT_STEP_SECONDS)) * WAIT_STEP_SECONDS;
}

interface FollowWatchProps {
  readonly stateName: string;
  readonly watcher: IDicomImportWatcher;
  readonly datastoreId: string;
  readonly jobId: string;
}

/**
 * Runs the watch as a nested execution. Unlike CDK's task it may not stop it: the watch is not the caller's alone, and an
 * execution that is stopped would be reported as a failure.
 */
class FollowWatch extends TaskStateBase {
  protected readonly taskMetrics?: TaskMetricsConfig;
  protected readonly taskPolicies: PolicyStatement[];
  private readonly follow: FollowWatchProps;

  constructor(scope: Construct, id: string, props: FollowWatchProps) {
    super(scope, id, { stateName: props.stateName, resultPath: JsonPath.DISCARD });
    this.follow = props;
    this.taskPolicies = followPolicies(this, props.watcher);
    this.node.addValidation({ validate: () => problemsOfMachines(this) });
  }

  /** @internal */
  protected override _renderTask() {
    const { watcher, datastoreId, jobId } = this.follow;
    return {
      Resource: `arn:${Aws.PARTITION}:states:::states:startExecution.sync:2`,
      Parameters: FieldUtils.renderObject({
        StateMachineArn: watcher.stateMachine.stateMachineArn,
        Name: JsonPath.format('{}-{}', datastoreId, jobId),
        Input: { datastoreId, jobId },
      }),
    };
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html, without `states:StopExecution`. */
function followPolicies(scope: Construct, { stateMachine, watcherName, encryptionKey }: IDicomImportWatcher) {
  const eventsOfExecutions = Stack.of(scope).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
  });
  return [
    new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
    new PolicyStatement({
      actions: ['states:DescribeExecution'],
      resources: [executionsOf(scope, watcherName)],
    }),
    new PolicyStatement({
      actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      resources: [eventsOfExecutions],
    }),
    useOfKey(scope, encryptionKey, ['states', 'dynamodb']),
  ];
}
