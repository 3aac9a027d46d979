import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { METRIC_NAMESPACE } from '../../../core/contract/names.ts';
import { measure } from '../../../lambda/runtime/metrics.ts';

let lines: string[];
beforeEach(() => {
  lines = [];
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  process.env.POWERTOOLS_SERVICE_NAME = 'WatchWatcher';
  process.env.POWERTOOLS_DEV = 'true';
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  delete process.env.POWERTOOLS_SERVICE_NAME;
  delete process.env.POWERTOOLS_DEV;
});

test('numbers are one line of the embedded metric format, of this watcher', () => {
  measure({ filesImported: 5, watchLag: 1.5 });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: [['service']],
            Metrics: [
              { Name: 'FilesImported', Unit: 'Count' },
              { Name: 'WatchLag', Unit: 'Seconds' },
            ],
          },
        ],
      },
      service: 'WatchWatcher',
      FilesImported: 5,
      WatchLag: 1.5,
    },
  ]);
});

test('an outcome is a second dimension', () => {
  measure({ importsFinished: 1 }, 'FAILED');
  const [line] = lines.map((line) => JSON.parse(line));
  expect(line).toMatchObject({ service: 'WatchWatcher', outcome: 'FAILED', ImportsFinished: 1 });
  expect(line._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'outcome']]);
});
