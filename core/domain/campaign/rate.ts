const MINUTE = 60_000;
const STEP = 5 * MINUTE;
/** What a rate is measured over. A new window begins every five minutes. */
const WINDOW_STEPS = 3;
/** The last hour. */
const STEPS = 12;

/** Seconds until some jobs have ended. */
export interface TimeLeft {
  readonly median: number;
  readonly least: number;
  /** Absent where in some part of the hour none ended. */
  readonly most?: number;
}

/** How fast jobs end, from the times at which they ended, in any order. It keeps those of an hour. */
export class Rate {
  /** Jobs by the number of five minutes since the epoch. */
  readonly #steps = new Map<number, number>();
  #latest = 0;

  /** @param endedAt - milliseconds since the epoch. */
  add(endedAt: number): void {
    const step = Math.floor(endedAt / STEP);
    if (step > this.#latest) {
      this.#latest = step;
      for (const each of this.#steps.keys()) if (each < step - STEPS) this.#steps.delete(each);
    }
    if (step >= this.#latest - STEPS) this.#steps.set(step, (this.#steps.get(step) ?? 0) + 1);
  }

  /**
   * How long so many jobs take at the median rate of the hour before now, a quarter of an hour at a time.
   * @param now - milliseconds since the epoch.
   * @returns undefined where the median is that none ended.
   */
  timeLeft(jobs: number, now: number): TimeLeft | undefined {
    // What began has not ended: the last whole step.
    const last = Math.floor(now / STEP) - 1;
    const rates: number[] = [];
    for (let end = last - STEPS + WINDOW_STEPS; end <= last; end++) {
      let ended = 0;
      for (let i = 0; i < WINDOW_STEPS; i++) ended += this.#steps.get(end - i) ?? 0;
      rates.push((ended * 1000) / (WINDOW_STEPS * STEP));
    }
    rates.sort((a, b) => a - b);
    const [lowest = 0, median = 0, highest = 0] = [rates[0], rates[rates.length >> 1], rates.at(-1)];
    if (median === 0) return undefined;
    const left = (rate: number) => Math.round(jobs / rate);
    return { median: left(median), least: left(highest), ...(lowest > 0 && { most: left(lowest) }) };
  }
}
