import { ERRORS, type ImportJobId, type WatchFailureStatus } from '../../contract/names.ts';
import { progressOf } from './progress.ts';
import { MAX_WATCHES, watchNumber } from './watch-name.ts';

/** An execution that ended otherwise than it should. Times are milliseconds since the epoch. */
export interface FailedWatch {
  readonly executionArn: string;
  readonly name: string;
  readonly status: WatchFailureStatus;
  /** From the execution input; absent where that names no import job. */
  readonly job?: ImportJobId;
  readonly failedStep?: string;
  readonly error?: string;
  readonly redriveCount: number;
  /** Whether Step Functions would redrive it. */
  readonly redrivable: boolean;
  readonly startedAt?: number;
  readonly stoppedAt: number;
}

/** How a failed watch is repaired, and when; `none` if only people can repair it. */
export type Repair =
  | { readonly kind: 'redrive' | 'replace'; readonly at: number }
  | { readonly kind: 'none'; readonly why: 'wrong input' | 'aborted' | 'unknown status' | 'tried enough' };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const MAX_REDRIVES = 6;
/** 15, 30, 60, 120, 240, 480 min: an outage or a missing permission of up to 16 hours repairs itself. */
const redriveGap = (redriveCount: number) => 15 * MINUTE * 2 ** Math.min(redriveCount, MAX_REDRIVES - 1);
/** A replacement has six redrives again. A day is time to deploy a fix. */
const REPLACE_GAP = DAY;

/** Errors of the definition itself: a redrive keeps the definition, so only a new watch can do better. */
const DEFINITION_ERRORS: readonly string[] = [
  ERRORS.unreadablePayload,
  // Of an execution whose input is right, for which this is asked only.
  ERRORS.invalidWatchInput,
  'States.Runtime',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.ResultPathMatchFailure',
  'States.IntrinsicFailure',
  'States.DataLimitExceeded',
];

/** Whether the definition that a watch began with is at fault, which a redrive keeps. */
export function isDefinitionError(error: string | undefined): boolean {
  return DEFINITION_ERRORS.includes(error ?? '');
}

/** Names of errors come from whatever failed: only what looks like a name is passed on. */
export function errorName(error: string | undefined): string | undefined {
  return /^[\w.]{1,60}$/.test(error ?? '') ? error : undefined;
}

/** The same of states: a definition that somebody changed may have any. */
export function stepName(state: string | undefined): string | undefined {
  return /^[\w ?.'-]{1,80}$/.test(state ?? '') ? state : undefined;
}

/** Decides how a failed watch is repaired. */
export function planRepair(watch: FailedWatch): Repair {
  const { status, error, redriveCount, redrivable, stoppedAt } = watch;
  if (status === 'ABORTED') return { kind: 'none', why: 'aborted' };
  if (!watch.job) return { kind: 'none', why: 'wrong input' };
  // The same functions would fail in the same way: somebody has to update them, and then to redrive.
  if (error === ERRORS.unknownJobStatus) return { kind: 'none', why: 'unknown status' };
  // A verdict that is on the bus is not judged again: a new watch could come to another one, and systems would get both.
  const judged = progressOf(watch.failedStep).verdictPublished === 'yes';
  if (redrivable && (judged || redriveCount < MAX_REDRIVES) && !isDefinitionError(error)) {
    return { kind: 'redrive', at: stoppedAt + redriveGap(redriveCount) };
  }
  if (watchNumber(watch.name) < MAX_WATCHES) return { kind: 'replace', at: stoppedAt + REPLACE_GAP };
  return { kind: 'none', why: 'tried enough' };
}

/**
 * Before this no repair is due, whatever the reason of the failure: it need not be asked for.
 * @returns milliseconds since the epoch.
 */
export function repairNotBefore({
  stoppedAt,
  redriveCount,
}: Pick<FailedWatch, 'stoppedAt' | 'redriveCount'>): number {
  return stoppedAt + Math.min(redriveGap(redriveCount), REPLACE_GAP);
}

/** The key of the notices about a watch in the table; a watch whose input names no job has its own key. */
export function recordKey({ job, name }: Pick<FailedWatch, 'job' | 'name'>): ImportJobId {
  return job ?? { datastoreId: 'unknown', jobId: name };
}

/** The id of the notice on this failure: the same however often it is published. */
export function failureId(name: string, redriveCount: number): string {
  return `${name}-watch-failed-${redriveCount}`;
}
