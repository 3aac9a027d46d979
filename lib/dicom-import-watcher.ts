import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { addAlarmTopic } from './private/alarm-topic.ts';
import { Alarms } from './private/alarms.ts';
import { addArchive, addBus } from './private/bus.ts';
import { Digests } from './private/digests.ts';
import { Emails } from './private/emails.ts';
import { Encryption } from './private/encryption.ts';
import { HandlerFunction, type HandlerSettings } from './private/handler-function.ts';
import { addImportEvents } from './private/import-events.ts';
import { uniqueName } from './private/names.ts';
import type { Parts } from './private/parts.ts';
import { addDeadLetters } from './private/queues.ts';
import { warnOfRegion } from './private/regions.ts';
import { WatcherRules } from './private/rules.ts';
import { SchemaRegistry } from './private/schema-registry.ts';
import { checkResources, resolveSettings, warnOfNarrowing } from './private/settings.ts';
import { Subscriptions } from './private/subscriptions.ts';
import { addSweep } from './private/sweep.ts';
import { addWatchFailures } from './private/watch-failures.ts';
import { addWatchTable } from './private/watch-table.ts';
import { addWatcherAlarms } from './private/watcher-alarms.ts';
import { addWatcherDashboard } from './private/watcher-dashboard.ts';
import { addWorkflow } from './private/workflow.ts';
import type { EmailSubscriberOptions, QueueSubscriberOptions, SubscriberFilter } from './subscribers.ts';
import { DicomImportWatcherBase, ImportedWatcher } from './watcher-base.ts';
import type { DicomImportWatcherAttributes, IDicomImportWatcher } from './watcher-interface.ts';
import type { DicomImportWatcherProps } from './watcher-props.ts';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
const MAX_NAME = 80;

/**
 * Follows every DICOM import job of AWS HealthImaging to its end and publishes the verdict to an event bus (source
 * `dicom-import-watcher`, detail-type `DICOM Import Finished`) and to an SNS topic. `DICOM Import Overdue` reports a job
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
  /** Alarms on what nobody else would report; docs/runbook.md says what to do. */
  readonly alarms: Alarm[];

  /** @internal */
  protected readonly _datastoreIds: readonly string[] | undefined;
  private readonly subscriptions: Subscriptions;

  constructor(scope: Construct, id: string, props: DicomImportWatcherProps) {
    super(scope, id);
    const settings = resolveSettings(props);
    checkResources(this, settings);
    warnOfRegion(this);
    warnOfNarrowing(this, settings);
    const name = uniqueName(this, MAX_NAME);
    const encryption = new Encryption(this, 'Encryption', { key: settings.encryptionKey });
    const deadLetters = addDeadLetters(this, encryption);
    const emails = new Emails(this, name, deadLetters.notifications);
    const alarmTopic = addAlarmTopic(this, emails, encryption, settings);
    const alarms = new Alarms(this, 'Alarms', {
      watcher: name,
      runbookUrl: settings.runbookUrl,
      actions: [new SnsAction(alarmTopic)],
    });
    const { logLevel, logRetention, vpc, vpcSubnets, securityGroups } = settings;
    const handlers: HandlerSettings = {
      logLevel,
      logRetention,
      vpc,
      vpcSubnets,
      securityGroups,
      watcher: name,
      deadLetterQueue: deadLetters.functions,
      encryption,
    };
    const parts: Parts = {
      scope: this,
      settings,
      name,
      encryption,
      deadLetters,
      watches: addWatchTable(this, encryption, settings.backupPlan),
      bus: settings.bus ?? addBus(this, encryption, name, deadLetters.rules),
      topic:
        settings.topic ??
        new Topic(this, 'Topic', {
          displayName: 'DICOM import watcher',
          enforceSSL: true,
          masterKey: encryption.key,
        }),
      rules: new WatcherRules(this, deadLetters.rules),
      functionOf: (id, own) => new HandlerFunction(this, id, { ...handlers, ...own }).function,
    };
    const workflow = addWorkflow(parts);
    const watching = { ...parts, ...workflow };

    this.watcherName = name;
    this.encryptionKey = encryption.key;
    this.stateMachine = workflow.stateMachine;
    this.bus = parts.bus;
    this.topic = parts.topic;
    this.watches = parts.watches;
    this.ruleDeadLetters = deadLetters.rules;
    this.functionDeadLetters = deadLetters.functions;
    this.notificationDeadLetters = deadLetters.notifications;
    this.alarmTopic = alarmTopic;
    this.alarms = alarms.all;
    this._datastoreIds = settings.datastoreIds;

    addImportEvents(watching);
    const notifying = [addWatchFailures(watching)];
    if (settings.sweep) notifying.push(addSweep({ ...watching, alarmTopic, emails }));
    addArchive(parts);
    if (settings.schemaRegistry) new SchemaRegistry(this, 'Schemas');
    addWatcherAlarms(alarms, this, { deadLetters, rules: parts.rules.own, settings });
    const digests = new Digests({ ...watching, alarms, watcher: this, notifying });
    this.subscriptions = new Subscriptions({ ...parts, emails, alarms, digests });
    for (const email of settings.emails) {
      const { address, ...options } = typeof email === 'string' ? { address: email } : email;
      this.addEmail(address, options);
    }
    if (settings.chatEvery !== 'verdict') digests.add('chat', settings.chatEvery, {});
    if (settings.dashboard) {
      addWatcherDashboard(this, { ...watching, alarms: alarms.all, digests: digests.exist });
    }
  }

  /**
   * Sends emails to somebody, who has to confirm the subscription.
   * @throws Error on what is no email address, an address that is there already, or a filter that lets nothing through.
   */
  addEmail(address: string, options: EmailSubscriberOptions = {}): void {
    this.subscriptions.addEmail(address, options);
  }

  /**
   * Sends events to a queue. A name makes a queue of that name: encrypted, TLS only, with a dead-letter queue for what
   * its consumers fail on. A queue that is passed in, of whatever stack, gets the permission for EventBridge in its policy and
   * in that of its key; a warning says what to add to policies that are not of this app.
   * @throws Error on a queue that is there already, that EventBridge cannot reach (AWS's own key, another account or region, FIFO
   * without content-based deduplication), a FIFO queue without its message group, or a filter that lets nothing through.
   */
  addQueue(queue: IQueue | string, options: QueueSubscriberOptions = {}): IQueue {
    return this.subscriptions.addQueue(queue, options);
  }

  /**
   * Sends events as JSON to a topic, for those who fan out by SNS; its subscribers filter on the message body. A name
   * makes a topic of that name. One that is passed in is let in like a queue.
   * @throws Error on a topic that is there already, that EventBridge cannot reach, the topic for people, or a filter that lets
   * nothing through.
   */
  addTopic(topic: ITopic | string, filter: SubscriberFilter = {}): ITopic {
    return this.subscriptions.addTopic(topic, filter);
  }
}
