/** What ended in one period. */
export interface Period {
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  jobs: number;
  imported: number;
  rejected: number;
}

/** Periods that are kept: more than a page shows, few enough for years of jobs. */
const MAX_PERIODS = 400;
const HOUR = 3600_000;

/** Jobs and files by the time at which jobs ended, in any order, in periods that grow with the whole. */
export class Throughput {
  #length = HOUR;
  #periods = new Map<number, Period>();

  /** @param endedAt - milliseconds since the epoch. */
  add(endedAt: number, imported: number, rejected: number): void {
    this.#merge({ startsAt: endedAt, jobs: 1, imported, rejected });
    while (this.#periods.size > MAX_PERIODS) {
      const before = this.#periods;
      this.#length = longer(this.#length);
      this.#periods = new Map();
      for (const period of before.values()) this.#merge(period);
    }
  }

  result(): { periodSeconds: number; periods: Period[] } {
    return {
      periodSeconds: this.#length / 1000,
      periods: [...this.#periods.values()].sort((a, b) => a.startsAt - b.startsAt),
    };
  }

  #merge({ startsAt: at, jobs, imported, rejected }: Period): void {
    const startsAt = Math.floor(at / this.#length) * this.#length;
    const known = this.#periods.get(startsAt) ?? { startsAt, jobs: 0, imported: 0, rejected: 0 };
    known.jobs += jobs;
    known.imported += imported;
    known.rejected += rejected;
    this.#periods.set(startsAt, known);
  }
}

/** Hours, parts of a day, days: each a multiple of the one before, so that periods can be put together. */
function longer(length: number): number {
  return length === HOUR ? 3 * HOUR : 2 * length;
}
