import { expect, test } from 'vitest';
import { build } from '../../../proof/bench/digest.ts';

test('a digest of 5,000 jobs is short, and takes less memory than its function has', () => {
  const { bytes, megabytes } = build(5000);
  expect(bytes).toBeLessThan(100 * 1024);
  expect(megabytes).toBeLessThan(256);
}, 120_000);
