import TinyQueue from 'tinyqueue';
import type { Clock } from './clock.ts';

interface Sleeper {
  readonly at: number;
  /** Of those that wake at the same time, the first to sleep is the first to wake. */
  readonly number: number;
  readonly wake: () => void;
  awake: boolean;
}

/**
 * A clock on which time passes only while everything that runs on it is asleep, and then at once: a watch of seven
 * days is over in a moment, and what happens between two sleeps takes no time.
 */
export class VirtualClock implements Clock {
  #now: number;
  #awake = 0;
  #asleep = 0;
  #slept = 0;
  /** Also those that something else woke: they leave when it is their turn. */
  readonly #sleepers = new TinyQueue<Sleeper>([], (a, b) => a.at - b.at || a.number - b.number);

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
    while (this.#awake > 0 || this.#asleep > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        sleeper.awake = true;
        this.#asleep--;
        this.#awake++;
        resolve();
      };
      const at = this.#now + Math.max(0, ms);
      const sleeper: Sleeper = { at, number: this.#slept++, wake, awake: false };
      signal?.addEventListener('abort', wake);
      this.#sleepers.push(sleeper);
      this.#asleep++;
      this.#awake--;
      this.#passTime();
    });
  }

  #passTime(): void {
    // Not at once: what was just resolved may start something before it sleeps.
    setImmediate(() => {
      if (this.#awake > 0) return;
      let next = this.#sleepers.pop();
      while (next?.awake) next = this.#sleepers.pop();
      if (!next) return;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    });
  }
}
