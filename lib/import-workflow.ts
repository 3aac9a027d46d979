import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import {
  Choice,
  Condition,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  LogLevel,
  QueryLanguage,
  type RetryProps,
  StateMachine,
  Succeed,
  TaskInput,
  type TaskStateBase,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import {
  CallAwsService,
  DynamoAttributeValue,
  DynamoUpdateItem,
  EventBridgePutEvents,
  LambdaInvoke,
  SnsPublish,
  type SnsPublishProps,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import {
  MESSAGE_ATTRIBUTES,
  MESSAGE_FORMATS,
  type NextStep,
  PUBLISHED,
  STATES,
  WATCH_ITEM,
} from '../core/contract/names.ts';
import { acknowledgeWildcard } from './private/acknowledge.ts';
import type { Encryption } from './private/encryption.ts';
import { ManagedRole } from './private/managed-role.ts';
import { FUNCTION_RETRIES, SERVICE_RETRIES, WAIT_RETRIES } from './private/retries.ts';

export interface ImportWorkflowProps {
  readonly checkImportJob: IFunction;
  readonly summarizeImport: IFunction;
  readonly watches: ITable;
  readonly bus: IEventBus;
  readonly topic: ITopic;
  /** Whether the topic carries messages for chat as well. */
  readonly chat: boolean;
  /** When a watch ends with the outcome ABANDONED. */
  readonly giveUpAfter: Duration;
  readonly logRetention: RetentionDays;
  /** Name of the state machine and of its log group. */
  readonly name: string;
  readonly encryption: Encryption;
}

/**
 * How long the execution may outlive `giveUpAfter`: the retries of one task, and the time that somebody needs to
 * redrive it. Past that the execution times out, and people are notified.
 */
const LAST_RESORT = Duration.days(1);

/** The states that tell people of a verdict, and those that tell them of an overdue job. */
const TELL_VERDICT = {
  chooseEmail: STATES.chooseEmail,
  email: STATES.notify,
  chooseChat: STATES.chooseChat,
  chat: STATES.notifyChat,
} as const;
const TELL_OVERDUE = {
  chooseEmail: STATES.chooseOverdueEmail,
  email: STATES.notifyOfOverdue,
  chooseChat: STATES.chooseOverdueChat,
  chat: STATES.notifyChatOfOverdue,
} as const;

const text = (path: string) => DynamoAttributeValue.fromString(JsonPath.stringAt(path));

/** The key of the watch's item, from the execution input. */
const itemKey = () => ({
  [WATCH_ITEM.partitionKey]: text('$.datastoreId'),
  [WATCH_ITEM.sortKey]: text('$.jobId'),
});

/** The same, for the wait, which takes the parameters as they are. */
const RAW_ITEM_KEY = {
  [WATCH_ITEM.partitionKey]: { 'S.$': '$.datastoreId' },
  [WATCH_ITEM.sortKey]: { 'S.$': '$.jobId' },
};

/**
 * The state machine: one execution follows one import job. The only Catch is the timeout of the wait: an execution
 * that fails in a Task can be repaired by redrive, one that was caught into a Fail state cannot (ADR 2).
 */
export class ImportWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: ImportWorkflowProps) {
    super(scope, id);
    const check = this.checkImportJob(props);
    const wait = this.waitForNews(props);
    const finish = this.summarizeImport(props)
      .next(this.putEvent(props, STATES.publish, PUBLISHED.importFinished, '$.report'))
      .next(this.tell(props, TELL_VERDICT, '$.report', this.recordOutcome(props)));
    const sayOverdue = this.putEvent(
      props,
      STATES.publishOverdue,
      PUBLISHED.importOverdue,
      '$.check.notice',
    ).next(this.tell(props, TELL_OVERDUE, '$.check.notice', this.recordOverdue(props).next(wait)));

    const nextIs = (next: NextStep) => Condition.stringEquals('$.check.next', next);
    check.next(
      // Without a default on purpose: an unknown next step fails the execution here, loudly.
      new Choice(this, STATES.choose, { stateName: STATES.choose })
        .when(nextIs('running'), wait)
        .when(nextIs('overdue'), sayOverdue)
        .when(Condition.or(nextIs('finished'), nextIs('abandoned')), finish)
        .when(nextIs('told'), this.end('Verdict was published before'))
        .when(nextIs('unknown'), this.end('There is no such job')),
    );
    wait.next(check);
    wait.addCatch(check, { errors: ['States.Timeout'], resultPath: '$.news' });

    const { encryption } = props;
    // https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
    const stateMachineArn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: props.name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const role = new ManagedRole(this, 'Role', 'states.amazonaws.com', stateMachineArn);
    encryption.grantUse(role, 'dynamodb', 'sns');
    encryption.grantUseOf(props.topic, role);
    acknowledgeWildcard(role, '*', 'What takes no resource to be limited to: X-Ray, the delivery of logs');
    this.stateMachine = new StateMachine(this, 'Resource', {
      // CDK allows the role to use the key for a state machine of this name only.
      stateMachineName: props.name,
      role,
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(encryption.key),
      comment: 'Follows one DICOM import job to its end and publishes the verdict',
      definitionBody: DefinitionBody.fromChainable(check),
      queryLanguage: QueryLanguage.JSON_PATH,
      timeout: props.giveUpAfter.plus(LAST_RESORT),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          // Below this prefix the group needs no entry in the account's log resource policy, which is limited in size.
          logGroupName: `/aws/vendedlogs/states/${props.name}`,
          retention: props.logRetention,
          encryptionKey: encryption.key,
          // Its name would stand in the way of the next deployment.
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // Job names and S3 URIs can identify a patient.
        includeExecutionData: false,
      },
    });
  }

  private checkImportJob({ checkImportJob }: ImportWorkflowProps): TaskStateBase {
    return this.withRetries(
      new LambdaInvoke(this, STATES.check, {
        stateName: STATES.check,
        lambdaFunction: checkImportJob,
        ...this.request('$.check'),
        taskTimeout: Timeout.duration(Duration.minutes(1)),
      }),
      FUNCTION_RETRIES,
    );
  }

  /** The wait of the wait-loop: it ends with the news of an event, or after `waitSeconds`. */
  private waitForNews({ watches }: ImportWorkflowProps): CallAwsService {
    return this.withRetries(
      new CallAwsService(this, STATES.wait, {
        stateName: STATES.wait,
        service: 'dynamodb',
        action: 'updateItem',
        integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        parameters: {
          TableName: watches.tableName,
          Key: RAW_ITEM_KEY,
          UpdateExpression: 'SET #token = :token',
          ExpressionAttributeNames: { '#token': WATCH_ITEM.taskToken },
          ExpressionAttributeValues: { ':token': { 'S.$': '$$.Task.Token' } },
        },
        iamResources: [watches.tableArn],
        iamAction: 'dynamodb:UpdateItem',
        taskTimeout: Timeout.at('$.check.waitSeconds'),
        resultPath: '$.news',
      }),
      WAIT_RETRIES,
    );
  }

  private summarizeImport({ summarizeImport }: ImportWorkflowProps): TaskStateBase {
    return this.withRetries(
      new LambdaInvoke(this, STATES.summarize, {
        stateName: STATES.summarize,
        lambdaFunction: summarizeImport,
        ...this.request('$.report'),
        taskTimeout: Timeout.duration(Duration.minutes(6)),
      }),
      FUNCTION_RETRIES,
    );
  }

  private recordOverdue({ watches }: ImportWorkflowProps): TaskStateBase {
    return this.withRetries(
      new DynamoUpdateItem(this, STATES.recordOverdue, {
        stateName: STATES.recordOverdue,
        table: watches,
        key: itemKey(),
        updateExpression: 'SET #id = :id',
        expressionAttributeNames: { '#id': WATCH_ITEM.overdueEventId },
        expressionAttributeValues: { ':id': text('$.check.notice.detail.metadata.id') },
        taskTimeout: Timeout.duration(Duration.minutes(1)),
        resultPath: JsonPath.DISCARD,
      }),
      SERVICE_RETRIES,
    );
  }

  private putEvent(
    { bus }: ImportWorkflowProps,
    stateName: string,
    detailType: string,
    noticePath: string,
  ): TaskStateBase {
    return this.withRetries(
      new EventBridgePutEvents(this, stateName, {
        stateName,
        entries: [
          {
            source: PUBLISHED.source,
            detailType,
            detail: TaskInput.fromJsonPathAt(`${noticePath}.detail`),
            eventBus: bus,
          },
        ],
        taskTimeout: Timeout.duration(Duration.minutes(1)),
        resultPath: JsonPath.DISCARD,
      }),
      SERVICE_RETRIES,
    );
  }

  /**
   * Tells people, and chat where it is wanted: each on its own, so that a retry repeats only what failed, and each unless a
   * digest holds it.
   */
  private tell(
    props: ImportWorkflowProps,
    states: typeof TELL_VERDICT | typeof TELL_OVERDUE,
    noticePath: string,
    rest: IChainable,
  ): IChainable {
    const subject = JsonPath.stringAt(`${noticePath}.email.subject`);
    const body = TaskInput.fromJsonPathAt(`${noticePath}.email.body`);
    const content = { subject, message: body };
    const email = this.sendMessage(props, states.email, MESSAGE_FORMATS.email, noticePath, content);
    const afterEmail = props.chat ? this.tellChat(props, states, noticePath, rest) : rest;
    return this.unlessHeld(states.chooseEmail, `${noticePath}.held.email`, email, afterEmail);
  }

  private tellChat(
    props: ImportWorkflowProps,
    states: typeof TELL_VERDICT | typeof TELL_OVERDUE,
    noticePath: string,
    rest: IChainable,
  ): IChainable {
    const message = TaskInput.fromJsonPathAt(`${noticePath}.chat`);
    const chat = this.sendMessage(props, states.chat, MESSAGE_FORMATS.chat, noticePath, { message });
    return this.unlessHeld(states.chooseChat, `${noticePath}.held.chat`, chat, rest);
  }

  /** Functions of an earlier version, after a rollback, hold nothing and do not say so. */
  private unlessHeld(stateName: string, path: string, send: TaskStateBase, rest: IChainable): IChainable {
    send.next(rest);
    return new Choice(this, stateName, { stateName }).when(Condition.isPresent(path), rest).otherwise(send);
  }

  private sendMessage(
    { topic, name }: ImportWorkflowProps,
    stateName: string,
    format: string,
    noticePath: string,
    content: Pick<SnsPublishProps, 'subject' | 'message'>,
  ): TaskStateBase {
    return this.withRetries(
      new SnsPublish(this, stateName, {
        stateName,
        topic,
        ...content,
        messageAttributes: {
          [MESSAGE_ATTRIBUTES.outcome]: { value: JsonPath.stringAt(`${noticePath}.detail.data.outcome`) },
          [MESSAGE_ATTRIBUTES.datastoreId]: { value: JsonPath.stringAt('$.datastoreId') },
          [MESSAGE_ATTRIBUTES.format]: { value: format },
          // As text: functions of an earlier version, after a rollback, do not say it.
          [MESSAGE_ATTRIBUTES.watcher]: { value: name },
        },
        taskTimeout: Timeout.duration(Duration.minutes(1)),
        resultPath: JsonPath.DISCARD,
      }),
      SERVICE_RETRIES,
    );
  }

  private recordOutcome({ watches }: ImportWorkflowProps): TaskStateBase {
    return this.withRetries(
      new DynamoUpdateItem(this, STATES.record, {
        stateName: STATES.record,
        table: watches,
        key: itemKey(),
        updateExpression:
          'SET #outcome = :outcome, #eventId = :eventId, #verdict = :verdict, #expiresAt = :expiresAt REMOVE #token',
        expressionAttributeNames: {
          // A verdict that supersedes the first is recorded beside it (ADR 15).
          '#outcome': JsonPath.stringAt('$.report.recordAs.outcome'),
          '#eventId': JsonPath.stringAt('$.report.recordAs.eventId'),
          '#verdict': WATCH_ITEM.verdict,
          '#expiresAt': WATCH_ITEM.expiresAt,
          '#token': WATCH_ITEM.taskToken,
        },
        expressionAttributeValues: {
          // As a whole: functions of another version may say more or less.
          ':verdict': DynamoAttributeValue.fromString(
            JsonPath.jsonToString(JsonPath.objectAt('$.report.receipt')),
          ),
          ':outcome': text('$.report.receipt.outcome'),
          ':eventId': text('$.report.receipt.eventId'),
          ':expiresAt': DynamoAttributeValue.numberFromString(JsonPath.stringAt('$.report.expiresAt')),
        },
        taskTimeout: Timeout.duration(Duration.minutes(1)),
        resultPath: JsonPath.DISCARD,
        // The output is copied into AWS's own status-change events: ids and counts, not the whole state.
        outputPath: '$.report.receipt',
      }),
      SERVICE_RETRIES,
    );
  }

  /** An end in silence: what has to be said was said, or there is nothing to say. */
  private end(stateName: string): Succeed {
    return new Succeed(this, stateName, { stateName, outputPath: '$.check' });
  }

  /** What every function gets, and where its answer goes. */
  private request(resultPath: string) {
    return {
      payload: TaskInput.fromObject({
        watch: JsonPath.objectAt('$'),
        watchStartedAt: JsonPath.stringAt('$$.Execution.StartTime'),
        executionArn: JsonPath.stringAt('$$.Execution.Id'),
        executionInput: JsonPath.objectAt('$$.Execution.Input'),
      }),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      resultPath,
    };
  }

  /** The one place where a Task gets its Retry. */
  private withRetries<T extends TaskStateBase>(task: T, retries: readonly RetryProps[]): T {
    for (const retry of retries) task.addRetry(retry);
    return task;
  }
}
