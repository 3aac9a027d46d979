import type { ImportOverdueData } from '../../contract/events.ts';
import { type Disclosure, NOTICE_OUTCOMES, PUBLISHED } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import type { ImportJob } from '../watch/import-job.ts';
import { consoleLinks } from './console-links.ts';
import { disclosedFacts } from './finished-message.ts';
import { commandToGetJob } from './message.ts';
import type { Notice } from './notice.ts';
import { noticeOf } from './notice.ts';
import { publishedJob } from './published-job.ts';

const WHAT_TO_DO = [
  'The watcher still follows the job. Compare its age with the time that such imports usually take. If the job does not end, open a case with AWS Support.',
];

/** What is known of a job that runs for longer than it should. */
export interface OverdueJob {
  readonly job: ImportJob;
  readonly executionArn: string;
  /** The age of the job. */
  readonly runningSeconds: number;
  readonly overdueAfterSeconds: number;
}

/**
 * The notice about a job that runs for longer than it should. Its id comes from the job, so it is published once.
 * @param now - milliseconds since the epoch.
 */
export function buildOverdueNotice(
  { job, executionArn, runningSeconds, overdueAfterSeconds }: OverdueJob,
  { inEvents, inEmails }: Disclosure,
  now: number,
): Notice<ImportOverdueData> {
  const { datastoreId, jobId, jobStatus, submittedAt } = job;
  const running = Math.round(runningSeconds);
  const data: ImportOverdueData = {
    outcome: NOTICE_OUTCOMES.overdue,
    summary: `The job is still ${jobStatus} ${age(running)} after it was submitted.`,
    ...publishedJob(job, inEvents),
    executionArn,
    runningSeconds: running,
    overdueAfterSeconds,
  };
  return noticeOf(
    `${datastoreId}-${jobId}-overdue`,
    data,
    {
      subject: `OVERDUE: DICOM import ${jobId}`,
      summary: data.summary,
      facts: [
        ['Data store', datastoreId],
        ['Job', jobId],
        ['Job status', jobStatus],
        ['Submitted', submittedAt],
        ...(inEmails ? disclosedFacts(data) : []),
      ],
      whatToDo: WHAT_TO_DO,
      command: commandToGetJob(datastoreId, jobId),
      links: consoleLinks(executionArn),
      eventType: PUBLISHED.importOverdue,
      job: { datastoreId, jobId },
    },
    now,
  );
}

function age(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return counted(minutes, 'minute');
  const tenths = Math.round(seconds / 360) / 10;
  return counted(tenths, 'hour');
}
