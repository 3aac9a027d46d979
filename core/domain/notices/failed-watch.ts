import type { WatchFailedData } from '../../contract/events.ts';
import {
  ERRORS,
  type ImportJobId,
  NOTICE_OUTCOMES,
  PUBLISHED,
  type WatchFailureStatus,
} from '../../contract/names.ts';
import { counted } from '../counted.ts';
import { withoutLinks } from '../text.ts';
import { progressOf } from '../watch/progress.ts';
import {
  errorName,
  type FailedWatch,
  failureId,
  isDefinitionError,
  planRepair,
  type Repair,
  stepName,
} from '../watch/repair.ts';
import { consoleLinks } from './console-links.ts';
import { type Notice, noticeOf } from './notice.ts';

/** The watcher that a failed watch is of. */
export interface WatcherFacts {
  /** Whether the sweep runs, which repairs what can be repaired. */
  readonly repairs: boolean;
  /** The Lambda functions that steps call, as the account calls them, by the names of the steps. */
  readonly functions?: Readonly<Record<string, string>>;
}

/**
 * What is published about a failed watch.
 * @param now - milliseconds since the epoch.
 */
export function buildFailureNotice(
  watch: FailedWatch,
  { repairs, functions = {} }: WatcherFacts,
  now: number,
): Notice<WatchFailedData> {
  const { executionArn, name, status, job, redriveCount } = watch;
  const failedStep = stepName(watch.failedStep);
  const error = errorName(watch.error);
  const { verdictPublished, sentence } = progressOf(watch.failedStep);
  const summary = `The watch of ${job ? `import job ${job.jobId}` : 'an unknown import job'} ${ENDED[status]}${
    failedStep ? ` in '${failedStep}'` : ''
  }${error ? `: ${error}` : ''}. ${sentence}`;
  const repair = planRepair(watch);
  const remedy = remedyOf(repair, causeOf(error, functions[failedStep ?? '']), repairs);
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
        ['Redriven', counted(redriveCount, 'time')],
      ],
      whatToDo: [remedy],
      command: job ? commandToRedrive(job, repair) : commandToDescribe(executionArn),
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

/** What is known of the cause, as a sentence; empty where the name of the error says all. */
function causeOf(error: string | undefined, functionName: string | undefined): string {
  if (error === ERRORS.healthImagingRefused) {
    return `HealthImaging does not let the Lambda function ${
      functionName ? `${functionName} ` : ''
    }read the job. Check the permissions of its role (medical-imaging:GetDICOMImportJob), and the service control policies of the account. `;
  }
  return isDefinitionError(error)
    ? 'The state machine definition that the watch began with is at fault, and a redrive keeps that definition. '
    : '';
}

const REDRIVE = 'fix the cause and run dicom-import-watcher redrive';

function remedyOf(repair: Repair, cause: string, repairs: boolean): string {
  if (repair.kind === 'none') return (repair.why === 'tried enough' ? cause : '') + BY_HAND[repair.why];
  if (!repairs) return `${cause}The sweep is off, so nothing repairs this watch: ${REDRIVE}.`;
  const at = new Date(repair.at).toISOString();
  const what = repair.kind === 'redrive' ? 'redrives this watch' : 'starts a new watch of the job';
  return `${cause}The sweep ${what} after ${at}. If you cannot wait, ${REDRIVE}.`;
}

const BY_HAND: Readonly<Record<Extract<Repair, { kind: 'none' }>['why'], string>> = {
  'wrong input':
    'The input of the execution does not name an import job. Start the state machine with exactly {"datastoreId": "...", "jobId": "..."} as input.',
  aborted: `Somebody stopped this watch, so the sweep does not repair it. If that was a mistake, run dicom-import-watcher redrive.`,
  'unknown status':
    'HealthImaging gives the job a status that this version of the watcher does not know. Update the watcher, then run dicom-import-watcher redrive.',
  'tried enough': `All automatic repairs have failed. To follow the job again, ${REDRIVE}.`,
};

/** Redrives the watch, or starts a new one where a redrive is of no use. */
function commandToRedrive({ datastoreId, jobId }: ImportJobId, { kind }: Repair): string {
  const replace = kind === 'replace' ? ' --replace' : '';
  return `npx dicom-import-watcher redrive${replace} \\\n    --datastore-id ${datastoreId} \\\n    --job-id ${jobId}`;
}

function commandToDescribe(executionArn: string): string {
  // Whoever starts an execution by hand chooses its name.
  const arn = /^[\w:-]+$/.test(executionArn) ? executionArn : withoutLinks(executionArn);
  return `aws stepfunctions describe-execution \\\n    --execution-arn ${arn}`;
}
