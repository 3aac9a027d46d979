import type { Job } from './jobs.ts';

/** One schedule of checks at fixed ages, and what it comes to with some jobs. */
export interface Inspection {
  readonly polls: number;
  /** Mean seconds from the end of a job to the check that finds it. */
  readonly lag: number;
}

/** Ages to choose from: each this much more than the one before. */
const STEP = 1.02;

/**
 * The best that polling alone can do for jobs whose lengths are known, though not which job has which: the ages that make
 * `price * polls + lag` least, by dynamic programming over a fine grid of ages. The theory is Barlow, Hunter and Proschan's
 * (Optimum checking procedures, 1963).
 * @param price - seconds of lag that one check is worth.
 */
export function optimum(jobs: readonly Job[], price: number): Inspection {
  const lengths = jobs.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
  const longest = lengths.at(-1) ?? 0;
  const ages = [0];
  for (let age = 5; age < longest; age *= STEP) ages.push(age);
  ages.push(longest);
  // How many jobs have ended by each age, and their lengths together.
  let next = 0;
  let sum = 0;
  const ended = ages.map((age) => {
    for (; next < lengths.length && (lengths[next] ?? 0) <= age; next++) sum += lengths[next] ?? 0;
    return { count: next, sum };
  });
  const last = ages.length - 1;
  const best = new Array<number>(ages.length).fill(0);
  const polls = new Array<number>(ages.length).fill(0);
  const lag = new Array<number>(ages.length).fill(0);
  for (let i = last - 1; i >= 0; i--) {
    best[i] = Number.POSITIVE_INFINITY;
    const from = ended[i] ?? { count: 0, sum: 0 };
    const running = lengths.length - from.count;
    for (let j = i + 1; j <= last; j++) {
      const to = ended[j] ?? from;
      const late = (to.count - from.count) * (ages[j] ?? 0) - (to.sum - from.sum);
      const cost = price * running + late + (best[j] ?? 0);
      if (cost < (best[i] ?? 0)) {
        best[i] = cost;
        polls[i] = running + (polls[j] ?? 0);
        lag[i] = late + (lag[j] ?? 0);
      }
    }
  }
  return { polls: (polls[0] ?? 0) / lengths.length, lag: (lag[0] ?? 0) / lengths.length };
}
