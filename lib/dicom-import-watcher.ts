import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  CLOUDTRAIL_CALL,
  ENV,
  HEALTH_IMAGING_EVENTS,
  type PollSchedule,
  WATCH_FAILURES,
  WATCH_ITEM,
} from '../lambda/contract.ts';
import { ImportWorkflow } from './import-workflow.ts';
import { HandlerFunction } from './private/handler-function.ts';
import { checkHistoryBudget } from './private/history-budget.ts';
import { check, checkEach, checkKnown, checkSeconds } from './private/validate.ts';

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
   * Addresses that get an email for every finished import. Each has to confirm the subscription.
   * @default - no email
   */
  readonly emails?: readonly string[];
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
   * Whether calls of StartDICOMImportJob in CloudTrail start a watch as well. Needs a trail that logs management events.
   * @default false
   */
  readonly cloudTrailTrigger?: boolean;
}

/** The schedule of checks where none is given. */
export const DEFAULT_POLL_SCHEDULE: PollSchedule = { minSeconds: 30, growth: 0.1, maxSeconds: 15 * 60 };

/** The age from which a job is overdue where none is given, and `giveUpAfter` is longer than twice that. */
export const DEFAULT_OVERDUE_AFTER = Duration.hours(6);

/** HealthImaging's pattern (healthimaging reference, section 1.2). */
const DATASTORE_ID = /^[0-9a-z]{32}$/;
/** Coarse on purpose: only SNS knows whether an address is one. */
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/**
 * Follows every DICOM import job of AWS HealthImaging to its end and publishes the verdict to an event bus (source
 * `dicom-import-watcher`, detail-type `DICOM Import Finished`) and to an SNS topic. `DICOM Import Overdue` tells of a job
 * that runs for too long, `DICOM Import Watch Failed` of a watch that could not do its work.
 */
export class DicomImportWatcher extends Construct {
  /** One execution follows one import job; its name is `<datastoreId>-<jobId>`. */
  readonly stateMachine: StateMachine;
  /** Verdicts for systems: put rules on it. */
  readonly bus: EventBus;
  /** Verdicts for people. */
  readonly topic: Topic;
  /** What is known of each watch. */
  readonly watches: Table;
  /** Events of HealthImaging that could not be delivered. */
  readonly ruleDeadLetters: Queue;
  /** Events on which a function failed. */
  readonly functionDeadLetters: Queue;

  constructor(scope: Construct, id: string, props: DicomImportWatcherProps) {
    super(scope, id);
    const {
      datastoreIds,
      emails = [],
      giveUpAfter = Duration.days(7),
      sweep = true,
      sweepInterval = Duration.minutes(15),
    } = props;
    const schedule = resolveSchedule(props.pollSchedule ?? {});
    check(props.outputBuckets.length > 0, "'outputBuckets' must name at least one bucket, got none");
    check(
      datastoreIds?.length !== 0,
      "'datastoreIds' must name at least one data store or be left out, got none",
    );
    checkEach('datastoreIds', datastoreIds ?? [], DATASTORE_ID, '32 characters of 0-9 and a-z');
    checkEach('emails', emails, EMAIL, 'an email address');
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
    this.bus = new EventBus(this, 'Bus', { description: 'Verdicts on DICOM imports' });
    this.topic = new Topic(this, 'Topic', { displayName: 'DICOM import watcher', enforceSSL: true });
    for (const email of emails) {
      this.topic.addSubscription(new EmailSubscription(email));
    }
    this.ruleDeadLetters = this.deadLetterQueue('RuleDeadLetters');
    this.functionDeadLetters = this.deadLetterQueue('FunctionDeadLetters');

    const checkImportJob = new HandlerFunction(this, 'CheckImportJob', {
      handler: 'check-import-job',
      description: 'Looks at an import job once and decides whether to wait on',
      environment: {
        [ENV.pollSchedule]: JSON.stringify(schedule),
        [ENV.overdueAfterSeconds]: String(overdueAfter.toSeconds()),
        [ENV.giveUpAfterSeconds]: String(giveUpAfter.toSeconds()),
        [ENV.watchesTable]: this.watches.tableName,
      },
      timeout: Duration.seconds(30),
      memorySize: 256,
      deadLetterQueue: this.functionDeadLetters,
    }).function;
    const summarizeImport = new HandlerFunction(this, 'SummarizeImport', {
      handler: 'summarize-import',
      description: 'Reads the manifests of a finished import and says what is published',
      environment: {},
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
      giveUpAfter,
    }).stateMachine;

    const onImportEvent = new HandlerFunction(this, 'OnImportEvent', {
      handler: 'on-import-event',
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

    new Rule(this, 'ImportEvents', {
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
      new Rule(this, 'StartCalls', {
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
    this.addOnWatchEnded(sweep);
    if (sweep) this.addSweep(sweepInterval, datastoreIds);
  }

  /** Tells of watches that ended without a verdict. */
  private addOnWatchEnded(repairs: boolean): void {
    const onWatchEnded = new HandlerFunction(this, 'OnWatchEnded', {
      handler: 'on-watch-ended',
      description: 'Tells people and systems of a watch that ended without a verdict',
      environment: { ...this.noticeEnvironment(), ...(repairs && { [ENV.repairs]: 'by the sweep' }) },
      timeout: Duration.seconds(30),
      memorySize: 256,
      deadLetterQueue: this.functionDeadLetters,
    }).function;
    this.grantTellFailures(onWatchEnded);
    new Rule(this, 'WatchFailures', {
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
  private addSweep(interval: Duration, datastoreIds: readonly string[] | undefined): void {
    const sweep = new HandlerFunction(this, 'Sweep', {
      handler: 'sweep',
      description: 'Finds jobs that nobody watches and watches that missed their news or failed',
      environment: {
        ...this.noticeEnvironment(),
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
    new Rule(this, 'SweepSchedule', {
      description: 'Looks for what events did not tell',
      schedule: Schedule.rate(interval),
      targets: [this.target(sweep)],
    });
  }

  private noticeEnvironment(): Record<string, string> {
    return {
      [ENV.stateMachineArn]: this.stateMachine.stateMachineArn,
      [ENV.watchesTable]: this.watches.tableName,
      [ENV.busName]: this.bus.eventBusName,
      [ENV.topicArn]: this.topic.topicArn,
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
