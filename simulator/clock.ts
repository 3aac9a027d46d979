import { setTimeout as delay } from 'node:timers/promises';

/** Where simulated services and the local runner get the time from, so that tests can let days pass at once. */
export interface Clock {
  /** The time in milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs something that may sleep and that nobody awaits (a job, a delivery, an execution).
   * A virtual clock lets time pass only while all that runs is asleep.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** The clock on the wall. */
export const wallClock: Clock = {
  now: () => Date.now(),
  // Does not keep the process alive: a stopped server's pending jobs must not hold it up.
  sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
  run: (work) => work(),
};
