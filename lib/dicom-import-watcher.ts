import { Annotations, ArnFormat, Duration, Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BackupResource, BackupSelection, type IBackupPlan } from 'aws-cdk-lib/aws-backup';
import { type Alarm, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  Archive,
  EventBus,
  type IEventBus,
  type IRuleTarget,
  type OnEventOptions,
  Rule,
  type RuleProps,
  Schedule,
} from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type IRole, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  CLOUDTRAIL_CALL,
  type Disclosure,
  ENV,
  HEALTH_IMAGING_EVENTS,
  LOG_LEVELS,
  type LogLevel,
  METRICS,
  type MetricName,
  type Outcome,
  type PollSchedule,
  PUBLISHED,
  WATCH_FAILURES,
  WATCH_ITEM,
} from '../lambda/contract.ts';
import { ImportWorkflow } from './import-workflow.ts';
import { acknowledge, acknowledgeWildcard } from './private/acknowledge.ts';
import { Alarms } from './private/alarms.ts';
import { Encryption } from './private/encryption.ts';
import { checkFilter, emailFilterPolicy, eventPattern } from './private/filters.ts';
import {
  HandlerFunction,
  type HandlerFunctionProps,
  type HandlerSettings,
} from './private/handler-function.ts';
import { checkHistoryBudget } from './private/history-budget.ts';
import { hasSchemaRegistry, SchemaRegistry } from './private/schema-registry.ts';
import { check, checkDatastoreIds, checkEach, checkKnown, checkSeconds } from './private/validate.ts';
import { addDeadLetterAlarm, addWatcherAlarms } from './private/watcher-alarms.ts';
import { addWatcherDashboard } from './private/watcher-dashboard.ts';
import type {
  DisclosureProps,
  EmailSubscriber,
  QueueSubscriberOptions,
  SubscriberFilter,
} from './subscribers.ts';

/** When a running job is looked at again if no event comes. */
export interface PollScheduleProps {
  /**
   * Shortest wait between two checks; whole seconds.
   * @default Duration.seconds(30)
   */
  readonly minInterval?: Duration;
  /**
   * The wait as a share of the job's age: with 0.1 a job that has run for an hour is looked at after six minutes.
   * @default 0.1
   */
  readonly growth?: number;
  /**
   * Longest wait between two checks, and so the longest delay of a verdict whose event was lost; whole seconds.
   * @default Duration.minutes(15)
   */
  readonly maxInterval?: Duration;
}

/** A part of a bucket that import jobs write their output to. */
export interface OutputBucket {
  readonly bucket: IBucket;
  /**
   * What the keys of all output begin with, such as `imports/`.
   * @default - nothing: the whole bucket
   */
  readonly prefix?: string;
}

export interface DicomImportWatcherProps {
  /**
   * Where import jobs write their output: the watcher reads the manifests there. At least one bucket, or one with the
   * prefix that all jobs write below. A bucket that knows its `encryptionKey` may be decrypted, too.
   */
  readonly outputBuckets: readonly (IBucket | OutputBucket)[];
  /**
   * Ids of the data stores whose import jobs are watched.
   * @default - every data store of the account in the region
   */
  readonly datastoreIds?: readonly string[];
  /**
   * Who gets emails: addresses for all, or with the outcomes that somebody wants. Each has to confirm the subscription.
   * @default - no email
   */
  readonly emails?: readonly (string | EmailSubscriber)[];
  /**
   * The bus that verdicts are published on.
   * @default - a bus of its own
   */
  readonly bus?: IEventBus;
  /**
   * The topic that people are told by. What else is published there does not reach those whom `addEmail` adds.
   * @default - a topic of its own
   */
  readonly topic?: ITopic;
  /**
   * Whether the topic also carries messages that Amazon Q Developer in chat applications renders in Slack and Teams.
   * @default false
   */
  readonly chat?: boolean;
  /**
   * How long published events are kept for replay; whole days.
   * @default - they are not kept
   */
  readonly archiveFor?: Duration;
  /**
   * Whether the schemas of the events are put into an EventBridge schema registry.
   * @default - true in the regions of HealthImaging and where the region is not known at synthesis
   */
  readonly schemaRegistry?: boolean;
  /**
   * What may identify a patient and is told nevertheless.
   * @default - links to the manifests, nothing else
   */
  readonly disclosure?: DisclosureProps;
  /**
   * When a running job is looked at again if no event comes.
   * @default - 30 seconds, then a tenth of the job's age, at most 15 minutes
   */
  readonly pollSchedule?: PollScheduleProps;
  /**
   * Age of a job at which people and systems are told, once, that it still runs; whole seconds, from one minute to less
   * than `giveUpAfter`.
   * @default - 6 hours, or half of `giveUpAfter` where that is shorter
   */
  readonly overdueAfter?: Duration;
  /**
   * Age of a job at which its watch ends with the outcome ABANDONED; whole seconds, one hour to 90 days.
   * @default Duration.days(7)
   */
  readonly giveUpAfter?: Duration;
  /**
   * Whether jobs whose events were all lost are looked for, and failed watches are repaired, on a schedule.
   * @default true
   */
  readonly sweep?: boolean;
  /**
   * Time between two sweeps; whole minutes, one minute to one day. It bounds the delay of a verdict of which no event
   * told.
   * @default Duration.minutes(15)
   */
  readonly sweepInterval?: Duration;
  /**
   * The topic that alarms are sent to, when they begin: another one than that of verdicts. CloudWatch is allowed to publish
   * there; where the topic is encrypted, so it must be by the policy of the key.
   * @default - a topic of its own
   */
  readonly alarmTopic?: ITopic;
  /**
   * Addresses that alarms are sent to. Each has to confirm the subscription.
   * @default - nobody is told of alarms by email
   */
  readonly alarmEmails?: readonly string[];
  /**
   * The key that encrypts table, topic, queues, logs, bus and executions. A key that is not of this app needs a policy with
   * the statements of docs/security.md.
   * @default - a key of its own, rotated each year and kept when the stack goes
   */
  readonly encryptionKey?: IKey;
  /**
   * Where the functions are placed. They need a way to HealthImaging, S3, DynamoDB, Step Functions, EventBridge and SNS.
   * @default - in no VPC
   */
  readonly vpc?: IVpc;
  /**
   * The subnets of `vpc`.
   * @default - the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * The security groups in `vpc`.
   * @default - one of its own for each function, which lets nothing in
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * The backup plan that the table of watches is part of.
   * @default - point-in-time recovery only
   */
  readonly backupPlan?: IBackupPlan;
  /**
   * Where the runbook is, which the alarms point to.
   * @default 'docs/runbook.md'
   */
  readonly runbookUrl?: string;
  /**
   * The least that the functions log: ids, counts, statuses and types of errors at any level.
   * @default 'INFO'
   */
  readonly logLevel?: LogLevel;
  /**
   * How long the logs of the functions and of the state machine are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;
  /**
   * Whether calls of StartDICOMImportJob in CloudTrail start a watch as well. Needs a trail that logs management events.
   * @default false
   */
  readonly cloudTrailTrigger?: boolean;
}

/** The schedule of checks where none is given. */
export const DEFAULT_POLL_SCHEDULE: PollSchedule = { minSeconds: 30, growth: 0.1, maxSeconds: 15 * 60 };

/** The age from which a job is overdue where none is given, and `giveUpAfter` is longer than twice that. */
export const DEFAULT_OVERDUE_AFTER = Duration.hours(6);

/** Coarse on purpose: only SNS knows whether an address is one. */
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const QUEUE_NAME = /^(?=.{1,80}$)[\w-]+(\.fifo)?$/;
/** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html, without FIFO: EventBridge does not deliver there. */
const TOPIC_NAME = /^[\w-]{1,256}$/;
const DEAD_LETTERS = 'It is where dead letters go: what fails on them is a person, told by an alarm';
/** A wildcard would mean one in the policy. HealthImaging takes no leading slash for part of a key. */
const KEY_PREFIX = /^(?!\/)[^*?]*$/;
/** How often a consumer of a queue may fail on a message before it is set aside. */
const MAX_RECEIVES = 5;

/**
 * Follows every DICOM import job of AWS HealthImaging to its end and publishes the verdict to an event bus (source
 * `dicom-import-watcher`, detail-type `DICOM Import Finished`) and to an SNS topic. `DICOM Import Overdue` tells of a job
 * that runs for too long, `DICOM Import Watch Failed` of a watch that could not do its work.
 */
export class DicomImportWatcher extends Construct {
  /** One execution follows one import job; its name is `<datastoreId>-<jobId>`. */
  readonly stateMachine: StateMachine;
  /** Verdicts for systems: put rules on it. */
  readonly bus: IEventBus;
  /** Verdicts for people. */
  readonly topic: ITopic;
  /** What is known of each watch. */
  readonly watches: Table;
  /** Events that a rule could not deliver, to our functions or to subscribers. */
  readonly ruleDeadLetters: Queue;
  /** Events on which a function failed. */
  readonly functionDeadLetters: Queue;
  /** Emails that SNS could not deliver. */
  readonly notificationDeadLetters: Queue;
  /** What alarms are sent to. */
  readonly alarmTopic: ITopic;
  /** Alarms on what nobody else would tell of; docs/runbook.md says what to do. */
  readonly alarms: readonly Alarm[];

  /** The dimension `service` of the metrics. */
  private readonly metricsName: string;
  private readonly encryption: Encryption;
  /** What all functions have in common. */
  private readonly handlers: HandlerSettings;
  private readonly alarming: Alarms;
  /** Rules that invoke our functions. */
  private readonly ownRules: Rule[] = [];
  private readonly datastoreIds: readonly string[] | undefined;
  /** How many emails each topic should reach. */
  private readonly emailsAt = new Map<ITopic, number>();
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
    const schedule = resolveSchedule(props.pollSchedule ?? {});
    const disclosure: Disclosure = {
      inEvents: false,
      inEmails: false,
      manifestLinks: true,
      ...props.disclosure,
    };
    check(props.outputBuckets.length > 0, "'outputBuckets' must name at least one bucket, got none");
    checkDatastoreIds(datastoreIds);
    check(
      props.vpc !== undefined || (!props.vpcSubnets && !props.securityGroups),
      "'vpcSubnets' and 'securityGroups' are for functions in a VPC: set 'vpc', got none",
    );
    this.datastoreIds = datastoreIds;
    const { logLevel = 'INFO', logRetention = RetentionDays.THREE_MONTHS } = props;
    check(
      LOG_LEVELS.includes(logLevel),
      `'logLevel' must be one of ${LOG_LEVELS.join(', ')}, got '${logLevel}'`,
    );
    this.metricsName = Names.uniqueResourceName(this, { maxLength: 80 });
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
    checkHistoryBudget(schedule, giveUpAfter.toSeconds());

    this.watches = new Table(this, 'Watches', {
      partitionKey: { name: WATCH_ITEM.partitionKey, type: AttributeType.STRING },
      sortKey: { name: WATCH_ITEM.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: WATCH_ITEM.expiresAt,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.encryption.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.addBackup(props.backupPlan);
    // AwsSolutions looks for dead-letter queues among those of queues and functions only.
    this.ruleDeadLetters = this.deadLetterQueue('RuleDeadLetters', 'AwsSolutions-SQS3');
    this.notificationDeadLetters = this.deadLetterQueue('NotificationDeadLetters', 'AwsSolutions-SQS3');
    this.functionDeadLetters = this.deadLetterQueue('FunctionDeadLetters');
    this.alarmTopic = this.addAlarmTopic(props);
    this.alarming = new Alarms(this, 'Alarms', {
      watcher: this.metricsName,
      runbookUrl,
      actions: [new SnsAction(this.alarmTopic)],
    });
    this.alarms = this.alarming.all;
    this.handlers = {
      logLevel,
      logRetention,
      watcher: this.metricsName,
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
    if (props.schemaRegistry ?? hasSchemaRegistry(this)) new SchemaRegistry(this, 'Schemas');
    const checkImportJob = this.function('CheckImportJob', {
      handler: 'check-import-job',
      description: 'Looks at an import job once and decides whether to wait on',
      environment: {
        [ENV.pollSchedule]: JSON.stringify(schedule),
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
      name: this.metricsName,
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

    this.grantOnDatastores(checkImportJob, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    this.grantOnDatastores(summarizeImport, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    for (const output of props.outputBuckets) {
      this.grantReadManifests(summarizeImport, 'bucket' in output ? output : { bucket: output });
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
    addWatcherDashboard(this, { name: this.metricsName, runbookUrl, checkImportJob, summarizeImport });
  }

  /**
   * Sends emails to somebody, who has to confirm the subscription.
   * @throws Error on what is no email address, an address that is there already, or a filter that lets nothing through.
   */
  addEmail(address: string, filter: SubscriberFilter = {}): void {
    checkEach('emails', [address], EMAIL, 'an email address');
    checkFilter(filter, this.datastoreIds);
    this.subscribe(`the address ${address.toLowerCase()}`);
    this.subscribeEmail(this.topic, address, filter);
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
    if (typeof queue === 'string') checkEach('queue', [queue], QUEUE_NAME, 'the name of a queue');
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
    if (typeof topic === 'string') checkEach('topic', [topic], TOPIC_NAME, 'the name of a topic');
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

  /** A rule for verdicts on finished imports. */
  onImportFinished(id: string, options: OnEventOptions = {}): Rule {
    return this.onEvent(PUBLISHED.importFinished, id, options);
  }

  /** A rule for notices that a job runs for longer than it should. */
  onImportOverdue(id: string, options: OnEventOptions = {}): Rule {
    return this.onEvent(PUBLISHED.importOverdue, id, options);
  }

  /** A rule for notices that a watch ended without a verdict. */
  onWatchFailed(id: string, options: OnEventOptions = {}): Rule {
    return this.onEvent(PUBLISHED.watchFailed, id, options);
  }

  /**
   * A metric of this watcher, in the namespace `DicomImportWatcher`.
   * @default - the sum over five minutes
   */
  metric(name: MetricName, options: MetricOptions = {}): Metric {
    const { dimensionsMap, ...rest } = options;
    return new Metric({
      namespace: METRICS.namespace,
      metricName: METRICS.names[name],
      dimensionsMap: { [METRICS.serviceDimension]: this.metricsName, ...dimensionsMap },
      statistic: Stats.SUM,
      ...rest,
    });
  }

  /** Verdicts with an outcome. */
  metricImportsFinished(outcome: Outcome, options: MetricOptions = {}): Metric {
    return this.metric('importsFinished', {
      ...options,
      dimensionsMap: { [METRICS.outcomeDimension]: outcome },
    });
  }

  /** Notices that a job runs for too long. */
  metricImportsOverdue(options?: MetricOptions): Metric {
    return this.metric('importsOverdue', options);
  }

  /** Files that were imported. */
  metricFilesImported(options?: MetricOptions): Metric {
    return this.metric('filesImported', options);
  }

  /** Files that were refused. */
  metricFilesRejected(options?: MetricOptions): Metric {
    return this.metric('filesRejected', options);
  }

  /** Seconds from the end of a job to its verdict; the maximum unless told otherwise. */
  metricWatchLag(options?: MetricOptions): Metric {
    return this.metric('watchLag', { statistic: Stats.MAXIMUM, ...options });
  }

  /** Checks that a watch made; the average unless told otherwise. */
  metricPollsPerWatch(options?: MetricOptions): Metric {
    return this.metric('pollsPerWatch', { statistic: Stats.AVERAGE, ...options });
  }

  /** Ends of jobs that a poll or the sweep found before an event told of them. */
  metricEventsLost(options?: MetricOptions): Metric {
    return this.metric('eventsLost', options);
  }

  /** COMPLETED jobs whose manifest could not be read. */
  metricManifestUnavailable(options?: MetricOptions): Metric {
    return this.metric('manifestUnavailable', options);
  }

  /** Calls that HealthImaging throttled, after the retries of the SDK. */
  metricThrottled(options?: MetricOptions): Metric {
    return this.metric('throttled', options);
  }

  /** Sweeps that came to their end. */
  metricSweeps(options?: MetricOptions): Metric {
    return this.metric('sweeps', options);
  }

  /** What sweeps had to do. */
  metricSweepFindings(options?: MetricOptions): Metric {
    return this.metric('sweepFindings', options);
  }

  /** Parts of sweeps that failed. */
  metricSweepFailures(options?: MetricOptions): Metric {
    return this.metric('sweepFailures', options);
  }

  /** Watches that run, as the last sweep counted them; the maximum unless told otherwise. */
  metricOpenWatches(options?: MetricOptions): Metric {
    return this.metric('openWatches', { statistic: Stats.MAXIMUM, ...options });
  }

  /** Seconds since the oldest watch that runs was started; the maximum unless told otherwise. */
  metricOldestOpenWatch(options?: MetricOptions): Metric {
    return this.metric('oldestOpenWatch', { statistic: Stats.MAXIMUM, ...options });
  }

  /** Addresses of emails that nobody has confirmed; the maximum unless told otherwise. */
  metricEmailsUnconfirmed(options?: MetricOptions): Metric {
    return this.metric('emailsUnconfirmed', { statistic: Stats.MAXIMUM, ...options });
  }

  private onEvent(detailType: string, id: string, { target, ...options }: OnEventOptions): Rule {
    const rule = new Rule(this, id, { ...options, eventBus: this.bus });
    rule.addEventPattern({ source: [PUBLISHED.source], detailType: [detailType] });
    rule.addTarget(target);
    return rule;
  }

  private rule(id: string, target: IRuleTarget, filter: SubscriberFilter): Rule {
    return new Rule(this, id, { eventBus: this.bus, eventPattern: eventPattern(filter), targets: [target] });
  }

  private subscribe(key: string, name = key.split(' ').at(-1)): void {
    check(!this.subscribers.has(key), `each subscriber must be added once, got '${name}' twice`);
    this.subscribers.add(key);
  }

  /** A queue by its name, with one for what its consumers fail on. */
  private queueOf(queueName: string, fifo: boolean): Queue {
    const id = `Queue${queueName.replace('.fifo', '')}`;
    const deadLetters = this.queue(`${id}DeadLetters`, { ...(fifo && { fifo }) });
    acknowledge(deadLetters, DEAD_LETTERS, 'Serverless-SQSRedrivePolicy');
    addDeadLetterAlarm(
      this.alarming,
      deadLetters,
      id,
      `Consumers of the queue ${queueName} failed on events.`,
    );
    return this.queue(id, {
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
        // Whoever holds the construct may add some later.
        [ENV.emailsExpected]: Lazy.string({ produce: () => this.emailsExpected() }),
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
    this.grantOnExecutions(sweep, 'states:RedriveExecution');
    this.watches.grant(
      sweep,
      'dynamodb:BatchGetItem',
      'dynamodb:DescribeTable',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
    );
    this.grantOnDatastores(sweep, 'medical-imaging:ListDICOMImportJobs', datastoreIds);
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
  }

  private emailsExpected(): string {
    return Stack.of(this).toJsonString(
      [...this.emailsAt].map(([{ topicArn }, emails]) => [topicArn, emails]),
    );
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
    this.grantOnExecutions(fn, 'states:DescribeExecution', 'states:GetExecutionHistory');
    this.watches.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    this.bus.grantPutEventsTo(fn);
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }));
    this.encryption.grantUseOf(this.topic, roleOf(fn));
  }

  /** A function as the target of a rule: what cannot be delivered is kept. */
  private target(fn: LambdaFunction): LambdaTarget {
    return new LambdaTarget(fn, { deadLetterQueue: this.ruleDeadLetters });
  }

  private function(id: string, props: Omit<HandlerFunctionProps, keyof HandlerSettings>): LambdaFunction {
    return new HandlerFunction(this, id, { ...this.handlers, ...props }).function;
  }

  private deadLetterQueue(id: string, ...rules: string[]): Queue {
    const queue = this.queue(id);
    acknowledge(queue, DEAD_LETTERS, 'Serverless-SQSRedrivePolicy', ...rules);
    return queue;
  }

  private queue(id: string, props: QueueProps = {}): Queue {
    return new Queue(this, id, {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.encryption.key,
      enforceSSL: true,
      ...props,
    });
  }

  private ownBus(): EventBus {
    const bus = new EventBus(this, 'Bus', {
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

  /** Of its own, not encrypted with the key: it has to work when it is the key that does not. */
  private addAlarmTopic({ alarmTopic, alarmEmails = [] }: DicomImportWatcherProps): ITopic {
    checkEach('alarmEmails', alarmEmails, EMAIL, 'an email address');
    const topic =
      alarmTopic ??
      new Topic(this, 'AlarmTopic', { displayName: 'DICOM import watcher: alarms', enforceSSL: true });
    if (!alarmTopic) {
      acknowledge(
        topic,
        'It carries names of alarms only, and has to work when the key does not',
        'HIPAA.Security-SNSEncryptedKMS',
        'NIST.800.53.R5-SNSEncryptedKMS',
      );
      if (alarmEmails.length === 0) {
        Annotations.of(this).addWarningV2(
          'dicom-import-watcher:alarms',
          "nobody is told of alarms: set 'alarmEmails' or 'alarmTopic'",
        );
      }
    }
    // A topic with any policy refuses CloudWatch unless that policy lets it.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const address of alarmEmails) this.subscribeEmail(topic, address);
    return topic;
  }

  private subscribeEmail(topic: ITopic, address: string, filter?: SubscriberFilter): void {
    topic.addSubscription(
      new EmailSubscription(address, {
        deadLetterQueue: this.notificationDeadLetters,
        ...(filter && { filterPolicy: emailFilterPolicy(filter) }),
      }),
    );
    this.emailsAt.set(topic, (this.emailsAt.get(topic) ?? 0) + 1);
  }

  private addBackup(backupPlan: IBackupPlan | undefined): void {
    if (!backupPlan) {
      acknowledge(
        this.watches,
        'Point-in-time recovery is on, and what is lost the sweep finds again; ' +
          "'backupPlan' adds the table to a plan where a policy asks for it",
        'HIPAA.Security-DynamoDBInBackupPlan',
        'NIST.800.53.R5-DynamoDBInBackupPlan',
      );
      return;
    }
    const role = new Role(this, 'BackupRole', {
      assumedBy: new ServicePrincipal('backup.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup'),
      ],
    });
    acknowledge(
      role,
      "AWS Backup's own policy for its own role: what a backup needs is AWS's to know",
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
    );
    new BackupSelection(this, 'Backup', {
      backupPlan,
      resources: [BackupResource.fromDynamoDbTable(this.watches)],
      role,
      disableDefaultBackupPolicy: true,
    });
  }

  private grantOnDatastores(
    fn: LambdaFunction,
    action: string,
    datastoreIds: readonly string[] = ['*'],
  ): void {
    const resources = datastoreIds.map((resourceName) =>
      Stack.of(this).formatArn({ service: 'medical-imaging', resource: 'datastore', resourceName }),
    );
    fn.addToRolePolicy(new PolicyStatement({ actions: [action], resources }));
    if (datastoreIds.includes('*')) {
      acknowledgeWildcard(
        roleOf(fn),
        resources.join(),
        "All data stores of the account in the region are watched where 'datastoreIds' names none",
      );
    }
  }

  /** Executions of our state machine. */
  private grantOnExecutions(fn: LambdaFunction, ...actions: string[]): void {
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.metricsName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [executions] }));
    acknowledgeWildcard(roleOf(fn), executions, 'All executions of this state machine, and of no other');
  }

  private grantReadManifests(fn: LambdaFunction, { bucket, prefix = '' }: OutputBucket): void {
    checkEach(
      'outputBuckets.prefix',
      [prefix],
      KEY_PREFIX,
      'a prefix of keys without wildcards or a first slash',
    );
    // HealthImaging names each job's folder <datastoreId>-DicomImport-<jobId>: nothing else is readable.
    const keys = `${prefix}*-DicomImport-*`;
    const objects = bucket.arnForObjects(keys);
    fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [objects] }));
    acknowledgeWildcard(
      roleOf(fn),
      objects,
      'The folders that HealthImaging makes for the output of jobs, and nothing else of the bucket',
    );
    fn.addToRolePolicy(
      new PolicyStatement({
        // Tells a manifest that is not there from one that is forbidden.
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': keys } },
      }),
    );
    if (!bucket.encryptionKey) return;
    const { region, urlSuffix } = Stack.of(this);
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [bucket.encryptionKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } },
      }),
    );
  }
}

/**
 * Lets one rule, or one bus, send to a queue or a topic. CDK's targets would let those of any account, to keep rules out of the
 * policies of keys.
 */
function eventsMay(action: string, resource: string, source: string): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: [action],
    resources: [resource],
    conditions: { ArnEquals: { 'aws:SourceArn': source } },
  });
}

/** Never undefined where we made it. */
function roleOf({ role }: LambdaFunction): IRole {
  if (!role) throw new Error('a function has no role');
  return role;
}

function defaultOverdueAfter(giveUpAfter: Duration): Duration {
  return Duration.seconds(
    Math.min(DEFAULT_OVERDUE_AFTER.toSeconds(), Math.floor(giveUpAfter.toSeconds() / 2)),
  );
}

/** With the defaults. @throws Error on values that make no schedule. */
function resolveSchedule({
  minInterval = Duration.seconds(DEFAULT_POLL_SCHEDULE.minSeconds),
  growth = DEFAULT_POLL_SCHEDULE.growth,
  maxInterval = Duration.seconds(DEFAULT_POLL_SCHEDULE.maxSeconds),
}: PollScheduleProps): PollSchedule {
  checkSeconds('pollSchedule.minInterval', minInterval, 1, 24 * 3600);
  checkSeconds('pollSchedule.maxInterval', maxInterval, 1, 24 * 3600);
  checkKnown('pollSchedule.growth', growth);
  check(growth >= 0 && growth <= 1, `'pollSchedule.growth' must be from 0 to 1, got ${growth}`);
  const schedule = { minSeconds: minInterval.toSeconds(), growth, maxSeconds: maxInterval.toSeconds() };
  check(
    schedule.minSeconds <= schedule.maxSeconds,
    `'pollSchedule.minInterval' must not be longer than 'pollSchedule.maxInterval', got ${schedule.minSeconds} s and ${schedule.maxSeconds} s`,
  );
  return schedule;
}
