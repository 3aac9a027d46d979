import { medicalImaging } from '../../core/aws/clients.ts';
import { ENV } from '../../core/contract/names.ts';
import { phaseOf } from '../../core/contract/poll-schedule.ts';
import { parseWatchRequest } from '../../core/domain/incoming.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import type { CheckResult } from '../../core/domain/notices/notice.ts';
import { ageSeconds, decide } from '../../core/domain/watch/check.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { disclosure, optionalEnv, requireEnv } from '../runtime/env.ts';
import { readImportJob } from '../runtime/import-job.ts';
import { log } from '../runtime/log.ts';
import { withSources } from '../runtime/with-sources.ts';

const client = medicalImaging();
/** Most checks read the job and nothing else. */
const loadTable = () => import('../runtime/table.ts');

/**
 * Looks at the job once and decides whether to wait on. Passing errors are thrown for the state machine to retry.
 * Environment: `POLL_INTERVAL_SECONDS`, `LONGEST_POLL_INTERVAL_SECONDS`, `OVERDUE_AFTER_SECONDS`,
 * `GIVE_UP_AFTER_SECONDS`, `WATCHES_TABLE`, `DISCLOSURE`, and what `holdForDigests` needs.
 */
export const checkImportJob =
  (time: Time) =>
  async (event: unknown): Promise<CheckResult> => {
    const { watch, watchStartedAt, executionArn } = parseWatchRequest(event);
    const longest = optionalEnv(ENV.longestPollIntervalSeconds);
    const limits = {
      pollIntervalSeconds: Number(requireEnv(ENV.pollIntervalSeconds)),
      ...(longest && { longestPollIntervalSeconds: Number(longest) }),
      overdueAfterSeconds: Number(requireEnv(ENV.overdueAfterSeconds)),
      giveUpAfterSeconds: Number(requireEnv(ENV.giveUpAfterSeconds)),
    };
    const job = await readImportJob(client, watch);
    const observation = {
      jobStatus: job.jobStatus,
      phase: phaseOf(watch),
      submittedAt: job.submittedAt ? Date.parse(job.submittedAt) : undefined,
      watchStartedAt: Date.parse(watchStartedAt),
      now: time.now(),
      news: watch.news,
      last: watch.check,
    };
    let check = decide(observation, limits);
    if (check.next !== 'running' && check.next !== 'unknown') {
      // Something is about to be published: not a second time, whoever did it first.
      const { findWatch, watchesTable } = await loadTable();
      check = decide({ ...observation, told: await findWatch(watchesTable(), watch) }, limits);
    }
    if (check.next === 'abandoned' || check.next === 'unknown') {
      const { letExpire, noteUnsettled, watchesTable } = await loadTable();
      // The end of a job that is given up is worth a verdict, too: the sweep asks for it by its id.
      const note = check.next === 'abandoned' ? noteUnsettled : letExpire;
      await note(watchesTable(), watch, expiry(observation.now));
    }
    check = { ...check, checks: (watch.check?.checks ?? 0) + 1 };
    log.info('checked', { executionArn, datastoreId: watch.datastoreId, jobId: watch.jobId, ...check });
    if (check.next !== 'overdue') return check;
    const { measure } = await import('../runtime/metrics.ts');
    measure({ importsOverdue: 1 });
    const { overdueAfterSeconds } = limits;
    const overdue = { job, executionArn, runningSeconds: ageSeconds(observation), overdueAfterSeconds };
    const { buildOverdueNotice } = await import('../../core/domain/notices/overdue.ts');
    const notice = buildOverdueNotice(overdue, disclosure(), observation.now);
    const { holdForDigests, watchesTable } = await loadTable();
    const held = await holdForDigests(watchesTable(), notice, observation.now);
    return { ...check, notice: { ...notice, ...(held && { held }) } };
  };

export const handler = withSources(checkImportJob(systemTime));
