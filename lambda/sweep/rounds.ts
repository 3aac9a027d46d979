import {
  forgetUnsettled,
  loadRounds,
  noteUnsettled,
  saveRounds,
  type UnsettledJob,
  unsettledJobs,
} from '../../core/aws/sweep-items.ts';
import { deployedAt, findWatches, type WatchRecord } from '../../core/aws/watches.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import {
  ALL_LISTS,
  Descent,
  fullRoundIsDue,
  isOlder,
  isOurs,
  itinerary,
  type ListedJob,
  type ListPosition,
  type Rounds,
  seenBefore,
  startingAt,
} from '../../core/domain/watch/sweep.ts';
import { isSettled } from '../../core/domain/watch/told.ts';
import { watchName } from '../../core/domain/watch/watch-name.ts';
import { readImportJob } from '../runtime/import-job.ts';
import { type JobTools, type SweptPart, sweepPage } from './jobs.ts';
import { readLists, type VisitPage } from './lists.ts';

const HOUR_MS = 3_600_000;
/** How long a job that was given up is asked for although HealthImaging does not know it. */
const FORGOTTEN_SECONDS = 24 * 3600;
/** How long jobs may take that are read by their ids, of the time of a sweep. */
const UNSETTLED_SHARE = 1 / 3;

/** Sweeps all jobs of the data stores. @param deadline - when to stop, in milliseconds since the epoch. */
export async function sweepAll(
  tools: JobTools,
  datastoreIds: readonly string[],
  deadline: number,
): Promise<SweptPart> {
  const { table, time } = tools;
  const before = await loadRounds(table);
  const sweep = { datastoreIds, rounds: before, deployedAt: await deployedAt(table), deadline };
  const { rounds, ...swept } = await sweepJobs(tools, sweep);
  await saveRounds(table, rounds);
  return { ...swept, gauges: { fullRoundAge: (time.now() - rounds.fullAt) / 1000 } };
}

/** What a sweep of all jobs begins with. Times are milliseconds since the epoch. */
interface JobSweep {
  readonly datastoreIds: readonly string[];
  readonly deployedAt: number;
  /** How far earlier sweeps came; undefined: this is the first. */
  readonly rounds: Rounds | undefined;
  /** When to stop. */
  readonly deadline: number;
}

/**
 * Makes sure that each job that is ours has a watch or had one, in three parts. All that is recent: of each list as many
 * pages as may have what no round has seen. Then jobs whose verdict is not final, by their ids. Then, once a day and over as
 * many sweeps as it takes, what the first part left of the lists.
 * @returns how far it came, whether all that is recent was seen, and how many pages were read.
 */
async function sweepJobs(
  tools: JobTools,
  sweep: JobSweep,
): Promise<{ rounds: Rounds; finished: boolean; pages: number }> {
  const { time, table } = tools;
  const { datastoreIds, deployedAt, deadline } = sweep;
  const now = time.now();
  const before = sweep.rounds ?? { recent: {}, fullAt: now };
  const begins = !sweep.rounds || fullRoundIsDue(before, now);
  const full = begins ? { began: now, lists: itinerary(datastoreIds, undefined, ALL_LISTS) } : before.full;
  const swept = new SweptJobs(tools, deployedAt, await unsettledJobs(table));

  const recent = await sweepRecent(tools, { ...sweep, rounds: { ...before, full } }, swept);
  let { pages } = recent;
  if (recent.cut) return { rounds: recent.rounds, finished: false, pages };
  const until = Math.min(deadline, time.now() + (deadline - now) * UNSETTLED_SHARE);
  const next = { ...recent.rounds, ...(await sweepUnsettled(tools, recent.rounds, swept, until)) };
  if (!next.full) return { rounds: next, finished: true, pages };

  const lists = next.full.lists.filter(({ datastoreId }) => datastoreIds.includes(datastoreId));
  const read = await readLists(tools, lists, deadline, async (jobs) => {
    await swept.visit(jobs);
    return 'go on';
  });
  pages += read.pages;
  const { began } = next.full;
  const isComplete = read.rest.length === 0;
  return {
    rounds: isComplete
      ? { ...next, fullAt: began, full: undefined }
      : { ...next, full: { began, lists: read.rest } },
    finished: true,
    pages,
  };
}

/** The jobs that a sweep came to. */
class SweptJobs {
  readonly unsettled: Map<string, UnsettledJob>;
  readonly #tools: JobTools;
  readonly #deployedAt: number;
  /** Names and statuses: a list of all jobs has most of them again. */
  readonly #seen = new Set<string>();
  readonly #names = new Set<string>();

  constructor(tools: JobTools, deployedAt: number, unsettled: Map<string, UnsettledJob>) {
    this.#tools = tools;
    this.#deployedAt = deployedAt;
    this.unsettled = unsettled;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** @returns whether nothing more has to be done for any of the jobs: their verdicts are final, or they are history. */
  async visit(jobs: readonly ListedJob[]): Promise<boolean> {
    const key = (job: ListedJob) => `${watchName(job)} ${job.jobStatus}`;
    const ours = jobs.filter((job) => !this.#seen.has(key(job)) && isOurs(job, this.#deployedAt));
    const recordOf = await sweepPage(this.#tools, ours, true);
    for (const job of ours) {
      this.#names.add(watchName(job));
      await this.#note(job, recordOf(job));
    }
    for (const job of jobs) this.#seen.add(key(job));
    return ours.every((job) => isSettled(recordOf(job)));
  }

  /** A job that ended or was given up is looked at until its verdict is final, however deep it sinks in its list. */
  async #note(job: ListedJob, record: WatchRecord): Promise<void> {
    const name = watchName(job);
    const isNoted = this.unsettled.has(name);
    const { table, time } = this.#tools;
    if (isSettled(record)) {
      if (isNoted) await forgetUnsettled(table, job);
      this.unsettled.delete(name);
    } else if (!isNoted && (record.outcome || hasEnded(job.jobStatus))) {
      const expiresAt = expiry(time.now());
      await noteUnsettled(table, job, expiresAt);
      this.unsettled.set(name, { ...job, expiresAt: Number(expiresAt) });
    }
  }
}

/** Reads the lists of each data store as far as they may have what is new, beginning where the sweep before was cut off. */
async function sweepRecent(
  tools: JobTools,
  { datastoreIds, deployedAt, rounds, deadline }: JobSweep & { readonly rounds: Rounds },
  swept: SweptJobs,
): Promise<{ rounds: Rounds; cut: boolean; pages: number }> {
  const { time, tally } = tools;
  const recent = Object.fromEntries(
    Object.entries(rounds.recent).filter(([datastoreId]) => datastoreIds.includes(datastoreId)),
  );
  let { full } = rounds;
  let pages = 0;
  for (const datastoreId of startingAt(datastoreIds, rounds.cut?.at.datastoreId)) {
    const from = rounds.cut?.at.datastoreId === datastoreId ? rounds.cut : undefined;
    const began = from?.began ?? time.now();
    const last = recent[datastoreId];
    const lists = itinerary([datastoreId], from?.at, ALL_LISTS);
    const visit = untilSeen(swept, seenBefore(last, deployedAt, began));
    const read = await readLists(tools, lists, deadline, visit);
    pages += read.pages;
    if (read.cut) {
      const [at] = read.rest;
      return { rounds: { ...rounds, recent, cut: at && { at, began }, full }, cut: true, pages };
    }
    const unread = [...read.left, ...read.rest];
    if (last === undefined) full ??= { began, lists: itinerary([datastoreId], undefined, ALL_LISTS) };
    // What was read from its first page to its end needs no second reading.
    if (!from)
      full = full && { ...full, lists: full.lists.filter((list) => !isReadOf(list, datastoreId, unread)) };
    if (!tally.datastores.failed.has(datastoreId)) recent[datastoreId] = began;
  }
  return { rounds: { ...rounds, recent, cut: undefined, full }, cut: false, pages };
}

/** Whether this list is one of the data store's that were read to their ends. */
function isReadOf(list: ListPosition, datastoreId: string, unread: readonly ListPosition[]): boolean {
  return list.datastoreId === datastoreId && unread.every(({ jobStatus }) => jobStatus !== list.jobStatus);
}

/** Has enough of a list with a whole page whose jobs have their final verdicts and are older, if the list descends. */
function untilSeen(swept: SweptJobs, since: number): VisitPage {
  let descent = new Descent();
  let of: ListPosition['jobStatus'] | 'none' = 'none';
  return async (jobs, { jobStatus, nextToken }) => {
    if (of !== jobStatus || !nextToken) descent = new Descent();
    of = jobStatus;
    const known = await swept.visit(jobs);
    const descends = descent.add(jobs);
    return known && descends && jobs.length > 0 && jobs.every((job) => isOlder(job, since))
      ? 'enough'
      : 'go on';
  };
}

/** Looks at jobs by their ids that ended or were given up, and whose verdict is not final: at those given up each hour. */
async function sweepUnsettled(
  tools: JobTools,
  rounds: Rounds,
  swept: SweptJobs,
  deadline: number,
): Promise<Pick<Rounds, 'givenUpAt' | 'unsettledAfter'>> {
  const { healthImaging, pace, table, time, tally } = tools;
  const now = time.now();
  const isHour = now - (rounds.givenUpAt ?? 0) >= HOUR_MS;
  const names = [...swept.unsettled.keys()].sort();
  const start = names.findIndex((name) => name > (rounds.unsettledAfter ?? ''));
  const jobs = startingAt(names, names[start]).flatMap((name) => swept.unsettled.get(name) ?? []);
  let unsettledAfter: string | undefined;
  for (let i = 0; i < jobs.length; i += 100) {
    const some = jobs.slice(i, i + 100);
    const recordOf = await findWatches(table, some);
    for (const job of some) {
      const name = watchName(job);
      const { datastoreId, jobId, expiresAt } = job;
      const record = recordOf(job);
      if (swept.has(name) || (record.outcome === 'ABANDONED' && !isSettled(record) && !isHour)) continue;
      if (time.now() >= deadline) return { unsettledAfter };
      unsettledAfter = name;
      await tally.attempt({ datastoreId, jobId }, async () => {
        if (isSettled(record)) return forgetUnsettled(table, job);
        const { jobStatus, submittedAt, endedAt } = await pace.healthImaging.call(() =>
          readImportJob(healthImaging, job),
        );
        if (jobStatus !== 'NOT_FOUND') {
          const times = { submittedAt: epoch(submittedAt), endedAt: epoch(endedAt) };
          await sweepPage(tools, [{ datastoreId, jobId, jobStatus, ...times }]);
        } else if (Number(expiry(now)) - expiresAt > FORGOTTEN_SECONDS) await forgetUnsettled(table, job);
      });
    }
  }
  return { unsettledAfter: undefined, ...(isHour && { givenUpAt: now }) };
}

function epoch(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso);
}
