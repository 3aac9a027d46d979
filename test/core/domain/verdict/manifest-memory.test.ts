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

/** A word that tells a number, and is not masked. */
const word = (i: number) => String(i).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
const masked = (i: number) => `${word(i)} 7`;

// Remembered, all of them would take 40 MB and 10 MB, and the first thousand long ones 10 MB.
test.each([
  ['long', 10_000, 4_000, word],
  ['short', 500, 20_000, word],
  ['masked', 300, 20_000, masked],
])('memory does not grow with the number of distinct %s messages', (_, length, count, begin) => {
  const tallier = tallyFailure();
  const text = 'x'.repeat(length - 10);
  const before = heapUsed();
  for (let i = 0; i < count; i++) tallier.add(failureLine(`${begin(i)} ${text}`));
  expect(heapUsed() - before).toBeLessThan(5_000_000);
  expect(tallier.result().lines).toBe(count);
});
