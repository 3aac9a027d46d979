import type { WatchFailedData } from '../../contract/events.ts';
import {
  ERRORS,
  type ImportJobId,
  NOTICE_OUTCOMES,
  PUBLISHED,
  type WatchFailureStatus,
} from '../../contract/names.ts';
import { consoleLinks } from '../notices/console-links.ts';
import type { Notice } from '../notices/notice.ts';
import { noticeOf } from '../notices/notice.ts';
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

/** What mends a failed watch, and when; `none` where only people can. */
export type Repair =
  | { readonly kind: 'redrive' | 'replace'; readonly at: number }
  | { readonly kind: 'none'; readonly why: 'wrong input' | 'aborted' | 'tried enough' };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** 15, 30, 60, 120, 240, 480 min: an outage or a missing permission of up to 16 hours repairs itself. */
const redriveGap = (redriveCount: number) => 15 * MINUTE * 2 ** redriveCount;
const MAX_REDRIVES = 6;
/** A replacement begins anew with six redrives; a day is time to deploy what was at fault. */
const REPLACE_GAP = DAY;

/** Errors of the definition itself: a redrive keeps the definition, so only a new watch can do better. */
const DEFINITION_ERRORS = [
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

/** Decides what mends a failed watch. */
export function planRepair(watch: FailedWatch): Repair {
  const { status, error, redriveCount, redrivable, stoppedAt } = watch;
  if (status === 'ABORTED') return { kind: 'none', why: 'aborted' };
  if (!watch.job || error === ERRORS.invalidWatchInput) return { kind: 'none', why: 'wrong input' };
  if (redrivable && redriveCount < MAX_REDRIVES && !isDefinitionError(error)) {
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

/** The key under which the table keeps what was told of a watch; one whose input names no job has one of its own. */
export function recordKey({ job, name }: Pick<FailedWatch, 'job' | 'name'>): ImportJobId {
  return job ?? { datastoreId: 'unknown', jobId: name };
}

/** The id of the notice on this failure: the same however often it is told. */
export function failureId(name: string, redriveCount: number): string {
  return `${name}-watch-failed-${redriveCount}`;
}

/**
 * What is published about a failed watch.
 * @param repairs - whether the sweep runs, which repairs what can be repaired.
 * @param now - milliseconds since the epoch.
 */
export function buildFailureNotice(
  watch: FailedWatch,
  repairs: boolean,
  now: number,
): Notice<WatchFailedData> {
  const { executionArn, name, status, job, failedStep, redriveCount } = watch;
  const error = errorName(watch.error);
  const summary = `The watch of ${job ? `import job ${job.jobId}` : 'an unknown import job'} ${ENDED[status]}${
    failedStep ? ` in '${failedStep}'` : ''
  }${error ? `: ${error}` : ''}. No verdict was published.`;
  const remedy = remedyOf(planRepair(watch), error, repairs);
  return noticeOf(
    failureId(name, redriveCount),
    {
      outcome: NOTICE_OUTCOMES.watchFailed,
      summary,
      remedy,
      ...job,
      executionArn,
      executionName: name,
      executionStatus: status,
      ...(failedStep && { failedStep }),
      ...(error && { error }),
      redriveCount,
      ...(watch.startedAt !== undefined && { startedAt: new Date(watch.startedAt).toISOString() }),
      stoppedAt: new Date(watch.stoppedAt).toISOString(),
    },
    {
      subject: `WATCH FAILED: DICOM import ${job?.jobId ?? 'unknown'}`,
      summary,
      facts: [
        ['Data store', job?.datastoreId],
        ['Job', job?.jobId],
        ['Failed in', failedStep],
        ['Error', error],
        ['Stopped', new Date(watch.stoppedAt).toISOString()],
        ['Redriven', `${redriveCount} times`],
      ],
      whatToDo: remedy,
      command: `aws stepfunctions describe-execution \\\n    --execution-arn ${executionArn}`,
      links: consoleLinks(executionArn),
      eventType: PUBLISHED.watchFailed,
      job,
    },
    now,
  );
}

const ENDED: Readonly<Record<WatchFailureStatus, string>> = {
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
  ABORTED: 'was stopped by somebody',
};

function remedyOf(repair: Repair, error: string | undefined, repairs: boolean): string {
  const cause =
    error === ERRORS.healthImagingRefused
      ? 'HealthImaging refuses to show the job: check the permissions of the check-import-job function. '
      : '';
  if (repair.kind !== 'none' && repairs) {
    const what = repair.kind === 'redrive' ? 'redrives this execution' : 'starts a new watch';
    return `${cause}The sweep ${what} after ${new Date(repair.at).toISOString()}. To be faster, mend the reason and redrive it by hand.`;
  }
  switch (repair.kind) {
    case 'redrive':
      return `${cause}Mend the reason, then redrive the execution.`;
    case 'replace':
      return `${cause}The execution cannot be redriven as it is: mend the reason, then start the state machine with the same input and a new name.`;
    case 'none':
      switch (repair.why) {
        case 'wrong input':
          return 'Start the state machine with exactly {"datastoreId": "...", "jobId": "..."} as input.';
        case 'aborted':
          return 'Nothing is repaired by itself, since somebody stopped the watch. If that was a mistake, redrive the execution.';
        case 'tried enough':
          return `${cause}It was tried often enough, nothing more happens by itself. Mend the reason, then redrive the execution or start the state machine with the same input and a new name.`;
        default:
          return repair.why satisfies never;
      }
    default:
      return repair satisfies never;
  }
}
