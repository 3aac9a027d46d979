import { isThrottled } from '../../core/aws/errors.ts';
import type { Time } from '../../core/time.ts';
import type { SweepKind } from './tally.ts';

/** Calls a second, and how many of them may come at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * What a sweep of each kind takes of an account's quota. There is one of each kind at a time at most. HealthImaging
 * answers 10 lists a second (docs/healthimaging.md#10-quotas), Step Functions 5 of `ListExecutions` beyond a burst of 200 in
 * us-east-1, us-west-2 and eu-west-1, and 2 beyond 100 elsewhere (#12-step-functions); one call lists 1,000 watches.
 */
export const RATES: Readonly<Record<SweepKind, Readonly<Record<'healthImaging' | 'executions', Rate>>>> = {
  running: { healthImaging: { perSecond: 6.5, burst: 1 }, executions: { perSecond: 4, burst: 50 } },
  all: { healthImaging: { perSecond: 2.2, burst: 1 }, executions: { perSecond: 1, burst: 10 } },
};

/** How often a call is made again that was throttled: others have the account's quota for a moment. */
const MORE_TRIES = 3;

/** Spreads calls over time, from the beginning of one to that of the next, and sits out that others are faster. */
export class Pace {
  readonly #time: Time;
  readonly #gap: number;
  readonly #slack: number;
  /** When the next call is due if none comes at once. */
  #due = Number.NEGATIVE_INFINITY;

  constructor(time: Time, { perSecond, burst }: Rate) {
    this.#time = time;
    this.#gap = 1000 / perSecond;
    this.#slack = (burst - 1) * this.#gap;
  }

  /** Makes a call when it is its turn. @throws what the call throws, after some tries where AWS had too many calls. */
  async call<T>(make: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      const now = this.#time.now();
      this.#due = Math.max(this.#due, now) + this.#gap;
      const wait = this.#due - this.#gap - this.#slack - now;
      if (wait > 0) await this.#time.sleep(wait);
      try {
        return await make();
      } catch (error) {
        if (!isThrottled(error) || tries >= MORE_TRIES) throw error;
        await this.#time.sleep(1000 * 2 ** tries);
      }
    }
  }
}
