import type { ImportJobId } from '../../contract/names.ts';
import { OTHER_MESSAGES, OTHER_TYPES } from '../verdict/manifest.ts';

/** What is added up of equal things in several jobs. */
export interface Group<T> {
  readonly of: T;
  count: number;
  jobs: number;
  /** The first job that had it. */
  readonly exampleJob: ImportJobId;
}

/** Adds up equal things, a bounded number of them: what comes after counts as `others` says. */
export class Groups<T> {
  readonly #groups = new Map<string, Group<T>>();
  readonly #max: number;
  readonly #keyOf: (of: T) => string;
  readonly #others: (of: T) => T;

  /** @param others - what a thing counts as once there are `max` others. It has few values. */
  constructor(max: number, keyOf: (of: T) => string, others: (of: T) => T) {
    this.#max = max;
    this.#keyOf = keyOf;
    this.#others = others;
  }

  /** What one job has, each thing once. */
  add(job: ImportJobId, counts: Iterable<readonly [of: T, count: number]>): void {
    const seen = new Set<Group<T>>();
    for (const [of, count] of counts) {
      const group = this.#group(of, job);
      group.count += count;
      if (seen.has(group)) continue;
      seen.add(group);
      group.jobs++;
    }
  }

  /** Most frequent first. */
  result(): Group<T>[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  #group(of: T, { datastoreId, jobId }: ImportJobId): Group<T> {
    const known = this.#groups.get(this.#keyOf(of));
    if (known) return known;
    const kept = this.#groups.size < this.#max ? of : this.#others(of);
    const key = this.#keyOf(kept);
    const group = this.#groups.get(key) ?? {
      of: kept,
      count: 0,
      jobs: 0,
      exampleJob: { datastoreId, jobId },
    };
    this.#groups.set(key, group);
    return group;
  }
}

/** Why files were refused. */
export interface Reason {
  readonly exceptionType: string;
  readonly message: string;
}

const MAX_REASONS = 1000;

/** Adds up reasons for which files were refused. */
export function groupsOfReasons(): Groups<Reason> {
  return new Groups<Reason>(
    MAX_REASONS,
    ({ exceptionType, message }) => `${exceptionType}\n${message}`,
    () => ({ exceptionType: OTHER_TYPES, message: OTHER_MESSAGES }),
  );
}
