import { Annotations, Duration, Resource } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { EMAILS_PER_MINUTE } from '../../core/contract/audiences.ts';
import { DEFAULT_DISCLOSURE, type Disclosure, LOG_LEVELS } from '../../core/contract/names.ts';
import type { TextRule } from '../../core/contract/patterns.ts';
import {
  DEFAULT_GIVE_UP_AFTER_SECONDS,
  DEFAULT_LONGEST_POLL_INTERVAL_SECONDS,
  DEFAULT_POLL_INTERVAL_SECONDS,
  defaultOverdueAfterSeconds,
  SCHEDULE_LIMITS,
} from '../../core/contract/poll-schedule.ts';
import type { DicomImportWatcherProps, OutputBucket } from '../watcher-props.ts';
import { checkEmails } from './emails.ts';
import { checkHistoryBudget } from './history-budget.ts';
import { aliasOf, checkKey, checkTopic, isAwsManaged } from './passed-in.ts';
import { checkHere, checkRegion } from './place.ts';
import {
  check,
  checkCadence,
  checkDatastoreIds,
  checkKnown,
  checkName,
  checkSeconds,
  checkText,
} from './validate.ts';

const DAY = 24 * 3600;
/** What fits into all that names each: policies of roles, inputs and patterns of rules, the alarm on rules (test/lib/limits.test.ts). */
const MAX_DATASTORES = 200;
const LOG_LEVEL: TextRule = {
  pattern: new RegExp(`^(${LOG_LEVELS.join('|')})$`),
  allowed: `one of ${LOG_LEVELS.join(', ')}`,
};
/** As many as the minutes of an hour allow. */
const MAX_EMAILS_PER_HOUR = 60 * EMAILS_PER_MINUTE;
/** Not an offset from UTC, which has no summer time. */
const TIME_ZONE: TextRule = {
  pattern: /^[A-Za-z][\w+/-]*$/,
  allowed: 'a name of the IANA database, such as UTC, Europe/Berlin or America/New_York',
};
/** A wildcard would mean one in the policy. HealthImaging takes no leading slash for part of a key. */
const KEY_PREFIX: TextRule = {
  pattern: /^(?!\/)[^*?]*$/,
  allowed: 'a prefix of keys without wildcards or a first slash',
};

/** Props that have a default. */
type Defaulted =
  | 'alarmEmails'
  | 'chat'
  | 'chatEvery'
  | 'dashboard'
  | 'emails'
  | 'emailsPerHour'
  | 'giveUpAfter'
  | 'logLevel'
  | 'logRetention'
  | 'overdueAfter'
  | 'pollInterval'
  | 'schemaRegistry'
  | 'sweep'
  | 'sweepInterval'
  | 'timeZone';

/** The props of a watcher, checked, with all defaults. */
export interface Settings
  extends Omit<DicomImportWatcherProps, Defaulted | 'disclosure' | 'outputBuckets'>,
    Required<Pick<DicomImportWatcherProps, Defaulted>> {
  readonly disclosure: Disclosure;
  /** What `pollInterval` grows to with the age of a job: only where none is given, and the sweep finds ends. */
  readonly longestPollInterval: Duration;
  readonly outputBuckets: readonly OutputBucket[];
}

/**
 * Fills in what is not given, and checks all that can be checked before anything is built. What a subscriber wants is checked
 * where it is subscribed.
 * @throws Error that says what was wrong, what was got and what is allowed.
 */
export function resolveSettings(props: DicomImportWatcherProps): Settings {
  const { giveUpAfter = Duration.seconds(DEFAULT_GIVE_UP_AFTER_SECONDS) } = props;
  checkSeconds('giveUpAfter', giveUpAfter, ...SCHEDULE_LIMITS.giveUpAfter);
  const settings: Settings = {
    ...props,
    alarmEmails: props.alarmEmails ?? [],
    chat: props.chat ?? false,
    chatEvery: props.chatEvery ?? 'verdict',
    dashboard: props.dashboard ?? true,
    disclosure: { ...DEFAULT_DISCLOSURE, ...props.disclosure },
    emails: props.emails ?? [],
    emailsPerHour: props.emailsPerHour ?? 20,
    giveUpAfter,
    longestPollInterval:
      props.pollInterval ??
      (props.sweep === false
        ? DEFAULT_POLL_INTERVAL
        : Duration.seconds(DEFAULT_LONGEST_POLL_INTERVAL_SECONDS)),
    logLevel: props.logLevel ?? 'INFO',
    logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
    outputBuckets: props.outputBuckets.map((output) => ('bucket' in output ? output : { bucket: output })),
    overdueAfter: props.overdueAfter ?? Duration.seconds(defaultOverdueAfterSeconds(giveUpAfter.toSeconds())),
    pollInterval: props.pollInterval ?? DEFAULT_POLL_INTERVAL,
    schemaRegistry: props.schemaRegistry ?? false,
    sweep: props.sweep ?? true,
    sweepInterval: props.sweepInterval ?? Duration.minutes(15),
    timeZone: props.timeZone ?? 'UTC',
  };
  checkTimes(settings);
  checkOutputs(settings);
  checkDatastoreIds(settings.datastoreIds);
  const watched = settings.datastoreIds?.length ?? 0;
  check(
    watched <= MAX_DATASTORES,
    `'datastoreIds' must name ${MAX_DATASTORES} data stores at most, got ${watched}: leave it out to watch all, or make another watcher for the rest`,
  );
  checkEmails('alarmEmails', settings.alarmEmails);
  checkText('logLevel', settings.logLevel, LOG_LEVEL);
  checkDigests(settings);
  check(
    settings.vpc !== undefined || (!settings.vpcSubnets && !settings.securityGroups),
    "'vpcSubnets' and 'securityGroups' are for functions in a VPC: set 'vpc', got none",
  );
  return settings;
}

function checkDigests({ chat, chatEvery, emailsPerHour, timeZone }: Settings): void {
  checkKnown('emailsPerHour', emailsPerHour);
  check(
    Number.isInteger(emailsPerHour) && emailsPerHour >= 1 && emailsPerHour <= MAX_EMAILS_PER_HOUR,
    `'emailsPerHour' must be a whole number from 1 to ${MAX_EMAILS_PER_HOUR}, got ${emailsPerHour}`,
  );
  checkName('timeZone', timeZone, TIME_ZONE);
  check(
    isTimeZone(timeZone),
    `'timeZone' must be a name of the IANA database, such as UTC, Europe/Berlin or America/New_York, got '${timeZone}'`,
  );
  checkCadence('chatEvery', chatEvery);
  check(
    chat || chatEvery === 'verdict',
    `'chatEvery' is for chat: set 'chat', got '${chatEvery}' without it`,
  );
}

function isTimeZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en-US', { timeZone }));
  } catch {
    return false;
  }
}

/** Running watches are not known at synthesis: whoever takes a data store out has to know. */
export function warnOfNarrowing(scope: IConstruct, { datastoreIds }: Settings): void {
  if (!datastoreIds) return;
  Annotations.of(scope).addInfo(
    "the functions may read the jobs of 'datastoreIds' only: before you take a data store out, wait until its watches have ended, or they fail",
  );
}

/** The longest time from the first check to the second where none is given. */
export const DEFAULT_POLL_INTERVAL = Duration.seconds(DEFAULT_POLL_INTERVAL_SECONDS);

function checkTimes(settings: Settings): void {
  const { archiveFor, giveUpAfter, overdueAfter, pollInterval, longestPollInterval, sweepInterval } =
    settings;
  checkSeconds('pollInterval', pollInterval, ...SCHEDULE_LIMITS.pollInterval);
  checkSeconds('overdueAfter', overdueAfter, ...SCHEDULE_LIMITS.overdueAfter);
  check(
    overdueAfter.toSeconds() < giveUpAfter.toSeconds(),
    `'overdueAfter' must be shorter than 'giveUpAfter', got ${overdueAfter.toSeconds()} s and ${giveUpAfter.toSeconds()} s`,
  );
  checkSeconds('sweepInterval', sweepInterval, 60, DAY);
  check(
    sweepInterval.toSeconds() % 60 === 0,
    `'sweepInterval' must be a whole number of minutes, got ${sweepInterval.toSeconds()} s`,
  );
  checkHistoryBudget(pollInterval.toSeconds(), giveUpAfter.toSeconds(), longestPollInterval.toSeconds());
  if (!archiveFor) return;
  checkSeconds('archiveFor', archiveFor, DAY, 3650 * DAY);
  check(
    archiveFor.toSeconds() % DAY === 0,
    `'archiveFor' must be a whole number of days, got ${archiveFor.toSeconds()} s`,
  );
}

function checkOutputs({ outputBuckets }: Settings): void {
  check(outputBuckets.length > 0, "'outputBuckets' must name at least one bucket, got none");
  for (const { prefix = '' } of outputBuckets) {
    checkText('outputBuckets.prefix', prefix, KEY_PREFIX);
  }
}

/**
 * Checks the resources that were passed in: where they are, and that what is sent there can arrive.
 * @throws Error that says what stands in the way, and what to do.
 */
export function checkResources(scope: IConstruct, settings: Settings): void {
  const { alarmTopic, bus, encryptionKey, topic } = settings;
  if (bus) {
    const named = { name: 'bus', arn: bus.eventBusArn };
    checkHere(
      scope,
      bus,
      named,
      "leave it out, and forward events to it (target of 'onImportFinished': EventBus)",
    );
  }
  if (topic) {
    const named = { name: 'topic', arn: topic.topicArn };
    checkHere(scope, topic, named, 'pass a topic of the account and region of the watcher, or leave it out');
    check(!topic.fifo, `'topic' must not be FIFO, SNS sends no emails from there, got '${topic.node.path}'`);
    checkTopic('topic', topic, 'roles');
    if (!Resource.isOwnedResource(topic) && !topic.masterKey) {
      Annotations.of(scope).addInfo(
        "'topic' is not of this app: where a key encrypts it, pass it with that key (Topic.fromTopicAttributes, 'keyArn'), or nobody is notified",
      );
    }
  }
  if (alarmTopic) {
    const named = { name: 'alarmTopic', arn: alarmTopic.topicArn };
    const { path } = alarmTopic.node;
    checkRegion(scope, alarmTopic, named, 'alarms publish in their own region only: pass a topic of it');
    check(
      !alarmTopic.fifo,
      `'alarmTopic' must not be FIFO, CloudWatch does not publish there, got '${path}'`,
    );
    checkTopic('alarmTopic', alarmTopic, 'services');
    check(
      alarmTopic.topicArn !== topic?.topicArn,
      `'alarmTopic' must not be 'topic', whose messages are verdicts, got '${path}' for both`,
    );
  }
  if (encryptionKey) {
    const named = { name: 'encryptionKey', arn: encryptionKey.keyArn };
    checkRegion(scope, encryptionKey, named, 'pass a key of that region, or leave it out');
    const alias = aliasOf(encryptionKey);
    check(
      alias === undefined && !isAwsManaged(encryptionKey),
      `'encryptionKey' must be a key of your own, not an alias or a key of AWS, got '${alias ?? encryptionKey.node.path}': pass the key itself, or Key.fromKeyArn`,
    );
    checkKey('encryptionKey', encryptionKey);
  }
}
