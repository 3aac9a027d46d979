import type { Clock } from '../../simulator/clock.ts';

/** A clock that stands still until a test lets time pass. */
export class FakeClock implements Clock {
  #now: number;
  #running = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(start = Date.parse('2026-01-02T03:04:05.678Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#running -= 1;
      const wake = () => {
        if (!this.#sleepers.includes(sleeper)) return;
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        this.#running += 1;
        resolve();
      };
      const sleeper = { at: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }

  /** Lets seconds pass; whatever wakes up meanwhile has done its work when this resolves. */
  async pass(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000;
    await this.#idle();
    for (;;) {
      const next = this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await this.#idle();
    }
    this.#now = end;
  }

  async #idle(): Promise<void> {
    do await new Promise((resolve) => setTimeout(resolve, 1));
    while (this.#running > 0);
  }
}
