import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import type { MetricName, Outcome } from '../core/contract/names.ts';
import type { EventRuleOptions } from './subscribers.ts';

/** A watcher, of this app or of another. */
export interface IDicomImportWatcher extends IConstruct {
  /** The name of the state machine, and the dimension `service` of the metrics. */
  readonly watcherName: string;
  /** One execution follows one import job. Its name is `<datastoreId>-<jobId>`. */
  readonly stateMachine: IStateMachine;
  /** Verdicts for systems: put rules on it. */
  readonly bus: IEventBus;
  /** Verdicts for people. */
  readonly topic: ITopic;
  /** What is known of each watch. */
  readonly watches: ITable;
  /** Encrypts what the watcher keeps. */
  readonly encryptionKey: IKey;
  /** Lets somebody start the watch of a job, as often as they like. */
  grantStartWatch(grantee: IGrantable): Grant;
  /** Lets somebody read what is known of watches: the table, and executions with their verdicts. */
  grantRead(grantee: IGrantable): Grant;
  /** A rule for verdicts on finished imports. Its target brings its own dead-letter queue. */
  onImportFinished(id: string, options?: EventRuleOptions): Rule;
  /** A rule for notices that a job runs for longer than it should. Their outcome is OVERDUE. */
  onImportOverdue(id: string, options?: EventRuleOptions): Rule;
  /** A rule for notices that a watch failed. Their outcome is WATCH_FAILED. */
  onWatchFailed(id: string, options?: EventRuleOptions): Rule;
  /**
   * A metric of this watcher, in the namespace `DicomImportWatcher`: over five minutes, with the statistic of the method
   * that has its name, such as `metricOpenWatches()`, unless told otherwise.
   * @param name - one of importsFinished, importsOverdue, filesImported, filesRejected, watchLag, pollsPerWatch, eventsLost,
   * manifestUnavailable, throttled, sweeps, runningSweeps, sweepFindings, sweepFailures, fullRoundAge, openWatches,
   * oldestOpenWatch, emailsHeld, digestsSent, digestDelay, emailsUnconfirmed.
   */
  metric(name: MetricName, options?: MetricOptions): Metric;
  /**
   * Verdicts with an outcome.
   * @param outcome - one of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED,
   * ABANDONED.
   */
  metricImportsFinished(outcome: Outcome, options?: MetricOptions): Metric;
  /** Notices that a job runs for too long. */
  metricImportsOverdue(options?: MetricOptions): Metric;
  /** Files that were imported. */
  metricFilesImported(options?: MetricOptions): Metric;
  /** Files that were refused. */
  metricFilesRejected(options?: MetricOptions): Metric;
  /** Seconds from the end of a job to its verdict. The maximum unless told otherwise. */
  metricWatchLag(options?: MetricOptions): Metric;
  /** Checks that a watch made. The average unless told otherwise. */
  metricPollsPerWatch(options?: MetricOptions): Metric;
  /** Ends of jobs that a poll or the sweep found before an event came. */
  metricEventsLost(options?: MetricOptions): Metric;
  /** COMPLETED jobs whose manifest could not be read. */
  metricManifestUnavailable(options?: MetricOptions): Metric;
  /** Calls that HealthImaging throttled, after the retries of the SDK. */
  metricThrottled(options?: MetricOptions): Metric;
  /** Sweeps of all jobs that came to their end. One that could not read a data store, or ran out of time, did not. */
  metricSweeps(options?: MetricOptions): Metric;
  /** Sweeps of running jobs that came to their end. One that could not read a data store, or ran out of time, did not. */
  metricRunningSweeps(options?: MetricOptions): Metric;
  /** What sweeps had to do. */
  metricSweepFindings(options?: MetricOptions): Metric;
  /** Parts of sweeps of all jobs that failed: a data store, a job, a watch. */
  metricSweepFailures(options?: MetricOptions): Metric;
  /** Seconds since the last round began that read the lists of all jobs to their ends. The maximum unless told otherwise. */
  metricFullRoundAge(options?: MetricOptions): Metric;
  /** Watches that run, as the last sweep counted them. The maximum unless told otherwise. */
  metricOpenWatches(options?: MetricOptions): Metric;
  /** Seconds since the oldest watch that runs was started. The maximum unless told otherwise. */
  metricOldestOpenWatch(options?: MetricOptions): Metric;
  /** Emails of single verdicts that the storm guard left to a digest. */
  metricEmailsHeld(options?: MetricOptions): Metric;
  /** Digests that were sent. */
  metricDigestsSent(options?: MetricOptions): Metric;
  /** Seconds since the oldest digest was due that is not sent. The maximum unless told otherwise. */
  metricDigestDelay(options?: MetricOptions): Metric;
  /** Addresses of emails that nobody has confirmed. The maximum unless told otherwise. */
  metricEmailsUnconfirmed(options?: MetricOptions): Metric;
}

/** Where a watcher of another stack is: the outputs of `DicomImportWatcherStack`. */
export interface DicomImportWatcherAttributes {
  /** The output `StateMachineArn`. */
  readonly stateMachineArn: string;
  /** The output `BusName`. */
  readonly busName: string;
  /** The output `TopicArn`. */
  readonly topicArn: string;
  /** The output `TableName`. */
  readonly tableName: string;
  /** The output `EncryptionKeyArn`. */
  readonly encryptionKeyArn: string;
}
