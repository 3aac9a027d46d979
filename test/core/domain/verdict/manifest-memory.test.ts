import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { tallyFailure } from '../../../../core/domain/verdict/manifest.ts';
import { failureLine } from '../given.ts';

/** What is in use once all that nobody needs is gone, in bytes. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

test('memory does not grow with the number of distinct messages', () => {
  const tallier = tallyFailure();
  const long = 'x'.repeat(10_000);
  const before = heapUsed();
  // Ten megabytes for the first thousand, forty for the rest.
  for (let i = 0; i < 5_000; i++) tallier.add(failureLine(`${i} ${long}`));
  expect(heapUsed() - before).toBeLessThan(20_000_000);
  expect(tallier.result().lines).toBe(5_000);
});
