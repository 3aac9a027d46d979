import { setTimeout as delay } from 'node:timers/promises';

/** What the handlers know of time: an argument, so that tests can let days pass at once. Milliseconds. */
export interface Time {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemTime: Time = { now: () => Date.now(), sleep: (ms) => delay(ms) };
