import {
  ageOf,
  type Caller,
  giveNews,
  type ListedExecution,
  listExecutions,
} from '../../core/aws/executions.ts';
import { loadRunningPosition, noteUnsettled, saveRunningPosition } from '../../core/aws/sweep-items.ts';
import { findWatch } from '../../core/aws/watches.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { itinerary, RUNNING_STATUSES, startingAt } from '../../core/domain/watch/sweep.ts';
import { parseWatchName, watchName } from '../../core/domain/watch/watch-name.ts';
import { readImportJob } from '../runtime/import-job.ts';
import { isLate, type JobTools, type SweptPart, sweepPage } from './jobs.ts';
import { readLists } from './lists.ts';

/** An event is on its way for about a second: what is younger than this is not taken for lost. */
const IN_FLIGHT_MS = 10_000;

/**
 * The part of a sweep that is fast, whatever there is of history: gives a watch to each running job that has none, and
 * news to each watch whose job runs no more. It begins with the data store at which the last one was cut off.
 * @param deadline - when to stop, in milliseconds since the epoch.
 */
export async function sweepRunning(
  tools: JobTools,
  datastoreIds: readonly string[],
  deadline: number,
): Promise<SweptPart> {
  const { table } = tools;
  const from = await loadRunningPosition(table);
  const { cutAt, ...rest } = await sweepDatastores(tools, startingAt(datastoreIds, from), deadline);
  if (from !== cutAt) await saveRunningPosition(table, cutAt);
  return { ...rest, finished: cutAt === undefined };
}

/** @returns the data store at which it was cut off, if it was. */
async function sweepDatastores(
  tools: JobTools,
  datastoreIds: readonly string[],
  deadline: number,
): Promise<Omit<SweptPart, 'finished'> & { cutAt?: string }> {
  const { machine, pace, time, tally } = tools;
  // Before the lists: whose job is in none of them then, has seen its end.
  const running: ListedExecution[] = [];
  const call: Caller = (make) => pace.executions.call(make);
  for await (const page of listExecutions(machine, 'RUNNING', call)) running.push(...page);
  const gauges = ageOf(running, time.now());
  const watched = new Map<string, Map<string, ImportJobId>>(datastoreIds.map((id) => [id, new Map()]));
  for (const { name } of running) {
    const job = parseWatchName(name);
    if (job) watched.get(job.datastoreId)?.set(watchName(job), job);
  }
  let pages = 0;
  for (const datastoreId of datastoreIds) {
    const ofThis = watched.get(datastoreId) ?? new Map<string, ImportJobId>();
    const listed = new Set<string>();
    const lists = itinerary([datastoreId], undefined, RUNNING_STATUSES);
    const { cut, ...read } = await readLists(tools, lists, deadline, async (jobs) => {
      for (const job of jobs) listed.add(watchName(job));
      const young = time.now() - IN_FLIGHT_MS;
      const news = jobs.filter((job) => !ofThis.has(watchName(job)) && (job.submittedAt ?? 0) <= young);
      await sweepPage(tools, news);
      return 'go on';
    });
    pages += read.pages;
    if (cut) return { cutAt: datastoreId, gauges, pages };
    if (tally.datastores.failed.has(datastoreId)) continue;
    for (const [name, job] of ofThis) {
      if (listed.has(name)) continue;
      if (time.now() >= deadline) return { cutAt: datastoreId, gauges, pages };
      await tally.attempt({ datastoreId, jobId: job.jobId }, () => tellEnd(tools, job));
    }
  }
  return { gauges, pages };
}

/** Wakes the watch of a job that ended. The job is read first: a list is a hint, and a wrong one would wake at each sweep. */
async function tellEnd(
  { healthImaging, machine, pace, table, time, tally }: JobTools,
  job: ImportJobId,
): Promise<void> {
  const { jobStatus, endedAt } = await pace.healthImaging.call(() => readImportJob(healthImaging, job));
  if (!hasEnded(jobStatus)) return;
  const ended = Date.parse(endedAt ?? '');
  // The sweep of all jobs looks at it from now on, and says so where its watch is stuck.
  if (isLate(ended, time.now())) await noteUnsettled(table, job, expiry(time.now()));
  const { taskToken } = await findWatch(table, job);
  if (!taskToken || (await giveNews(machine, taskToken, { jobStatus })) === 'stale') return;
  if (time.now() - ended >= IN_FLIGHT_MS) tally.count('newsGiven');
}
