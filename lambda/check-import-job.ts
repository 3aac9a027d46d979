import { medicalImaging } from './aws/clients.ts';
import { getImportJob } from './aws/import-jobs.ts';
import { type CheckResult, ENV, type PollSchedule } from './contract.ts';
import { decide } from './domain/check.ts';
import { requireEnv } from './env.ts';
import { log } from './log.ts';
import { parseWatchRequest } from './request.ts';
import { systemTime, type Time } from './time.ts';

const client = medicalImaging();

/**
 * Looks at the job once and decides whether to wait on. Passing errors are thrown for the state machine to retry.
 * Environment: `POLL_SCHEDULE`, `GIVE_UP_AFTER_SECONDS`.
 */
export const checkImportJob =
  (time: Time) =>
  async (event: unknown): Promise<CheckResult> => {
    const { watch, watchStartedAt } = parseWatchRequest(event);
    const schedule = JSON.parse(requireEnv(ENV.pollSchedule)) as PollSchedule;
    const job = await getImportJob(client, watch);
    const check = decide(
      {
        jobStatus: job.jobStatus,
        submittedAt: job.submittedAt ? Date.parse(job.submittedAt) : undefined,
        watchStartedAt: Date.parse(watchStartedAt),
        now: time.now(),
        news: watch.news,
      },
      schedule,
      Number(requireEnv(ENV.giveUpAfterSeconds)),
    );
    log.info('checked', { datastoreId: watch.datastoreId, jobId: watch.jobId, ...check });
    return check;
  };

export const handler = checkImportJob(systemTime);
