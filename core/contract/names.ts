/**
 * The names that the infrastructure and the runtime share: one renamed here and not there does not compile.
 * Imports nothing, so that `lib/` can read it without reaching the AWS SDK.
 */
/** Keys of the functions' environment variables. */
export const ENV = {
  /** Longest time from the first check of a running job to the second, in seconds. */
  pollIntervalSeconds: 'POLL_INTERVAL_SECONDS',
  /** What that time grows to with the age of a job; not set: it does not grow. */
  longestPollIntervalSeconds: 'LONGEST_POLL_INTERVAL_SECONDS',
  /** Seconds after `submittedAt` at which a watch gives up. */
  giveUpAfterSeconds: 'GIVE_UP_AFTER_SECONDS',
  /** Seconds after `submittedAt` at which people are notified that a job still runs. */
  overdueAfterSeconds: 'OVERDUE_AFTER_SECONDS',
  /** Name of the table of watches. */
  watchesTable: 'WATCHES_TABLE',
  /** ARN of the state machine. */
  stateMachineArn: 'STATE_MACHINE_ARN',
  /** Name of the bus that verdicts and notices are published on. */
  busName: 'BUS_NAME',
  /** ARN of the topic for people. */
  topicArn: 'TOPIC_ARN',
  /** Ids of the data stores that are swept, separated by commas; not set: those of the event, or all of the account in the region. */
  datastoreIds: 'DATASTORE_IDS',
  /** Identifying data that the owner has chosen to disclose, JSON of {@link Disclosure}. */
  disclosure: 'DISCLOSURE',
  /** Set where the topic for people carries messages for chat as well. */
  chat: 'CHAT',
  /** Least level that is logged. Powertools reads it. */
  logLevel: 'POWERTOOLS_LOG_LEVEL',
  /** Name of the watcher, the dimension `service` of its metrics. Powertools reads it. */
  watcher: 'POWERTOOLS_SERVICE_NAME',
  /** How many addresses each topic should reach, JSON: pairs of an ARN and a number. */
  emailsExpected: 'EMAILS_EXPECTED',
  /** Set where the sweep runs, and so repairs failed watches by itself. */
  repairs: 'REPAIRS',
  /** Names of the Lambda functions that steps call, JSON: by the names of the steps. */
  stepFunctions: 'STEP_FUNCTIONS',
  /** Who wants digests, and whose emails the storm guard counts: JSON (`core/contract/audiences.ts`). Not set: nobody, and no guard. */
  audiences: 'AUDIENCES',
  /** Emails of single verdicts that an hour may have. */
  emailsPerHour: 'EMAILS_PER_HOUR',
  /** Time zone of the hours and days of digests, a name of the IANA database. */
  timeZone: 'TIME_ZONE',
  /** Name of the function itself. Lambda sets it. */
  functionName: 'AWS_LAMBDA_FUNCTION_NAME',
} as const;

/** The four import-job events of HealthImaging (docs/healthimaging.md#8-events). */
export const HEALTH_IMAGING_EVENTS = {
  source: 'aws.medical-imaging',
  detailTypes: [
    'Import Job Submitted',
    'Import Job In Progress',
    'Import Job Completed',
    'Import Job Failed',
  ],
} as const;

/** Ends of an execution without success. Step Functions reports them on the default bus. */
export const WATCH_FAILURES = {
  source: 'aws.states',
  detailType: 'Step Functions Execution Status Change',
  statuses: ['FAILED', 'TIMED_OUT', 'ABORTED'],
} as const;
export type WatchFailureStatus = (typeof WATCH_FAILURES.statuses)[number];

/**
 * The states of the state machine that do something. What is said of a failed watch follows from the one that it failed
 * in (`core/domain/watch/progress.ts`).
 */
export const STATES = {
  check: 'Check import job',
  choose: 'What did we learn?',
  wait: 'Wait for news',
  publishOverdue: 'Publish overdue notice',
  chooseOverdueEmail: 'Is the overdue email for a digest?',
  notifyOfOverdue: 'Notify people of overdue job',
  chooseOverdueChat: 'Is the overdue message for a digest?',
  notifyChatOfOverdue: 'Notify chat of overdue job',
  recordOverdue: 'Record overdue notice',
  summarize: 'Summarize import',
  publish: 'Publish outcome',
  chooseEmail: 'Is the email for a digest?',
  notify: 'Notify people',
  chooseChat: 'Is the message for a digest?',
  notifyChat: 'Notify chat',
  record: 'Record outcome',
} as const;
export type StateName = (typeof STATES)[keyof typeof STATES];

/** What is known of whether a failed watch had published its verdict. */
export const VERDICT_PUBLISHED = ['no', 'yes', 'unknown'] as const;
export type VerdictPublished = (typeof VERDICT_PUBLISHED)[number];

/** What the watcher publishes. */
export const PUBLISHED = {
  source: 'dicom-import-watcher',
  importFinished: 'DICOM Import Finished',
  importOverdue: 'DICOM Import Overdue',
  watchFailed: 'DICOM Import Watch Failed',
  schemaVersion: '1',
} as const;
export type PublishedType = (typeof PUBLISHED)['importFinished' | 'importOverdue' | 'watchFailed'];

/** What can be logged, from most to least. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the metrics of a watcher are. */
export const METRIC_NAMESPACE = 'DicomImportWatcher';

/** The dimensions of the metrics. */
export const METRIC_DIMENSIONS = {
  /** The name of the watcher. */
  service: 'service',
  /** Only of `ImportsFinished`. */
  outcome: 'outcome',
} as const;

/** What a metric is called, what it counts in, and the statistic that makes sense of it. */
export interface MetricKind {
  readonly name: string;
  readonly unit: 'Count' | 'Seconds';
  readonly statistic: 'Sum' | 'Average' | 'Maximum';
}

/** The metrics of a watcher: measured by the functions, shown by the dashboard, watched by the alarms, read by `doctor`. */
export const METRICS = {
  /** Verdicts, by outcome. */
  importsFinished: { name: 'ImportsFinished', unit: 'Count', statistic: 'Sum' },
  importsOverdue: { name: 'ImportsOverdue', unit: 'Count', statistic: 'Sum' },
  filesImported: { name: 'FilesImported', unit: 'Count', statistic: 'Sum' },
  filesRejected: { name: 'FilesRejected', unit: 'Count', statistic: 'Sum' },
  /** From the end of a job to its verdict. */
  watchLag: { name: 'WatchLag', unit: 'Seconds', statistic: 'Maximum' },
  /** Checks that a watch made. */
  pollsPerWatch: { name: 'PollsPerWatch', unit: 'Count', statistic: 'Average' },
  /** Ends of jobs that a poll or the sweep found before an event reported them. */
  eventsLost: { name: 'EventsLost', unit: 'Count', statistic: 'Sum' },
  /** COMPLETED jobs whose manifest could not be read. */
  manifestUnavailable: { name: 'ManifestUnavailable', unit: 'Count', statistic: 'Sum' },
  /** Calls that HealthImaging throttled, after the retries of the SDK. */
  throttled: { name: 'HealthImagingThrottled', unit: 'Count', statistic: 'Sum' },
  /** Sweeps of all jobs that came to their end: of no data store a list failed or was left to the next, and watches were looked at. */
  sweeps: { name: 'Sweeps', unit: 'Count', statistic: 'Sum' },
  /** The same of sweeps of running jobs. */
  runningSweeps: { name: 'RunningSweeps', unit: 'Count', statistic: 'Sum' },
  /** What sweeps had to do: watches started, news given, failures told, watches repaired. */
  sweepFindings: { name: 'SweepFindings', unit: 'Count', statistic: 'Sum' },
  /** Parts that a sweep of all jobs failed on. Those of running jobs would hide it: an alarm looks at the least of them. */
  sweepFailures: { name: 'SweepFailures', unit: 'Count', statistic: 'Sum' },
  /** Since the last round through the whole lists of all data stores began that was completed. */
  fullRoundAge: { name: 'FullRoundAge', unit: 'Seconds', statistic: 'Maximum' },
  openWatches: { name: 'OpenWatches', unit: 'Count', statistic: 'Maximum' },
  /** Since the oldest watch that runs was started. */
  oldestOpenWatch: { name: 'OldestOpenWatchAge', unit: 'Seconds', statistic: 'Maximum' },
  /** Emails of single verdicts and notices that the storm guard left to a digest. */
  emailsHeld: { name: 'EmailsHeld', unit: 'Count', statistic: 'Sum' },
  digestsSent: { name: 'DigestsSent', unit: 'Count', statistic: 'Sum' },
  /** Since the oldest digest was due that is not sent; 0 where there is none. */
  digestDelay: { name: 'DigestDelay', unit: 'Seconds', statistic: 'Maximum' },
  /** Addresses that nobody has confirmed: what is sent there is lost. */
  emailsUnconfirmed: { name: 'EmailsUnconfirmed', unit: 'Count', statistic: 'Maximum' },
} as const satisfies Record<string, MetricKind>;
export type MetricName = keyof typeof METRICS;

/** The message of a line of the log for each type of error that files were refused for; the dashboard counts them. */
export const FILES_REFUSED = 'files refused';

/** Errors that the handlers throw; the `Retry` blocks of the state machine name them. */
export const ERRORS = {
  /** HealthImaging throttled, answered 5xx or could not be reached. Passing. */
  healthImagingUnavailable: 'HealthImagingUnavailable',
  /** HealthImaging refused the call (denied, invalid). Somebody has to fix it. */
  healthImagingRefused: 'HealthImagingRefused',
  /** The job ended a moment ago and its manifest cannot be read yet. Passing. */
  manifestNotReady: 'ManifestNotReady',
  /** S3 throttled, answered 5xx or could not be reached. Passing. */
  manifestStoreUnavailable: 'ManifestStoreUnavailable',
  /** The table of watches throttled, refused or could not be reached. */
  watchesUnavailable: 'WatchesUnavailable',
  /** A read of the job is older than what an earlier read showed. Passing. */
  staleRead: 'StaleRead',
  /** HealthImaging gives the job a status that this version does not know. A newer version may. */
  unknownJobStatus: 'UnknownJobStatus',
  /** The execution input is not `{ datastoreId, jobId }`. */
  invalidWatchInput: 'InvalidWatchInput',
  /** The definition passes what the functions cannot read, since it is of another version. */
  unreadablePayload: 'UnreadablePayload',
} as const;

/** Attributes of an item of the table of watches. The key is `datastoreId` and `jobId`. */
export const WATCH_ITEM = {
  partitionKey: 'datastoreId',
  sortKey: 'jobId',
  taskToken: 'taskToken',
  outcome: 'outcome',
  eventId: 'eventId',
  /** The same of the verdict that superseded an ABANDONED, once the job ended after all. */
  laterOutcome: 'laterOutcome',
  laterEventId: 'laterEventId',
  /** The verdict that was recorded last: JSON of the watch's output, which has ids, counts and times. */
  verdict: 'verdict',
  /** Id of the notice that the job is overdue, once it was published. */
  overdueEventId: 'overdueEventId',
  /** Ids of the notices on failed watches of the job that are on the bus and were sent to people. */
  failureEventIds: 'failureEventIds',
  /** Ids of those that are on the bus, whether or not people have them. */
  failureEventIdsOnBus: 'failureEventIdsOnBus',
  /** Where a round goes on that ran out of time. */
  position: 'position',
  /** How far the rounds of sweeps have come. */
  rounds: 'rounds',
  /** Which sweep runs, so that no second one does. */
  owner: 'owner',
  expiresAt: 'expiresAt',
} as const;

/** Items of the table that digests need: partitions that no data store can have the id of, and attributes. */
export const DIGEST_ITEM = {
  /** Whether a notice got an email of its own, by the id of its event. */
  decisions: 'decision',
  /** Emails of an hour, by hour. */
  guard: 'guard',
  /** What a digest of an audience is to hold, by the id of its event: this and the id of the audience. */
  pending: 'digest-',
  /** The sort key beside these of how far the digest of an audience has come. */
  run: 'run',
  /** The audiences that there are or were, by id. */
  audiences: 'digest-audiences',
  /** Since when an audience is known, and since when it is gone, in milliseconds since the epoch; and where it is notified. */
  since: 'since',
  goneSince: 'goneSince',
  channel: 'channel',
  decision: 'decision',
  /** Ids of the events that were counted in an hour, up to its limit, and that got an email in a minute of it: this and the minute. */
  emails: 'emails',
  emailsInMinute: 'minute',
  /** Set where more came in the hour. */
  tripped: 'tripped',
  /** JSON of the entry, until it was sent. */
  entry: 'entry',
  /** Milliseconds since the epoch. */
  heldAt: 'heldAt',
  /** Id of the digest that holds it. */
  digest: 'digest',
  /** How far a digest has come: when it was due, its phase, and until when whoever works on it is alone. */
  boundary: 'boundary',
  phase: 'phase',
  lease: 'lease',
} as const;

/** The states of an import job (HealthImaging API reference, `JobStatus`). */
export const JOB_STATUSES = ['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** What a check can find: a job status, or that there is no such job. */
export type ObservedStatus = JobStatus | 'NOT_FOUND';

/** What an event or a list says: a job status, or one that this version does not know. It may be an end. */
export type HintedStatus = JobStatus | 'UNKNOWN';

/**
 * What the state machine does next: wait on (`running`), say that the job is `overdue` and wait on, say how it ended
 * (`finished`, `abandoned`), or end in silence, since the verdict was published before (`told`) or there never was such
 * a job (`unknown`).
 */
export const NEXT_STEPS = ['running', 'overdue', 'finished', 'abandoned', 'told', 'unknown'] as const;
export type NextStep = (typeof NEXT_STEPS)[number];

/** The outcome: what happened to an import, the worst last; `docs/architecture.md` says when each is given. */
export const OUTCOMES = [
  'SUCCEEDED',
  'SUCCEEDED_WITH_WARNINGS',
  'PARTIALLY_FAILED',
  'NOTHING_IMPORTED',
  'FAILED',
  'UNVERIFIED',
  'ABANDONED',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the sweep is asked for: all there is, or what is seen from the lists of running jobs. */
export interface SweepRequest {
  readonly only?: 'running';
  /** Ids of the data stores that are swept, where they are too many for the environment. */
  readonly datastoreIds?: readonly string[];
}

/** An import job: a job id alone does not name one. Also the whole execution input. */
export interface ImportJobId {
  readonly datastoreId: string;
  readonly jobId: string;
}

/** What a check decides: nothing that identifies a patient. */
export interface Check {
  readonly next: NextStep;
  readonly jobStatus: ObservedStatus;
  /** Seconds to wait for news before the next check; at least 1. */
  readonly waitSeconds: number;
  /** Since when HealthImaging has not known the job, in milliseconds since the epoch. */
  readonly notFoundSince?: number;
  /** Whether HealthImaging has known the job at this check or at one before. */
  readonly known?: boolean;
  /** With `told`: the outcome that was published. */
  readonly outcome?: string;
  /** With `finished`: ABANDONED was published before, which this supersedes. */
  readonly later?: boolean;
  /** Checks that the watch has made, this one included. */
  readonly checks?: number;
}

/** What ended the last wait: a terminal event's status, or the `Error` of the state machine's own timeout. */
export interface News {
  readonly jobStatus?: string;
  readonly Error?: string;
}

/** What can be read of the last check: after a rollback, one of a newer version. */
export type LastCheck = Partial<Omit<Check, 'waitSeconds' | 'outcome'>>;

/** The part of the state that the handlers read. */
export interface WatchState extends ImportJobId {
  readonly check?: LastCheck;
  readonly news?: News;
}

/** What the state machine passes to its functions. */
export interface WatchRequest {
  readonly watch: WatchState;
  /** ISO 8601 time at which the execution started. */
  readonly watchStartedAt: string;
  readonly executionArn: string;
}

/** Why a `COMPLETED` job could not be verified. */
export const UNVERIFIED_REASONS = [
  'MANIFEST_MISSING',
  'MANIFEST_FORBIDDEN',
  'MANIFEST_CORRUPT',
  'LINES_MISSING',
] as const;
export type UnverifiedReason = (typeof UNVERIFIED_REASONS)[number];

/** Identifying data that the owner has chosen to disclose (docs/patient-data.md). */
export interface Disclosure {
  /** In events: S3 keys of single files, UIDs and metadata paths of `importConfiguration`. */
  readonly inEvents: boolean;
  /** In emails and chat: the job's name, message and S3 URIs, and S3 keys of single files. */
  readonly inEmails: boolean;
  /** In emails and chat: links to the manifests, which hold the output prefix. */
  readonly manifestLinks: boolean;
}

/** What is disclosed if the owner has not chosen. */
export const DEFAULT_DISCLOSURE: Disclosure = { inEvents: false, inEmails: false, manifestLinks: true };

/** Groups of one kind in a published event: keeps it far below the 256 KiB of a state of Step Functions. */
export const MAX_GROUPS = 50;

/** The subject is ASCII and under 100 characters, the body plain text. */
export interface Email {
  readonly subject: string;
  readonly body: string;
}

/** Message attributes of the topic for people, to filter on. */
export const MESSAGE_ATTRIBUTES = {
  outcome: 'outcome',
  datastoreId: 'datastoreId',
  format: 'format',
  /** Name of the watcher that publishes: several may share a topic. */
  watcher: 'watcher',
} as const;

/** Values of the message attribute `format`: plain text for people, or JSON that chat renders. */
export const MESSAGE_FORMATS = { email: 'email', chat: 'chat' } as const;

/** The outcome of notices that are no verdict, for those who filter on it. */
export const NOTICE_OUTCOMES = { overdue: 'OVERDUE', watchFailed: 'WATCH_FAILED' } as const;
