import { type Clock, wallClock } from '../../../simulator/clock.ts';

/** The clock on the wall, on which nobody's sleep ends while it is held: jobs stay as they are. */
export class HeldClock implements Clock {
  #held: { readonly over: Promise<void>; readonly release: () => void } | undefined;

  readonly now = wallClock.now;
  readonly run = wallClock.run;

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await wallClock.sleep(ms, signal);
    if (!this.#held || signal?.aborted) return;
    const stopped = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    await Promise.race([this.#held.over, stopped]);
  }

  hold(): void {
    const { promise: over, resolve: release } = Promise.withResolvers<void>();
    this.#held = { over, release };
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }
}
