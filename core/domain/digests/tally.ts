import { type Group, groupsOfReasons, type Reason } from '../campaign/groups.ts';
import { severity } from '../severity.ts';
import type { DigestEntry } from './entry.ts';

/** Jobs that a digest names. */
const MAX_JOBS = 30;

/**
 * Adds up the entries of a digest, one by one: each event id is counted once, and jobs are sets of ids, so that nothing which is
 * read twice counts twice.
 */
export class DigestTally {
  readonly files = { scanned: 0, imported: 0, rejected: 0, unaccounted: 0 };
  readonly imageSets = { created: 0, changed: 0, nonPrimary: 0 };
  /** Jobs whose manifest does not say which image sets are new. */
  jobsWithoutVersions = 0;
  readonly #seen = new Set<string>();
  readonly #jobs = new Set<string>();
  readonly #byOutcome = new Map<string, Set<string>>();
  readonly #byDatastore = new Map<string, Map<string, number>>();
  readonly #oldest = new Map<string, string>();
  readonly #reasons = groupsOfReasons();
  #worst: DigestEntry[] = [];

  /** @param id - of the event. */
  add(id: string, entry: DigestEntry): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    const { outcome, datastoreId, jobId, submittedAt = '', files, imageSets, reasons = [] } = entry;
    const job = datastoreId && jobId ? `${datastoreId}-${jobId}` : id;
    this.#jobs.add(job);
    const jobs = this.#byOutcome.get(outcome) ?? new Set();
    this.#byOutcome.set(outcome, jobs.add(job));
    if (datastoreId) {
      const oldest = this.#oldest.get(datastoreId);
      if (oldest === undefined || submittedAt < oldest) this.#oldest.set(datastoreId, submittedAt);
      const outcomes = this.#byDatastore.get(datastoreId) ?? new Map<string, number>();
      this.#byDatastore.set(datastoreId, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
    }
    for (const name of Object.keys(this.files) as (keyof DigestTally['files'])[]) {
      this.files[name] += files?.[name] ?? 0;
    }
    if (imageSets && imageSets.created === undefined) this.jobsWithoutVersions++;
    for (const name of Object.keys(this.imageSets) as (keyof DigestTally['imageSets'])[]) {
      this.imageSets[name] += imageSets?.[name] ?? 0;
    }
    this.#reasons.add(
      { datastoreId: datastoreId ?? '', jobId: jobId ?? id },
      reasons.map(([exceptionType, message, count]) => [{ exceptionType, message }, count]),
    );
    // The first of a kind are those that began the trouble. Sorted now and then only.
    this.#worst.push(entry);
    if (this.#worst.length > 4 * MAX_JOBS) this.#worst = sorted(this.#worst).slice(0, MAX_JOBS);
  }

  /** Verdicts and notices. */
  get notices(): number {
    return this.#seen.size;
  }

  get jobs(): number {
    return this.#jobs.size;
  }

  /** Jobs by outcome, the worst first. */
  get outcomes(): [outcome: string, jobs: number][] {
    return [...this.#byOutcome]
      .map(([outcome, jobs]): [string, number] => [outcome, jobs.size])
      .sort(([a], [b]) => severity(b) - severity(a));
  }

  /** Notices of each data store by outcome: that with most that is not a success comes first. */
  get datastores(): [datastoreId: string, outcomes: [outcome: string, count: number][]][] {
    const bad = (outcomes: ReadonlyMap<string, number>) =>
      [...outcomes].reduce((sum, [outcome, count]) => sum + (outcome === 'SUCCEEDED' ? 0 : count), 0);
    return [...this.#byDatastore]
      .sort(([, a], [, b]) => bad(b) - bad(a))
      .map(([datastoreId, outcomes]) => [
        datastoreId,
        [...outcomes].sort(([a], [b]) => severity(b) - severity(a)),
      ]);
  }

  /** When the oldest of the jobs of a data store was submitted: ISO 8601, or undefined where one does not say. */
  oldestOf(datastoreId: string): string | undefined {
    return this.#oldest.get(datastoreId) || undefined;
  }

  /** The reasons, the most frequent first. Those after the first 1,000 are one. */
  get reasons(): Group<Reason>[] {
    return this.#reasons.result();
  }

  /** The worst jobs, at most 30, and of equals the first. */
  get worst(): DigestEntry[] {
    return sorted(this.#worst).slice(0, MAX_JOBS);
  }
}

function sorted(entries: readonly DigestEntry[]): DigestEntry[] {
  return [...entries].sort(
    (a, b) => severity(b.outcome) - severity(a.outcome) || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0),
  );
}
