import { expect, test } from 'vitest';
import { scale } from '../../../proof/bench/scale.ts';

test.each([
  [200, 4_000, 1],
  [200, 4_000, 20],
])(
  '%d running jobs, %d of history, %d data stores: nothing is lost, no quota is passed',
  async (running, history, datastores) => {
    const result = await scale({ running, history, datastores });
    expect(result).toMatchObject({ lost: 0, throttled: 0 });
    expect(result.ended).toBeGreaterThan(1_000);
    expect(result.worstLag).toBeLessThan(2 * 60);
    expect(result.worstLagOfShort).toBeLessThan(20 * 60);
    expect(result.busiestSecond).toBeLessThan(10);
    expect(result.recentSweep.lists).toBeLessThan(result.fullRound.lists);
  },
  300_000,
);
