import { type Clock, wallClock } from '../../../simulator/clock.ts';

/**
 * The clock on the wall, except that it jumps ahead where all that take part have nothing left to see before.
 * Step Functions' own waits cannot jump, so they are of seconds; what the handlers wait for by the clock is of minutes.
 */
export class JumpingClock implements Clock {
  /** Milliseconds that the clock is ahead, where threads can see it too. */
  readonly ahead = new BigInt64Array(new SharedArrayBuffer(8));
  #active = 0;
  readonly #resting: { readonly until: number; readonly wake: () => void }[] = [];

  readonly sleep = wallClock.sleep;
  readonly run = wallClock.run;

  now(): number {
    return Date.now() + Number(Atomics.load(this.ahead, 0));
  }

  /** Runs something that takes part: the clock jumps only while it rests, or when it is over. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    this.#active++;
    try {
      // Whoever begins together is counted before the first of them may rest.
      await undefined;
      return await work();
    } finally {
      this.#active--;
      this.#jump();
    }
  }

  /** Lets minutes pass, once all the others have come to rest as well. */
  async rest(minutes: number): Promise<void> {
    const until = this.now() + minutes * 60_000;
    await new Promise<void>((wake) => {
      this.#resting.push({ until, wake });
      this.#active--;
      this.#jump();
    });
  }

  /** To when the first of them wants to go on; no further, for the others' sake. */
  #jump(): void {
    if (this.#active > 0 || this.#resting.length === 0) return;
    const first = Math.min(...this.#resting.map(({ until }) => until));
    const missing = first - this.now();
    if (missing > 0) Atomics.add(this.ahead, 0, BigInt(missing));
    for (let at = this.#resting.length - 1; at >= 0; at--) {
      const each = this.#resting[at];
      if (!each || each.until > first) continue;
      this.#resting.splice(at, 1);
      this.#active++;
      each.wake();
    }
  }
}
