import type { Clock } from '../simulator/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * A clock on which time passes only while everything that runs on it is asleep, and then at once: a watch of seven
 * days is over in a moment, and what happens between two sleeps takes no time.
 */
export class VirtualClock implements Clock {
  #now: number;
  #awake = 0;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#awake++;
    try {
      return await work();
    } finally {
      this.#awake--;
      this.#passTime();
    }
  }

  /** Resolves when nothing runs any more: all is done or asleep with nothing to wake it. */
  async idle(): Promise<void> {
    while (this.#awake > 0 || this.#sleepers.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        this.#awake++;
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, ms), wake };
      signal?.addEventListener('abort', wake);
      this.#sleepers.push(sleeper);
      this.#awake--;
      this.#passTime();
    });
  }

  #passTime(): void {
    // Not at once: what was just resolved may start something before it sleeps.
    setImmediate(() => {
      if (this.#awake > 0 || this.#sleepers.length === 0) return;
      const next = this.#sleepers.reduce((a, b) => (b.at < a.at ? b : a));
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    });
  }
}
