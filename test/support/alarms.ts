import { vi } from 'vitest';
import { type Sample, samplesIn } from '../../proof/fixtures/alarms.ts';

/** What is measured from now on, until mocks are restored. Tests do not get it elsewhere. */
export function recordMetrics(now: () => number): Sample[] {
  const samples: Sample[] = [];
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  process.env.POWERTOOLS_DEV = 'true';
  vi.spyOn(console, 'log').mockImplementation((line) => {
    samples.push(...samplesIn(String(line), now() / 1000));
  });
  return samples;
}
