import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Choice,
  Condition,
  Fail,
  FieldUtils,
  type INextable,
  JitterType,
  JsonPath,
  Pass,
  type State,
  StateMachineFragment,
  type TaskMetricsConfig,
  TaskStateBase,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService, DynamoAttributeValue, DynamoGetItem } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { OUTCOMES, type Outcome, WATCH_ITEM } from '../../core/contract/names.ts';
import { CLIENT_TOKEN, DATASTORE_ID, JOB_ID, JOB_NAME, S3_URI } from '../../core/contract/patterns.ts';
import { useOfKey } from '../private/encryption.ts';
import { executionsOf } from '../private/permissions.ts';
import { SERVICE_RETRIES } from '../private/retries.ts';
import { check, checkSeconds, checkText } from '../private/validate.ts';
import type { IDicomImportWatcher } from '../watcher-interface.ts';

/** How the end of a watched import comes back into a state machine. */
export interface ImportOutcomeOptions {
  /** The watcher of the data store's account and region. */
  readonly watcher: IDicomImportWatcher;
  /**
   * Where the result is put into the state: `{ datastoreId, jobId, outcome, eventId }`. Everything else stays as it was.
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

/** Which import job is waited for. */
export interface WatchDicomImportProps extends ImportOutcomeOptions {
  /** Id of the data store, or where it is in the state: `JsonPath.stringAt('$.datastoreId')`. */
  readonly datastoreId: string;
  /** Id of an import job that was started, or where it is in the state. */
  readonly jobId: string;
}

/** What is imported, from where and by whom. */
export interface ImportDicomProps extends ImportOutcomeOptions {
  /** Id of the data store, or where it is in the state: `JsonPath.stringAt('$.datastoreId')`. */
  readonly datastoreId: string;
  /** `s3://bucket/prefix/` of the DICOM files, or where it is in the state. */
  readonly inputS3Uri: string;
  /** `s3://bucket/prefix/` for the manifests, or where it is in the state. */
  readonly outputS3Uri: string;
  /** The role that HealthImaging reads and writes the buckets with. */
  readonly dataAccessRole: IRole;
  /**
   * Name of the job: 1 to 64 letters, digits and any of `._/#-`. It shows up in HealthImaging's own events: name no patient.
   * @default - none
   */
  readonly jobName?: string;
  /**
   * What makes two calls the same import: 1 to 64 letters, digits and any of `._-`. The default imports the same files once within an execution,
   * also when it is redriven.
   * @default - of the execution, the input and the output
   */
  readonly clientToken?: string;
}

/** Where the id of the data store is not known at synthesis, any of the account may be imported into. */
const ANY = '*';
const DEFAULT_RESULT = '$.dicomImport';
const MAX_REPAIR_SECONDS = 14 * 24 * 3600;
/** The second wait is twice this, the third thrice: late by half a minute after a minute, by ten after two hours. */
const WAIT_STEP_SECONDS = 30;

/** The outcome of an import job that runs or has ended: waits through the watcher, in whatever order watches begin. */
export class WatchDicomImport extends StateMachineFragment {
  /** The state that it begins with. */
  readonly startState: State;
  /** What is chained to the next state. */
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, props: WatchDicomImportProps) {
    super(scope, id);
    const { datastoreId, jobId, resultPath = DEFAULT_RESULT } = props;
    checkText('datastoreId', datastoreId, DATASTORE_ID);
    checkText('jobId', jobId, JOB_ID);
    const remember = new Pass(this, 'Remember', {
      stateName: 'Remember the job',
      parameters: { datastoreId, jobId },
      resultPath,
    });
    const { end } = followImport(this, remember, props);
    this.startState = remember;
    this.endStates = [end];
  }
}

/**
 * Imports DICOM files and waits for the outcome, as `.sync` would if HealthImaging had one: starts the job with retries
 * where quotas are reached, and follows it through the watcher.
 */
export class ImportDicom extends StateMachineFragment {
  /** The state that it begins with. */
  readonly startState: State;
  /** What is chained to the next state. */
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, props: ImportDicomProps) {
    super(scope, id);
    const { datastoreId, inputS3Uri, outputS3Uri, dataAccessRole, jobName, clientToken } = props;
    checkText('datastoreId', datastoreId, DATASTORE_ID);
    checkText('inputS3Uri', inputS3Uri, S3_URI);
    checkText('outputS3Uri', outputS3Uri, S3_URI);
    if (jobName !== undefined) checkText('jobName', jobName, JOB_NAME);
    if (clientToken !== undefined) checkText('clientToken', clientToken, CLIENT_TOKEN);
    const start = new CallAwsService(this, 'Start', {
      stateName: 'Start the import',
      service: 'medicalimaging',
      action: 'startDICOMImportJob',
      // CDK would make it medicalimaging:startDICOMImportJob, which is no action.
      iamAction: 'medical-imaging:StartDICOMImportJob',
      iamResources: [
        Stack.of(this).formatArn({
          service: 'medical-imaging',
          resource: 'datastore',
          resourceName: JsonPath.isEncodedJsonPath(datastoreId) ? ANY : datastoreId,
        }),
      ],
      additionalIamStatements: [
        new PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [dataAccessRole.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'medical-imaging.amazonaws.com' } },
        }),
      ],
      parameters: {
        DatastoreId: datastoreId,
        InputS3Uri: inputS3Uri,
        OutputS3Uri: outputS3Uri,
        DataAccessRoleArn: dataAccessRole.roleArn,
        ...(jobName !== undefined && { JobName: jobName }),
        ClientToken: clientToken ?? importToken(inputS3Uri, outputS3Uri),
      },
      resultSelector: {
        'datastoreId.$': '$.DatastoreId',
        'jobId.$': '$.JobId',
      },
      resultPath: props.resultPath ?? DEFAULT_RESULT,
    });
    // A data store takes 100 jobs at once, which is a matter of hours; the rest passes in seconds.
    start.addRetry({
      errors: ['MedicalImaging.ServiceQuotaExceededException'],
      interval: Duration.minutes(1),
      backoffRate: 1.5,
      maxDelay: Duration.minutes(15),
      maxAttempts: 100,
      jitterStrategy: JitterType.FULL,
    });
    start.addRetry({
      errors: [
        'MedicalImaging.ThrottlingException',
        'MedicalImaging.InternalServerException',
        'MedicalImaging.SdkClientException',
      ],
      interval: Duration.seconds(2),
      backoffRate: 2,
      maxDelay: Duration.minutes(1),
      maxAttempts: 12,
      jitterStrategy: JitterType.FULL,
    });
    const { end } = followImport(this, start, props);
    this.startState = start;
    this.endStates = [end];
  }
}

/** The same in every try of a task, and when the execution is redriven. */
function importToken(inputS3Uri: string, outputS3Uri: string): string {
  const what = JsonPath.format('{} {} {}', JsonPath.executionId, inputS3Uri, outputS3Uri);
  return JsonPath.hash(what, 'SHA-256');
}

/**
 * The waiting half, after a state that puts `{ datastoreId, jobId }` at `resultPath`. The watch is followed by its execution while
 * that can be done, and then read from the table, which knows the outcome whichever execution of whatever age brought it about.
 */
function followImport(
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
  for (const retry of SERVICE_RETRIES)
    read.addRetry({ ...retry, ...(retry.errors && { errors: [...retry.errors] }) });
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
 * execution that is stopped would be told as a failure.
 */
class FollowWatch extends TaskStateBase {
  protected readonly taskMetrics?: TaskMetricsConfig;
  protected readonly taskPolicies: PolicyStatement[];
  private readonly follow: FollowWatchProps;

  constructor(scope: Construct, id: string, props: FollowWatchProps) {
    super(scope, id, { stateName: props.stateName, resultPath: JsonPath.DISCARD });
    this.follow = props;
    this.taskPolicies = followPolicies(this, props.watcher);
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
