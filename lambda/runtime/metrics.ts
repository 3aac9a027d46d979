import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS, type MetricName } from '../../core/contract/names.ts';

const UNITS: Readonly<Record<MetricName, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  importsFinished: MetricUnit.Count,
  importsOverdue: MetricUnit.Count,
  filesImported: MetricUnit.Count,
  filesRejected: MetricUnit.Count,
  watchLag: MetricUnit.Seconds,
  pollsPerWatch: MetricUnit.Count,
  eventsLost: MetricUnit.Count,
  manifestUnavailable: MetricUnit.Count,
  throttled: MetricUnit.Count,
  sweeps: MetricUnit.Count,
  sweepFindings: MetricUnit.Count,
  sweepFailures: MetricUnit.Count,
  openWatches: MetricUnit.Count,
  oldestOpenWatch: MetricUnit.Seconds,
  emailsUnconfirmed: MetricUnit.Count,
};

/**
 * Writes metrics as one line of the embedded metric format; CloudWatch makes metrics of it without a call. The dimension
 * `service` is the watcher, from `POWERTOOLS_SERVICE_NAME`. Numbers only: nothing that identifies a patient.
 * @param outcome - a further dimension.
 */
export function measure(values: Partial<Record<MetricName, number>>, outcome?: string): void {
  const metrics = new Metrics({ namespace: METRICS.namespace });
  if (outcome !== undefined) metrics.addDimension(METRICS.outcomeDimension, outcome);
  for (const [name, value] of Object.entries(values) as [MetricName, number][]) {
    metrics.addMetric(METRICS.names[name], UNITS[name], value);
  }
  metrics.publishStoredMetrics();
}
