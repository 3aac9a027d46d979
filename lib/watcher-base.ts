import { Arn } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, type Rule } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { type IStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  type Outcome,
  PUBLISHED,
  type PublishedType,
} from '../core/contract/names.ts';
import type { TextRule } from '../core/contract/patterns.ts';
import { useOfKey } from './private/encryption.ts';
import { checkFilter, checkNoOverlap, eventPatterns } from './private/filters.ts';
import { rulePrefix } from './private/names.ts';
import { executionsOf } from './private/permissions.ts';
import { WatcherRule } from './private/rules.ts';
import { check, checkText, KEY_ARN } from './private/validate.ts';
import type { EventRuleOptions } from './subscribers.ts';
import type { DicomImportWatcherAttributes, IDicomImportWatcher } from './watcher-interface.ts';

const STATE_MACHINE_ARN: TextRule = {
  pattern: /^arn:aws[\w-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[\w-]+$/,
  allowed: 'the ARN of a state machine',
};
const TOPIC_ARN: TextRule = {
  pattern: /^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/,
  allowed: 'the ARN of a topic',
};

/** What a watcher does for others, whether it is of this app or not. */
export abstract class DicomImportWatcherBase extends Construct implements IDicomImportWatcher {
  abstract readonly watcherName: string;
  abstract readonly stateMachine: IStateMachine;
  abstract readonly bus: IEventBus;
  abstract readonly topic: ITopic;
  abstract readonly watches: ITable;
  abstract readonly encryptionKey: IKey;
  /**
   * The data stores that are watched; undefined where that is all, or is not known.
   * @internal
   */
  protected abstract readonly _datastoreIds: readonly string[] | undefined;
  private readonly ruleIds = new Set<string>();
  private rules: Construct | undefined;

  /** Lets somebody start the watch of a job, as often as they like. */
  grantStartWatch(grantee: IGrantable): Grant {
    this.grantUseOfKey(grantee, 'states');
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets somebody read what is known of watches: the table, and executions with their verdicts. */
  grantRead(grantee: IGrantable): Grant {
    this.grantUseOfKey(grantee, 'dynamodb', 'states');
    return this.watches.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Query').combine(
      Grant.addToPrincipal({
        grantee,
        actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
        resourceArns: [executionsOf(this, this.watcherName)],
      }),
    );
  }

  /**
   * A rule for verdicts on finished imports. Its target brings its own dead-letter queue.
   * @throws Error on an id that is taken or a filter that lets nothing through.
   */
  onImportFinished(id: string, options: EventRuleOptions = {}): Rule {
    return this.onEvent(PUBLISHED.importFinished, id, options);
  }

  /**
   * A rule for notices that a job runs for longer than it should. Their outcome is OVERDUE.
   * @throws Error on an id that is taken or a filter that lets nothing through.
   */
  onImportOverdue(id: string, options: EventRuleOptions = {}): Rule {
    return this.onEvent(PUBLISHED.importOverdue, id, options);
  }

  /**
   * A rule for notices that a watch failed. Their outcome is WATCH_FAILED.
   * @throws Error on an id that is taken or a filter that lets nothing through.
   */
  onWatchFailed(id: string, options: EventRuleOptions = {}): Rule {
    return this.onEvent(PUBLISHED.watchFailed, id, options);
  }

  /**
   * A metric of this watcher, in the namespace `DicomImportWatcher`: over five minutes, with the statistic of the method
   * that has its name, such as `metricOpenWatches()`, unless told otherwise.
   * @param name - one of importsFinished, importsOverdue, filesImported, filesRejected, watchLag, pollsPerWatch, eventsLost,
   * manifestUnavailable, throttled, sweeps, runningSweeps, sweepFindings, sweepFailures, fullRoundAge, openWatches,
   * oldestOpenWatch, emailsHeld, digestsSent, digestDelay, emailsUnconfirmed.
   */
  metric(name: MetricName, options: MetricOptions = {}): Metric {
    check(name in METRICS, `'name' must be one of ${Object.keys(METRICS).join(', ')}, got '${name}'`);
    const { name: metricName, statistic } = METRICS[name];
    const { dimensionsMap, ...rest } = options;
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [METRIC_DIMENSIONS.service]: this.watcherName, ...dimensionsMap },
      statistic,
      ...rest,
    });
  }

  /**
   * Verdicts with an outcome.
   * @param outcome - one of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED, NOTHING_IMPORTED, FAILED, UNVERIFIED,
   * ABANDONED.
   */
  metricImportsFinished(outcome: Outcome, options: MetricOptions = {}): Metric {
    return this.metric('importsFinished', {
      ...options,
      dimensionsMap: { [METRIC_DIMENSIONS.outcome]: outcome },
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

  /** Seconds from the end of a job to its verdict. The maximum unless told otherwise. */
  metricWatchLag(options?: MetricOptions): Metric {
    return this.metric('watchLag', options);
  }

  /** Checks that a watch made. The average unless told otherwise. */
  metricPollsPerWatch(options?: MetricOptions): Metric {
    return this.metric('pollsPerWatch', options);
  }

  /** Ends of jobs that a poll or the sweep found before an event came. */
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

  /** Sweeps of all jobs that came to their end. One that could not read a data store, or ran out of time, did not. */
  metricSweeps(options?: MetricOptions): Metric {
    return this.metric('sweeps', options);
  }

  /** Sweeps of running jobs that came to their end. One that could not read a data store, or ran out of time, did not. */
  metricRunningSweeps(options?: MetricOptions): Metric {
    return this.metric('runningSweeps', options);
  }

  /** What sweeps had to do. */
  metricSweepFindings(options?: MetricOptions): Metric {
    return this.metric('sweepFindings', options);
  }

  /** Parts of sweeps of all jobs that failed: a data store, a job, a watch. */
  metricSweepFailures(options?: MetricOptions): Metric {
    return this.metric('sweepFailures', options);
  }

  /** Seconds since the last round began that read the lists of all jobs to their ends. The maximum unless told otherwise. */
  metricFullRoundAge(options?: MetricOptions): Metric {
    return this.metric('fullRoundAge', options);
  }

  /** Watches that run, as the last sweep counted them. The maximum unless told otherwise. */
  metricOpenWatches(options?: MetricOptions): Metric {
    return this.metric('openWatches', options);
  }

  /** Seconds since the oldest watch that runs was started. The maximum unless told otherwise. */
  metricOldestOpenWatch(options?: MetricOptions): Metric {
    return this.metric('oldestOpenWatch', options);
  }

  /** Emails of single verdicts that the storm guard left to a digest. */
  metricEmailsHeld(options?: MetricOptions): Metric {
    return this.metric('emailsHeld', options);
  }

  /** Digests that were sent. */
  metricDigestsSent(options?: MetricOptions): Metric {
    return this.metric('digestsSent', options);
  }

  /** Seconds since the oldest digest was due that is not sent. The maximum unless told otherwise. */
  metricDigestDelay(options?: MetricOptions): Metric {
    return this.metric('digestDelay', options);
  }

  /** Addresses of emails that nobody has confirmed. The maximum unless told otherwise. */
  metricEmailsUnconfirmed(options?: MetricOptions): Metric {
    return this.metric('emailsUnconfirmed', options);
  }

  private onEvent(detailType: PublishedType, id: string, options: EventRuleOptions): Rule {
    const { target, outcomes, datastoreIds, eventPattern: more, ...rest } = options;
    const filter = { outcomes, datastoreIds };
    checkFilter(filter, this._datastoreIds, detailType);
    checkNoOverlap(filter, more);
    check(!this.ruleIds.has(id), `each subscriber must be added once, got '${id}' twice`);
    this.ruleIds.add(id);
    const patterns = eventPatterns(this, this.watcherName, filter, detailType, more);
    // Apart from what the watcher is made of, so that any id will do.
    this.rules ??= new Construct(this, 'Rules');
    const props = { ...rest, eventBus: this.bus };
    const rule = WatcherRule.of(this.rules, ['Rules', id], rulePrefix(this), patterns, props);
    // Last: the CDK merges into what it has, and that pattern may be one of the caller for several rules.
    rule.addEventPattern(more);
    rule.addTarget(target);
    return rule;
  }

  private grantUseOfKey(grantee: IGrantable, ...services: string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(useOfKey(this, this.encryptionKey, services));
  }
}

/** A watcher of another stack, by its attributes. */
export class ImportedWatcher extends DicomImportWatcherBase {
  readonly watcherName: string;
  readonly stateMachine: IStateMachine;
  readonly bus: IEventBus;
  readonly topic: ITopic;
  readonly watches: ITable;
  readonly encryptionKey: IKey;
  /** @internal */
  protected readonly _datastoreIds = undefined;

  constructor(scope: Construct, id: string, attributes: DicomImportWatcherAttributes) {
    super(scope, id);
    const { stateMachineArn, busName, topicArn, tableName, encryptionKeyArn } = attributes;
    checkText('stateMachineArn', stateMachineArn, STATE_MACHINE_ARN);
    checkText('topicArn', topicArn, TOPIC_ARN);
    checkText('encryptionKeyArn', encryptionKeyArn, KEY_ARN);
    this.watcherName = Arn.extractResourceName(stateMachineArn, 'stateMachine');
    this.stateMachine = StateMachine.fromStateMachineArn(this, 'StateMachine', stateMachineArn);
    this.bus = EventBus.fromEventBusName(this, 'Bus', busName);
    this.topic = Topic.fromTopicArn(this, 'Topic', topicArn);
    this.watches = Table.fromTableName(this, 'Watches', tableName);
    this.encryptionKey = Key.fromKeyArn(this, 'Key', encryptionKeyArn);
  }
}
