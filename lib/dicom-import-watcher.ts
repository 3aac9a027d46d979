import { Duration, Names } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import {
  Archive,
  EventBus,
  type IEventBus,
  type IRuleTarget,
  Rule,
  type RuleProps,
  RuleTargetInput,
  Schedule,
} from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import {
  CLOUDTRAIL_CALL,
  DEFAULT_DISCLOSURE,
  type Disclosure,
  ENV,
  HEALTH_IMAGING_EVENTS,
  LOG_LEVELS,
  PUBLISHED,
  type SweepRequest,
  WATCH_FAILURES,
} from '../core/contract/names.ts';
import { RUNNING_SWEEP_SECONDS } from '../core/contract/poll-schedule.ts';
import { ImportWorkflow } from './import-workflow.ts';
import { addAlarmTopic } from './private/alarm-topic.ts';
import { Alarms } from './private/alarms.ts';
import { checkEmails, Emails } from './private/emails.ts';
import { Encryption } from './private/encryption.ts';
import { checkFilter, eventPattern } from './private/filters.ts';
import {
  HandlerFunction,
  type HandlerFunctionProps,
  type HandlerSettings,
} from './private/handler-function.ts';
import { checkHistoryBudget } from './private/history-budget.ts';
import {
  eventsMay,
  grantOnDatastores,
  grantOnExecutions,
  grantReadManifests,
  roleOf,
} from './private/permissions.ts';
import { deadLetterQueue, deliveryDeadLetterQueue, encryptedQueue } from './private/queues.ts';
import { mayHaveHealthImaging, warnOfRegion } from './private/regions.ts';
import { DEFAULT_POLL_INTERVAL, defaultOverdueAfter } from './private/schedule.ts';
import { SchemaRegistry } from './private/schema-registry.ts';
import { check, checkDatastoreIds, checkName, checkSeconds, checkText } from './private/validate.ts';
import { addWatchTable } from './private/watch-table.ts';
import { addDeadLetterAlarm, addWatcherAlarms } from './private/watcher-alarms.ts';
import { addWatcherDashboard } from './private/watcher-dashboard.ts';
import type { QueueSubscriberOptions, SubscriberFilter } from './subscribers.ts';
import { DicomImportWatcherBase, ImportedWatcher } from './watcher-base.ts';
import type { DicomImportWatcherAttributes, IDicomImportWatcher } from './watcher-interface.ts';
import type { DicomImportWatcherProps } from './watcher-props.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const QUEUE_NAME = /^(?=.{1,80}$)[\w-]+(\.fifo)?$/;
/** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html, without FIFO: EventBridge does not deliver there. */
const TOPIC_NAME = /^[\w-]{1,256}$/;
const LOG_LEVEL = new RegExp(`^(${LOG_LEVELS.join('|')})$`);
/** How often a consumer of a queue may fail on a message before it is set aside. */
const MAX_RECEIVES = 5;
/** How often running jobs are swept: the mean delay of an end of which no event told is half of it (ADR 12). */
const RUNNING_SWEEP_INTERVAL = Duration.seconds(RUNNING_SWEEP_SECONDS);

/**
 * Follows every DICOM import job of AWS HealthImaging to its end and publishes the verdict to an event bus (source
 * `dicom-import-watcher`, detail-type `DICOM Import Finished`) and to an SNS topic. `DICOM Import Overdue` tells of a job
 * that runs for too long, `DICOM Import Watch Failed` of a watch that could not do its work.
 */
export class DicomImportWatcher extends DicomImportWatcherBase {
  /** A watcher of another stack. */
  static fromDicomImportWatcherAttributes(
    scope: Construct,
    id: string,
    attributes: DicomImportWatcherAttributes,
  ): IDicomImportWatcher {
    return new ImportedWatcher(scope, id, attributes);
  }

  /** The name of the state machine, and the dimension `service` of the metrics. */
  readonly watcherName: string;
  /** Encrypts what the watcher keeps. */
  readonly encryptionKey: IKey;
  /** One execution follows one import job; its name is `<datastoreId>-<jobId>`. */
  readonly stateMachine: IStateMachine;
  /** Verdicts for systems: put rules on it. */
  readonly bus: IEventBus;
  /** Verdicts for people. */
  readonly topic: ITopic;
  /** What is known of each watch. */
  readonly watches: ITable;
  /** Events that a rule could not deliver, to our functions or to subscribers. */
  readonly ruleDeadLetters: Queue;
  /** Events on which a function failed. */
  readonly functionDeadLetters: Queue;
  /** Emails that SNS could not deliver. */
  readonly notificationDeadLetters: Queue;
  /** What alarms are sent to. */
  readonly alarmTopic: ITopic;
  /** Alarms on what nobody else would tell of; docs/runbook.md says what to do. */
  readonly alarms: Alarm[];

  private readonly encryption: Encryption;
  /** What all functions have in common. */
  private readonly handlers: HandlerSettings;
  private readonly alarming: Alarms;
  /** Rules that invoke our functions. */
  private readonly ownRules: Rule[] = [];
  private readonly datastoreIds: readonly string[] | undefined;
  private readonly emails: Emails;
  /** What is subscribed, to tell whom to have twice. */
  private readonly subscribers = new Set<string>();

  constructor(scope: Construct, id: string, props: DicomImportWatcherProps) {
    super(scope, id);
    const {
      datastoreIds,
      emails = [],
      giveUpAfter = Duration.days(7),
      sweep = true,
      sweepInterval = Duration.minutes(15),
      chat = false,
      runbookUrl = 'docs/runbook.md',
    } = props;
    const { pollInterval = DEFAULT_POLL_INTERVAL } = props;
    checkSeconds('pollInterval', pollInterval, 1, 24 * 3600);
    const disclosure: Disclosure = { ...DEFAULT_DISCLOSURE, ...props.disclosure };
    check(props.outputBuckets.length > 0, "'outputBuckets' must name at least one bucket, got none");
    checkDatastoreIds(datastoreIds);
    check(
      props.vpc !== undefined || (!props.vpcSubnets && !props.securityGroups),
      "'vpcSubnets' and 'securityGroups' are for functions in a VPC: set 'vpc', got none",
    );
    this.datastoreIds = datastoreIds;
    const { logLevel = 'INFO', logRetention = RetentionDays.THREE_MONTHS } = props;
    checkText('logLevel', logLevel, LOG_LEVEL, `one of ${LOG_LEVELS.join(', ')}`);
    warnOfRegion(this);
    this.watcherName = Names.uniqueResourceName(this, { maxLength: 80 });
    this.encryption = new Encryption(this, 'Encryption', {
      ...(props.encryptionKey && { key: props.encryptionKey }),
    });
    checkSeconds('giveUpAfter', giveUpAfter, 3600, 90 * 24 * 3600);
    const overdueAfter = props.overdueAfter ?? defaultOverdueAfter(giveUpAfter);
    checkSeconds('overdueAfter', overdueAfter, 60, 90 * 24 * 3600);
    check(
      overdueAfter.toSeconds() < giveUpAfter.toSeconds(),
      `'overdueAfter' must be shorter than 'giveUpAfter', got ${overdueAfter.toSeconds()} s and ${giveUpAfter.toSeconds()} s`,
    );
    checkSeconds('sweepInterval', sweepInterval, 60, 24 * 3600);
    check(
      sweepInterval.toSeconds() % 60 === 0,
      `'sweepInterval' must be a whole number of minutes, got ${sweepInterval.toSeconds()} s`,
    );
    checkHistoryBudget(pollInterval.toSeconds(), giveUpAfter.toSeconds());

    this.encryptionKey = this.encryption.key;
    this.watches = addWatchTable(this, this.encryption, props.backupPlan);
    this.ruleDeadLetters = deliveryDeadLetterQueue(this, 'RuleDeadLetters', this.encryption);
    this.notificationDeadLetters = deliveryDeadLetterQueue(this, 'NotificationDeadLetters', this.encryption);
    this.functionDeadLetters = deadLetterQueue(this, 'FunctionDeadLetters', this.encryption);
    this.emails = new Emails(this.notificationDeadLetters);
    this.alarmTopic = addAlarmTopic(this, this.emails, props);
    this.alarming = new Alarms(this, 'Alarms', {
      watcher: this.watcherName,
      runbookUrl,
      actions: [new SnsAction(this.alarmTopic)],
    });
    this.alarms = this.alarming.all;
    this.handlers = {
      logLevel,
      logRetention,
      watcher: this.watcherName,
      deadLetterQueue: this.functionDeadLetters,
      encryption: this.encryption,
      ...(props.vpc && { vpc: props.vpc }),
      ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      ...(props.securityGroups && { securityGroups: props.securityGroups }),
    };
    this.bus = props.bus ?? this.ownBus();
    this.topic =
      props.topic ??
      new Topic(this, 'Topic', {
        displayName: 'DICOM import watcher',
        enforceSSL: true,
        masterKey: this.encryption.key,
      });
    for (const email of emails) {
      const { address, ...filter } = typeof email === 'string' ? { address: email } : email;
      this.addEmail(address, filter);
    }
    if (props.archiveFor) this.addArchive(props.archiveFor);
    if (props.schemaRegistry ?? mayHaveHealthImaging(this)) new SchemaRegistry(this, 'Schemas');
    const checkImportJob = this.function('CheckImportJob', {
      handler: 'check-import-job',
      description: 'Looks at an import job once and decides whether to wait on',
      environment: {
        [ENV.pollIntervalSeconds]: String(pollInterval.toSeconds()),
        [ENV.overdueAfterSeconds]: String(overdueAfter.toSeconds()),
        [ENV.giveUpAfterSeconds]: String(giveUpAfter.toSeconds()),
        [ENV.watchesTable]: this.watches.tableName,
        [ENV.disclosure]: JSON.stringify(disclosure),
      },
      timeout: Duration.seconds(30),
      memorySize: 256,
      encrypted: ['dynamodb', 'states'],
    });
    const summarizeImport = this.function('SummarizeImport', {
      handler: 'summarize-import',
      description: 'Reads the manifests of a finished import and says what is published',
      environment: { [ENV.disclosure]: JSON.stringify(disclosure) },
      timeout: Duration.minutes(5),
      memorySize: 512,
      encrypted: [],
    });

    this.stateMachine = new ImportWorkflow(this, 'Workflow', {
      checkImportJob,
      summarizeImport,
      watches: this.watches,
      bus: this.bus,
      topic: this.topic,
      chat,
      giveUpAfter,
      logRetention,
      name: this.watcherName,
      encryption: this.encryption,
    }).stateMachine;

    const onImportEvent = this.function('OnImportEvent', {
      handler: 'on-import-event',
      description: 'Starts the watch of an import job and wakes it when the job ends',
      environment: {
        [ENV.stateMachineArn]: this.stateMachine.stateMachineArn,
        [ENV.watchesTable]: this.watches.tableName,
      },
      timeout: Duration.seconds(30),
      memorySize: 256,
      encrypted: ['dynamodb', 'states'],
    });

    grantOnDatastores(checkImportJob, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    grantOnDatastores(summarizeImport, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    for (const output of props.outputBuckets) {
      grantReadManifests(summarizeImport, 'bucket' in output ? output : { bucket: output });
    }
    this.stateMachine.grantStartExecution(onImportEvent);
    this.stateMachine.grant(onImportEvent, 'states:SendTaskSuccess');
    this.watches.grant(onImportEvent, 'dynamodb:GetItem');
    this.watches.grant(checkImportJob, 'dynamodb:GetItem');
    const toEvents = this.target(onImportEvent);

    this.ownRule('ImportEvents', {
      description: 'Import-job events of AWS HealthImaging',
      eventPattern: {
        source: [HEALTH_IMAGING_EVENTS.source],
        // CloudTrail's events have the same source: the type tells them apart.
        detailType: [...HEALTH_IMAGING_EVENTS.detailTypes],
        ...(datastoreIds && { detail: { datastoreId: [...datastoreIds] } }),
      },
      targets: [toEvents],
    });
    if (props.cloudTrailTrigger) {
      this.ownRule('StartCalls', {
        description: 'Calls of StartDICOMImportJob that CloudTrail saw and HealthImaging did not refuse',
        eventPattern: {
          source: [HEALTH_IMAGING_EVENTS.source],
          detailType: [CLOUDTRAIL_CALL.detailType],
          detail: {
            eventSource: [CLOUDTRAIL_CALL.eventSource],
            eventName: [CLOUDTRAIL_CALL.eventName],
            errorCode: [{ exists: false }],
            ...(datastoreIds && { requestParameters: { datastoreId: [...datastoreIds] } }),
          },
        },
        targets: [toEvents],
      });
    }
    this.addOnWatchEnded(sweep, chat);
    if (sweep) this.addSweep(sweepInterval, datastoreIds, chat);
    addWatcherAlarms(this.alarming, this, {
      rules: this.ownRules,
      giveUpAfter,
      ...(sweep && { sweepInterval }),
    });
    addWatcherDashboard(this, { name: this.watcherName, runbookUrl, checkImportJob, summarizeImport });
  }

  /**
   * Sends emails to somebody, who has to confirm the subscription.
   * @throws Error on what is no email address, an address that is there already, or a filter that lets nothing through.
   */
  addEmail(address: string, filter: SubscriberFilter = {}): void {
    checkEmails('emails', [address]);
    checkFilter(filter, this.datastoreIds);
    this.subscribe(`the address ${address.toLowerCase()}`);
    this.emails.subscribe(this.topic, address, filter);
  }

  /**
   * Sends events to a queue. A name makes a queue of that name: encrypted, TLS only, with a dead-letter queue for what
   * its consumers fail on. A queue that is passed in gets the permission for EventBridge in its policy.
   * @throws Error on a queue that is there already, a FIFO queue without its message group, or a filter that lets nothing
   * through.
   */
  addQueue(queue: IQueue | string, options: QueueSubscriberOptions = {}): IQueue {
    const { messageGroupId, ...filter } = options;
    const fifo = typeof queue === 'string' ? queue.endsWith('.fifo') : queue.fifo;
    const name = typeof queue === 'string' ? queue : queue.node.path;
    if (typeof queue === 'string') checkName('queue', queue, QUEUE_NAME, 'the name of a queue');
    check(
      !fifo || messageGroupId !== undefined,
      `'messageGroupId' must be set for a FIFO queue, got none for '${name}'`,
    );
    check(
      fifo || messageGroupId === undefined,
      `'messageGroupId' is for FIFO queues only, got '${messageGroupId}' for '${name}'`,
    );
    checkFilter(filter, this.datastoreIds);
    this.subscribe(`the queue ${typeof queue === 'string' ? queue : queue.queueArn}`, name);
    const to = typeof queue === 'string' ? this.queueOf(queue, fifo) : queue;
    const id = `${Names.nodeUniqueId(to.node)}Rule`;
    const reference = Queue.fromQueueAttributes(this, `${id}Target`, { queueArn: to.queueArn, fifo });
    const target = new SqsQueue(reference, {
      ...(messageGroupId !== undefined && { messageGroupId }),
      deadLetterQueue: this.ruleDeadLetters,
    });
    const { ruleArn } = this.rule(id, target, filter);
    to.addToResourcePolicy(eventsMay('sqs:SendMessage', to.queueArn, ruleArn));
    this.encryption.letEventsUse(to.encryptionMasterKey);
    return to;
  }

  /**
   * Sends events as JSON to a topic, for those who fan out by SNS; its subscribers filter on the message body. A name
   * makes a topic of that name.
   * @throws Error on a topic that is there already, the topic for people, or a filter that lets nothing through.
   */
  addTopic(topic: ITopic | string, filter: SubscriberFilter = {}): ITopic {
    const name = typeof topic === 'string' ? topic : topic.node.path;
    if (typeof topic === 'string') checkName('topic', topic, TOPIC_NAME, 'the name of a topic');
    check(topic !== this.topic, `'topic' must not be the one for people, who would get JSON, got '${name}'`);
    check(
      typeof topic === 'string' || !topic.fifo,
      `'topic' must not be FIFO, EventBridge does not deliver there, got '${name}'`,
    );
    checkFilter(filter, this.datastoreIds);
    this.subscribe(`the topic ${typeof topic === 'string' ? topic : topic.topicArn}`, name);
    const to =
      typeof topic === 'string'
        ? new Topic(this, `Topic${topic}`, {
            topicName: topic,
            enforceSSL: true,
            masterKey: this.encryption.key,
          })
        : topic;
    const id = `${Names.nodeUniqueId(to.node)}Rule`;
    const reference = Topic.fromTopicArn(this, `${id}Target`, to.topicArn);
    const target = new SnsTopic(reference, { deadLetterQueue: this.ruleDeadLetters });
    const { ruleArn } = this.rule(id, target, filter);
    to.addToResourcePolicy(eventsMay('sns:Publish', to.topicArn, ruleArn));
    this.encryption.letEventsUse(to.masterKey);
    return to;
  }

  /**
   * Sends events to any target of a rule, which brings its own dead-letter queue.
   * @throws Error on an id that is taken or a filter that lets nothing through.
   */
  addTarget(id: string, target: IRuleTarget, filter: SubscriberFilter = {}): Rule {
    checkFilter(filter, this.datastoreIds);
    this.subscribe(`the target ${id}`);
    return this.rule(id, target, filter);
  }

  private rule(id: string, target: IRuleTarget, filter: SubscriberFilter): Rule {
    return new Rule(this, id, { eventBus: this.bus, eventPattern: eventPattern(filter), targets: [target] });
  }

  private subscribe(key: string, name = key.slice(key.lastIndexOf(' ') + 1)): void {
    check(!this.subscribers.has(key), `each subscriber must be added once, got '${name}' twice`);
    this.subscribers.add(key);
  }

  /** A queue by its name, with one for what its consumers fail on. */
  private queueOf(queueName: string, fifo: boolean): Queue {
    const id = `Queue${queueName.replace('.fifo', 'Fifo')}`;
    const deadLetters = deadLetterQueue(this, `${id}DeadLetters`, this.encryption, fifo);
    addDeadLetterAlarm(
      this.alarming,
      deadLetters,
      id,
      `Consumers of the queue ${queueName} failed on events.`,
    );
    return encryptedQueue(this, id, this.encryption, {
      queueName,
      ...(fifo && { fifo }),
      // Each publication has its own id and time, so that nothing is lost; a consumer drops what it has seen.
      ...(fifo && { contentBasedDeduplication: true }),
      deadLetterQueue: {
        queue: deadLetters,
        maxReceiveCount: MAX_RECEIVES,
      },
    });
  }

  private addArchive(retention: Duration): void {
    checkSeconds('archiveFor', retention, 24 * 3600, 3650 * 24 * 3600);
    check(
      retention.toSeconds() % (24 * 3600) === 0,
      `'archiveFor' must be a whole number of days, got ${retention.toSeconds()} s`,
    );
    new Archive(this, 'Archive', {
      sourceEventBus: this.bus,
      description: 'Verdicts on DICOM imports',
      eventPattern: { source: [PUBLISHED.source] },
      retention,
      kmsKey: this.encryption.key,
    });
  }

  /** Tells of watches that ended without a verdict. */
  private addOnWatchEnded(repairs: boolean, chat: boolean): void {
    const onWatchEnded = this.function('OnWatchEnded', {
      handler: 'on-watch-ended',
      description: 'Tells people and systems of a watch that ended without a verdict',
      environment: { ...this.noticeEnvironment(chat), ...(repairs && { [ENV.repairs]: 'by the sweep' }) },
      timeout: Duration.seconds(30),
      memorySize: 256,
      encrypted: ['dynamodb', 'sns', 'states'],
    });
    this.grantTellFailures(onWatchEnded);
    this.ownRule('WatchFailures', {
      description: 'Watches that failed, timed out or were stopped',
      eventPattern: {
        source: [WATCH_FAILURES.source],
        detailType: [WATCH_FAILURES.detailType],
        detail: {
          stateMachineArn: [this.stateMachine.stateMachineArn],
          status: [...WATCH_FAILURES.statuses],
        },
      },
      targets: [this.target(onWatchEnded)],
    });
  }

  /** Finds, on a schedule, what events did not tell. */
  private addSweep(interval: Duration, datastoreIds: readonly string[] | undefined, chat: boolean): void {
    const sweep = this.function('Sweep', {
      handler: 'sweep',
      description: 'Finds jobs that nobody watches and watches that missed their news or failed',
      environment: {
        ...this.noticeEnvironment(chat),
        [ENV.emailsExpected]: this.emails.expected,
        ...(datastoreIds && { [ENV.datastoreIds]: datastoreIds.join(',') }),
      },
      timeout: Duration.minutes(15),
      memorySize: 256,
      encrypted: ['dynamodb', 'sns', 'states'],
    });
    this.grantTellFailures(sweep);
    this.stateMachine.grantStartExecution(sweep);
    sweep.addToRolePolicy(
      new PolicyStatement({
        actions: ['sns:GetTopicAttributes'],
        resources: [this.topic.topicArn, this.alarmTopic.topicArn],
      }),
    );
    this.stateMachine.grant(sweep, 'states:ListExecutions', 'states:SendTaskSuccess');
    grantOnExecutions(sweep, this.watcherName, 'states:RedriveExecution');
    this.watches.grant(
      sweep,
      'dynamodb:BatchGetItem',
      'dynamodb:DescribeTable',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
    );
    grantOnDatastores(sweep, 'medical-imaging:ListDICOMImportJobs', datastoreIds);
    grantOnDatastores(sweep, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    if (!datastoreIds) {
      // The action has no resource to be limited to (service authorization reference).
      sweep.addToRolePolicy(
        new PolicyStatement({ actions: ['medical-imaging:ListDatastores'], resources: ['*'] }),
      );
    }
    this.ownRule('SweepSchedule', {
      description: 'Looks for what events did not tell',
      schedule: Schedule.rate(interval),
      targets: [this.target(sweep)],
    });
    const running: SweepRequest = { only: 'running' };
    this.ownRule('RunningSweepSchedule', {
      description: 'Looks for what events did not tell of running jobs',
      schedule: Schedule.rate(RUNNING_SWEEP_INTERVAL),
      targets: [this.target(sweep, running)],
    });
  }

  private ownRule(id: string, props: RuleProps): void {
    this.ownRules.push(new Rule(this, id, props));
  }

  private noticeEnvironment(chat: boolean): Record<string, string> {
    return {
      [ENV.stateMachineArn]: this.stateMachine.stateMachineArn,
      [ENV.watchesTable]: this.watches.tableName,
      [ENV.busName]: this.bus.eventBusName,
      [ENV.topicArn]: this.topic.topicArn,
      ...(chat && { [ENV.chat]: 'on' }),
    };
  }

  private grantTellFailures(fn: LambdaFunction): void {
    grantOnExecutions(fn, this.watcherName, 'states:DescribeExecution', 'states:GetExecutionHistory');
    this.watches.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    this.bus.grantPutEventsTo(fn);
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }));
    this.encryption.grantUseOf(this.topic, roleOf(fn));
  }

  /** A function as the target of a rule: what cannot be delivered is kept. */
  private target(fn: LambdaFunction, input?: SweepRequest): LambdaTarget {
    return new LambdaTarget(fn, {
      deadLetterQueue: this.ruleDeadLetters,
      ...(input && { event: RuleTargetInput.fromObject(input) }),
    });
  }

  private function(id: string, props: Omit<HandlerFunctionProps, keyof HandlerSettings>): LambdaFunction {
    return new HandlerFunction(this, id, { ...this.handlers, ...props }).function;
  }

  private ownBus(): EventBus {
    const bus = new EventBus(this, 'Bus', {
      // CDK's own name for it is that of the ids alone, and so the same in stacks whose ids are the same.
      eventBusName: this.watcherName,
      description: 'Verdicts on DICOM imports',
      kmsKey: this.encryption.key,
      // Takes the events that the key cannot be used for.
      deadLetterQueue: this.ruleDeadLetters,
    });
    this.ruleDeadLetters.addToResourcePolicy(
      eventsMay('sqs:SendMessage', this.ruleDeadLetters.queueArn, bus.eventBusArn),
    );
    return bus;
  }
}
