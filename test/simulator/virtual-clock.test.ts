import { expect, test } from 'vitest';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

const start = Date.UTC(2026, 0, 1);

test('time passes while all sleep, to the next that wakes', async () => {
  const clock = new VirtualClock(start);
  const woken: [string, number][] = [];
  const sleeper = (name: string, ms: number) =>
    clock.run(async () => {
      await clock.sleep(ms);
      woken.push([name, clock.now() - start]);
    });
  await Promise.all([sleeper('week', 604_800_000), sleeper('second', 1000), sleeper('now', 0)]);
  expect(woken).toEqual([
    ['now', 0],
    ['second', 1000],
    ['week', 604_800_000],
  ]);
});

test('no time passes while something is awake, however long it takes', async () => {
  const clock = new VirtualClock(start);
  const seen: number[] = [];
  const sleeping = clock.run(() => clock.sleep(1000));
  await clock.run(async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    seen.push(clock.now() - start);
  });
  await sleeping;
  expect([...seen, clock.now() - start]).toEqual([0, 1000]);
});

test('an aborted sleep ends at once, at the time it was aborted', async () => {
  const clock = new VirtualClock(start);
  const abort = new AbortController();
  const long = clock.run(async () => {
    await clock.sleep(60_000, abort.signal);
    return clock.now() - start;
  });
  await clock.run(async () => {
    await clock.sleep(10_000);
    abort.abort();
  });
  expect(await long).toBe(10_000);
  await clock.run(() => clock.sleep(5, AbortSignal.abort()));
  expect(clock.now() - start).toBe(10_000);
});

test('idle waits for all that runs', async () => {
  const clock = new VirtualClock(start);
  let done = false;
  void clock.run(async () => {
    await clock.sleep(1000);
    await clock.sleep(1000);
    done = true;
  });
  await clock.idle();
  expect(done).toBe(true);
});
