import type { ImportOverdueData, Notice } from '../contract.ts';
import { commandToGetJob, layOut } from './email.ts';
import type { ImportJob } from './import-job.ts';
import { detailOf } from './notice.ts';

const WHAT_TO_DO =
  'The watch goes on. Compare with how long such imports take, and open a case with AWS Support if the job does not move.';

/**
 * What is published about a job that runs for longer than it should. Its id is the job's: it is told once.
 * @param runningSeconds - the age of the job.
 * @param now - milliseconds since the epoch.
 */
export function buildOverdueNotice(
  { importConfiguration: _, ...job }: ImportJob,
  runningSeconds: number,
  overdueAfterSeconds: number,
  now: number,
): Notice<ImportOverdueData> {
  const { datastoreId, jobId, jobStatus, submittedAt } = job;
  const running = Math.round(runningSeconds);
  const summary = `The job is still ${jobStatus} ${age(running)} after it was submitted.`;
  return {
    detail: detailOf(
      `${datastoreId}-${jobId}-overdue`,
      { summary, ...job, runningSeconds: running, overdueAfterSeconds },
      now,
    ),
    email: {
      subject: `OVERDUE: DICOM import ${jobId}`,
      body: layOut({
        summary,
        facts: [
          ['Data store', datastoreId],
          ['Job', jobId],
          ['Job status', jobStatus],
          ['Submitted', submittedAt],
        ],
        whatToDo: WHAT_TO_DO,
        whereToLook: commandToGetJob(datastoreId, jobId),
      }),
    },
  };
}

function age(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  const tenths = Math.round(seconds / 360) / 10;
  return `${tenths} ${tenths === 1 ? 'hour' : 'hours'}`;
}
