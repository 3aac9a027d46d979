import type { Duration } from 'aws-cdk-lib';
import type { IBackupPlan } from 'aws-cdk-lib/aws-backup';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Cadence } from '../core/contract/audiences.ts';
import type { LogLevel } from '../core/contract/names.ts';
import type { DisclosureProps, EmailSubscriber } from './subscribers.ts';

/** A part of a bucket that import jobs write their output to. */
export interface OutputBucket {
  /** The bucket. One that knows its `encryptionKey` may be decrypted, too. */
  readonly bucket: IBucket;
  /**
   * What the keys of all output begin with, such as `imports/`.
   * @default - nothing: the whole bucket
   */
  readonly prefix?: string;
}

/** What a watcher and a stack of one have in common. */
export interface DicomImportWatcherOptions {
  /**
   * Ids of the data stores whose import jobs are watched, 200 at most. Before you take one out, wait until its watches have ended: they lose
   * the permission to read their jobs, and fail.
   * @default - every data store of the account in the region
   */
  readonly datastoreIds?: string[];
  /**
   * Who gets emails: addresses for all, or with the outcomes that somebody wants, and how often. Each has to confirm the subscription.
   * @default - no email
   */
  readonly emails?: (string | EmailSubscriber)[];
  /**
   * The bus that verdicts are published on, of the account and region of the watcher.
   * @default - a bus of its own
   */
  readonly bus?: IEventBus;
  /**
   * The topic for email notifications, of the account and region of the watcher. Where a key encrypts one that is imported, pass
   * it with that key. What else is published there does not reach those whom `addEmail` adds.
   * @default - a topic of its own
   */
  readonly topic?: ITopic;
  /**
   * Whether the topic also carries messages that Amazon Q Developer in chat applications renders in Slack and Teams.
   * @default false
   */
  readonly chat?: boolean;
  /**
   * How often chat gets a message, where `chat` is set: `'verdict'`, `'hour'` or `'day'`, as for an email.
   * @default 'verdict'
   */
  readonly chatEvery?: Cadence;
  /**
   * The storm guard: how many emails of single verdicts an hour may have, 1 to 480, successes and all else each. Those beyond it, and
   * those of the hours after it until an hour has this many or fewer, come in one digest at the end of each hour. Systems on the bus
   * get every verdict at once.
   * @default 20
   */
  readonly emailsPerHour?: number;
  /**
   * The time zone of the hours and days of digests, a name of the IANA database such as `Europe/Berlin`.
   * @default 'UTC'
   */
  readonly timeZone?: string;
  /**
   * How long published events are kept for replay; whole days.
   * @default - they are not kept
   */
  readonly archiveFor?: Duration;
  /**
   * Whether the schemas of the events are put into an EventBridge schema registry.
   * @default false
   */
  readonly schemaRegistry?: boolean;
  /**
   * Identifying data that the owner has chosen to disclose.
   * @default - links to the manifests, nothing else
   */
  readonly disclosure?: DisclosureProps;
  /**
   * Longest time between two checks of a running job of which no news comes; whole seconds, one second to one day. Each job
   * takes up to a quarter less, so that watches do not look together. The sweep finds ends sooner: without it, set a
   * shorter one.
   * @default - 45 minutes, doubled with each check up to 4 hours; where `sweep` is false, 45 minutes
   */
  readonly pollInterval?: Duration;
  /**
   * Age of a job at which people and systems are notified, once, that it still runs; whole seconds, from one minute to less
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
   * Time between two sweeps of all jobs; whole minutes, one minute to one day. Those that run are swept every minute;
   * this bounds the delay for a job that began and ended between two of these and of which no event told.
   * @default Duration.minutes(15)
   */
  readonly sweepInterval?: Duration;
  /**
   * Whether the stack has a dashboard.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * The topic that alarms are sent to, when they begin: another one than that of verdicts, of the region of the watcher.
   * CloudWatch is allowed to publish there, by the policies of the topic and of its key; a warning says what to add to policies
   * that are not of this app.
   * @default - a topic of its own
   */
  readonly alarmTopic?: ITopic;
  /**
   * Addresses that alarms are sent to. Each has to confirm the subscription.
   * @default - nobody gets an email about alarms
   */
  readonly alarmEmails?: string[];
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
  readonly securityGroups?: ISecurityGroup[];
  /**
   * The backup plan that the table of watches is part of.
   * @default - point-in-time recovery only
   */
  readonly backupPlan?: IBackupPlan;
  /**
   * The address of your copy of the runbook: alarms and the dashboard link to its sections.
   * @default - alarms name the section of docs/runbook.md
   */
  readonly runbookUrl?: string;
  /**
   * The least that the functions log, one of DEBUG, INFO, WARN, ERROR: ids, counts, statuses and types of errors at any level.
   * @default 'INFO'
   */
  readonly logLevel?: LogLevel;
  /**
   * How long the logs of the functions and of the state machine are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;
}

/** What a watcher watches, tells and keeps. */
export interface DicomImportWatcherProps extends DicomImportWatcherOptions {
  /**
   * Where import jobs write their output: the watcher reads the manifests there. At least one bucket, or one with the
   * prefix that all jobs write below. A bucket that knows its `encryptionKey` may be decrypted, too.
   */
  readonly outputBuckets: (IBucket | OutputBucket)[];
  /**
   * The key that encrypts table, topic, queues, logs, bus and executions. A key that is not of this app needs a policy with
   * the statements of docs/security.md.
   * @default - a key of its own, rotated each year and kept when the stack goes
   */
  readonly encryptionKey?: IKey;
}
