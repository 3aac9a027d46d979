import type { OnEventOptions } from 'aws-cdk-lib/aws-events';
import type { Cadence } from '../core/contract/audiences.ts';
import type { NOTICE_OUTCOMES, Outcome } from '../core/contract/names.ts';

/** What a subscriber can be notified of: a verdict, or that a job is overdue, or that a watch failed. */
export type SubscriberOutcome = Outcome | (typeof NOTICE_OUTCOMES)[keyof typeof NOTICE_OUTCOMES];

/** What a subscriber wants to be notified of. */
export interface SubscriberFilter {
  /**
   * Outcomes that notify the subscriber, at least one: any of SUCCEEDED, SUCCEEDED_WITH_WARNINGS, PARTIALLY_FAILED,
   * NOTHING_IMPORTED, FAILED, UNVERIFIED, ABANDONED, and for notices OVERDUE, WATCH_FAILED.
   * @default - all, and notices of overdue jobs and failed watches
   */
  readonly outcomes?: SubscriberOutcome[];
  /**
   * Ids of the data stores that the subscriber is notified of; at least one. A failed watch whose import job is not known
   * is of none.
   * @default - all that are watched
   */
  readonly datastoreIds?: string[];
}

/** A rule for one kind of event: of which outcomes and data stores, and where they go. */
export interface EventRuleOptions extends OnEventOptions, SubscriberFilter {}

/** What somebody gets emails of, and how often. */
export interface EmailSubscriberOptions extends SubscriberFilter {
  /**
   * `'verdict'`: an email for each verdict and notice, at once, or a digest at the end of the hour where there are more than
   * `emailsPerHour`. `'hour'`, `'day'`: a digest for each hour, or for each day at 07:00, in which there was something, on the clock of
   * `timeZone`.
   * @default 'verdict'
   */
  readonly every?: Cadence;
}

/** Somebody who gets emails. */
export interface EmailSubscriber extends EmailSubscriberOptions {
  /** The email address. */
  readonly address: string;
}

/** What a queue gets, and how. */
export interface QueueSubscriberOptions extends SubscriberFilter {
  /**
   * Message group of a FIFO queue, which needs one.
   * @default - none, for a queue that is not FIFO
   */
  readonly messageGroupId?: string;
}

/** A queue to be made, by its name. */
export interface QueueSubscriber extends QueueSubscriberOptions {
  /** Up to 80 letters, digits, hyphens and underscores; ends with `.fifo` for a FIFO queue. */
  readonly name: string;
}

/** Identifying data that the owner has chosen to disclose: docs/patient-data.md has the whole table. */
export interface DisclosureProps {
  /**
   * Whether events carry S3 keys of single files, and UIDs and metadata paths of `importConfiguration`.
   * @default false
   */
  readonly inEvents?: boolean;
  /**
   * Whether emails and chat carry the job's name, message and S3 URIs, and S3 keys of single files.
   * @default false
   */
  readonly inEmails?: boolean;
  /**
   * Whether emails and chat link to the manifests. The link holds the output prefix of the job.
   * @default true
   */
  readonly manifestLinks?: boolean;
}
