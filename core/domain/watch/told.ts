import { type ImportJobId, WATCH_ITEM } from '../../contract/names.ts';

/** The verdicts on a job that the table knows to have been published. */
export interface ToldVerdicts {
  readonly outcome?: string;
  /** Of the verdict that superseded the first: the job ended after it was given up (ADR 15). */
  readonly laterOutcome?: string;
}

/** Whether no verdict is to be published any more: after ABANDONED one more, if the job ends after all. */
export function isSettled({ outcome, laterOutcome }: ToldVerdicts): boolean {
  return outcome !== undefined && (outcome !== 'ABANDONED' || laterOutcome !== undefined);
}

/** The outcome that holds. */
export function lastOutcome({ outcome, laterOutcome }: ToldVerdicts): string | undefined {
  return laterOutcome ?? outcome;
}

/**
 * The id of the verdict on a job: the same however often it is published.
 * @param later - of the one that supersedes an ABANDONED.
 */
export function finishedId({ datastoreId, jobId }: ImportJobId, later = false): string {
  return `${datastoreId}-${jobId}-finished${later ? '-2' : ''}`;
}

/** The attributes of the table in which a verdict is recorded: a later one beside the first. */
export const RECORD_AS = {
  first: { outcome: WATCH_ITEM.outcome, eventId: WATCH_ITEM.eventId },
  later: { outcome: WATCH_ITEM.laterOutcome, eventId: WATCH_ITEM.laterEventId },
} as const;
