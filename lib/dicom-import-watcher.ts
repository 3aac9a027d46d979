import { Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Alarm, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
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
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
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
import { Alarms } from './private/alarms.ts';
import { checkFilter, emailFilterPolicy, eventPattern } from './private/filters.ts';
import { HandlerFunction } from './private/handler-function.ts';
import { checkHistoryBudget } from './private/history-budget.ts';
import { hasSchemaRegistry, SchemaRegistry } from './private/schema-registry.ts';
import { check, checkDatastoreIds, checkEach, checkKnown, checkSeconds } from './private/validate.ts';
import { addDeadLetterAlarm, addWatcherAlarms } from './private/watcher-alarms.ts';
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

export interface DicomImportWatcherProps {
  /** The buckets that import jobs write their output to: the watcher reads the manifests there. At least one. */
  readonly outputBuckets: readonly IBucket[];
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
   * The topic that alarms are sent to, when they begin. A person who gets verdicts by email needs another one.
   * @default - alarms are there, but nobody is told
   */
  readonly alarmTopic?: ITopic;
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
  /** Alarms on what nobody else would tell of; docs/runbook.md says what to do. */
  readonly alarms: readonly Alarm[];

  /** The dimension `service` of the metrics. */
  private readonly metricsName: string;
  private readonly logging: { readonly logLevel: LogLevel; readonly logRetention: RetentionDays };
  private readonly alarming: Alarms;
  /** Rules that invoke our functions. */
  private readonly ownRules: Rule[] = [];
  private readonly datastoreIds: readonly string[] | undefined;
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
    this.datastoreIds = datastoreIds;
    const { logLevel = 'INFO', logRetention = RetentionDays.THREE_MONTHS } = props;
    check(
      LOG_LEVELS.includes(logLevel),
      `'logLevel' must be one of ${LOG_LEVELS.join(', ')}, got '${logLevel}'`,
    );
    this.logging = { logLevel, logRetention };
    this.alarming = new Alarms(this, 'Alarms', {
      watcher: Names.uniqueResourceName(this, { maxLength: 100 }),
      runbookUrl: props.runbookUrl ?? 'docs/runbook.md',
      actions: props.alarmTopic ? [new SnsAction(props.alarmTopic)] : [],
    });
    this.alarms = this.alarming.all;
    this.metricsName = Names.uniqueResourceName(this, { maxLength: 100 });
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
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bus = props.bus ?? new EventBus(this, 'Bus', { description: 'Verdicts on DICOM imports' });
    this.topic =
      props.topic ?? new Topic(this, 'Topic', { displayName: 'DICOM import watcher', enforceSSL: true });
    for (const email of emails) {
      const { address, ...filter } = typeof email === 'string' ? { address: email } : email;
      this.addEmail(address, filter);
    }
    if (props.archiveFor) this.addArchive(props.archiveFor);
    if (props.schemaRegistry ?? hasSchemaRegistry(this)) new SchemaRegistry(this, 'Schemas');
    this.ruleDeadLetters = this.deadLetterQueue('RuleDeadLetters');
    this.functionDeadLetters = this.deadLetterQueue('FunctionDeadLetters');

    const checkImportJob = new HandlerFunction(this, 'CheckImportJob', {
      handler: 'check-import-job',
      ...this.logging,
      watcher: this.metricsName,
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
      deadLetterQueue: this.functionDeadLetters,
    }).function;
    const summarizeImport = new HandlerFunction(this, 'SummarizeImport', {
      handler: 'summarize-import',
      ...this.logging,
      watcher: this.metricsName,
      description: 'Reads the manifests of a finished import and says what is published',
      environment: { [ENV.disclosure]: JSON.stringify(disclosure) },
      timeout: Duration.minutes(5),
      memorySize: 512,
      deadLetterQueue: this.functionDeadLetters,
    }).function;

    this.stateMachine = new ImportWorkflow(this, 'Workflow', {
      checkImportJob,
      summarizeImport,
      watches: this.watches,
      bus: this.bus,
      topic: this.topic,
      chat,
      giveUpAfter,
      logRetention: this.logging.logRetention,
    }).stateMachine;

    const onImportEvent = new HandlerFunction(this, 'OnImportEvent', {
      handler: 'on-import-event',
      ...this.logging,
      watcher: this.metricsName,
      description: 'Starts the watch of an import job and wakes it when the job ends',
      environment: {
        [ENV.stateMachineArn]: this.stateMachine.stateMachineArn,
        [ENV.watchesTable]: this.watches.tableName,
      },
      timeout: Duration.seconds(30),
      memorySize: 256,
      deadLetterQueue: this.functionDeadLetters,
    }).function;

    this.grantOnDatastores(checkImportJob, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    this.grantOnDatastores(summarizeImport, 'medical-imaging:GetDICOMImportJob', datastoreIds);
    for (const bucket of props.outputBuckets) {
      this.grantReadManifests(summarizeImport, bucket);
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
  }

  /**
   * Sends emails to somebody, who has to confirm the subscription.
   * @throws Error on what is no email address, an address that is there already, or a filter that lets nothing through.
   */
  addEmail(address: string, filter: SubscriberFilter = {}): void {
    checkEach('emails', [address], EMAIL, 'an email address');
    checkFilter(filter, this.datastoreIds);
    this.subscribe(`the address ${address.toLowerCase()}`);
    this.topic.addSubscription(new EmailSubscription(address, { filterPolicy: emailFilterPolicy(filter) }));
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
    const target = new SqsQueue(to, {
      ...(messageGroupId !== undefined && { messageGroupId }),
      deadLetterQueue: this.ruleDeadLetters,
    });
    this.rule(`${Names.nodeUniqueId(to.node)}Rule`, target, filter);
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
        ? new Topic(this, `Topic${topic}`, { topicName: topic, enforceSSL: true })
        : topic;
    const target = new SnsTopic(to, { deadLetterQueue: this.ruleDeadLetters });
    this.rule(`${Names.nodeUniqueId(to.node)}Rule`, target, filter);
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
    const safe = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...(fifo && { fifo }) };
    const retentionPeriod = Duration.days(14);
    const deadLetters = new Queue(this, `${id}DeadLetters`, { ...safe, retentionPeriod });
    addDeadLetterAlarm(
      this.alarming,
      deadLetters,
      id,
      `Consumers of the queue ${queueName} failed on events.`,
    );
    return new Queue(this, id, {
      queueName,
      ...safe,
      retentionPeriod,
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
    });
  }

  /** Tells of watches that ended without a verdict. */
  private addOnWatchEnded(repairs: boolean, chat: boolean): void {
    const onWatchEnded = new HandlerFunction(this, 'OnWatchEnded', {
      handler: 'on-watch-ended',
      ...this.logging,
      watcher: this.metricsName,
      description: 'Tells people and systems of a watch that ended without a verdict',
      environment: { ...this.noticeEnvironment(chat), ...(repairs && { [ENV.repairs]: 'by the sweep' }) },
      timeout: Duration.seconds(30),
      memorySize: 256,
      deadLetterQueue: this.functionDeadLetters,
    }).function;
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
    const sweep = new HandlerFunction(this, 'Sweep', {
      handler: 'sweep',
      ...this.logging,
      watcher: this.metricsName,
      description: 'Finds jobs that nobody watches and watches that missed their news or failed',
      environment: {
        ...this.noticeEnvironment(chat),
        ...(datastoreIds && { [ENV.datastoreIds]: datastoreIds.join(',') }),
      },
      timeout: Duration.minutes(15),
      memorySize: 256,
      deadLetterQueue: this.functionDeadLetters,
    }).function;
    this.grantTellFailures(sweep);
    this.stateMachine.grantStartExecution(sweep);
    this.stateMachine.grant(sweep, 'states:ListExecutions', 'states:SendTaskSuccess');
    this.stateMachine.grantExecution(sweep, 'states:RedriveExecution');
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
    this.stateMachine.grantExecution(fn, 'states:DescribeExecution', 'states:GetExecutionHistory');
    this.watches.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    this.bus.grantPutEventsTo(fn);
    this.topic.grantPublish(fn);
  }

  /** A function as the target of a rule: what cannot be delivered is kept. */
  private target(fn: LambdaFunction): LambdaTarget {
    return new LambdaTarget(fn, { deadLetterQueue: this.ruleDeadLetters });
  }

  private deadLetterQueue(id: string): Queue {
    return new Queue(this, id, {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
  }

  private grantOnDatastores(
    fn: LambdaFunction,
    action: string,
    datastoreIds: readonly string[] = ['*'],
  ): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: [action],
        resources: datastoreIds.map((resourceName) =>
          Stack.of(this).formatArn({ service: 'medical-imaging', resource: 'datastore', resourceName }),
        ),
      }),
    );
  }

  private grantReadManifests(fn: LambdaFunction, bucket: IBucket): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        // HealthImaging names each job's folder <datastoreId>-DicomImport-<jobId>: nothing else is readable.
        resources: [bucket.arnForObjects('*-DicomImport-*')],
      }),
    );
    fn.addToRolePolicy(
      new PolicyStatement({
        // Without it S3 answers 403 for a manifest that is not there, as for one that is forbidden.
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
      }),
    );
  }
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
