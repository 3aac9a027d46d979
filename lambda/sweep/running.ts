import { giveNews, listExecutions } from '../../core/aws/executions.ts';
import { findWatch } from '../../core/aws/watches.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { itinerary, RUNNING_STATUSES } from '../../core/domain/watch/sweep.ts';
import { parseWatchName, watchName } from '../../core/domain/watch/watch-name.ts';
import { readImportJob } from '../runtime/import-job.ts';
import { type JobTools, PACE_MS, readLists, sweepPage } from './jobs.ts';

/** An event is on its way for about a second: what is younger than this is not taken for lost. */
const IN_FLIGHT_MS = 10_000;

/**
 * The part of a sweep that is fast, whatever there is of history: gives a watch to each running job that has none, and
 * news to each watch whose job runs no more.
 * @param deadline - when to stop, in milliseconds since the epoch; the next one does the rest.
 */
export async function sweepRunning(
  tools: JobTools,
  datastoreIds: readonly string[],
  deadline: number,
): Promise<void> {
  const { machine, time, tally } = tools;
  // Before the lists: whose job is in none of them then, has seen its end.
  const watched = new Map<string, ImportJobId>();
  for await (const page of listExecutions(machine, 'RUNNING')) {
    for (const job of page.map(({ name }) => parseWatchName(name))) if (job) watched.set(watchName(job), job);
  }
  const listed = new Set<string>();
  const lists = itinerary(datastoreIds, undefined, RUNNING_STATUSES);
  const { rest } = await readLists(tools, lists, deadline, async (jobs) => {
    for (const job of jobs) listed.add(watchName(job));
    const young = time.now() - IN_FLIGHT_MS;
    const news = jobs.filter((job) => !watched.has(watchName(job)) && (job.submittedAt ?? 0) <= young);
    await sweepPage(tools, news);
  });
  if (rest) return;
  for (const [name, job] of watched) {
    const { datastoreId, jobId } = job;
    if (listed.has(name) || tally.datastores.failed.has(datastoreId) || !datastoreIds.includes(datastoreId))
      continue;
    if (time.now() >= deadline) return;
    await time.sleep(PACE_MS);
    await tally.attempt({ datastoreId, jobId }, () => tellEnd(tools, job));
  }
}

/** Wakes the watch of a job that ended. The job is read first: a list is a hint, and a wrong one would wake at each sweep. */
async function tellEnd(
  { healthImaging, machine, table, time, tally }: JobTools,
  job: ImportJobId,
): Promise<void> {
  const { jobStatus, endedAt } = await readImportJob(healthImaging, job);
  if (!hasEnded(jobStatus)) return;
  const { taskToken } = await findWatch(table, job);
  if (!taskToken || (await giveNews(machine, taskToken, { jobStatus })) === 'stale') return;
  if (time.now() - Date.parse(endedAt ?? '') >= IN_FLIGHT_MS) tally.count('newsGiven');
}
