import type { WatchFailedData } from '../../contract/events.ts';
import { ERRORS, NOTICE_OUTCOMES, PUBLISHED, type WatchFailureStatus } from '../../contract/names.ts';
import { progressOf } from '../watch/progress.ts';
import {
  errorName,
  type FailedWatch,
  failureId,
  isDefinitionError,
  planRepair,
  type Repair,
} from '../watch/repair.ts';
import { consoleLinks } from './console-links.ts';
import { type Notice, noticeOf } from './notice.ts';

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
  const { verdictPublished, sentence } = progressOf(failedStep);
  const summary = `The watch of ${job ? `import job ${job.jobId}` : 'an unknown import job'} ${ENDED[status]}${
    failedStep ? ` in '${failedStep}'` : ''
  }${error ? `: ${error}` : ''}. ${sentence}`;
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
      verdictPublished,
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
      : isDefinitionError(error)
        ? 'The definition that the watch began with is at fault, and a redrive keeps it. '
        : '';
  if (repair.kind !== 'none' && repairs) {
    const at = new Date(repair.at).toISOString();
    return repair.kind === 'redrive'
      ? `${cause}The sweep redrives this execution after ${at}. To be faster, mend the reason and redrive it by hand.`
      : `${cause}The sweep starts a new watch after ${at}. To be faster, mend the reason, then start the state machine with the same input and a new name.`;
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
