import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS, type MetricName } from '../../core/contract/names.ts';

/**
 * Writes metrics as one line of the embedded metric format; CloudWatch makes metrics of it without a call. The dimension
 * `service` is the watcher, from `POWERTOOLS_SERVICE_NAME`. Numbers only: nothing that identifies a patient.
 * @param outcome - a further dimension.
 */
export function measure(values: Partial<Record<MetricName, number>>, outcome?: string): void {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE });
  if (outcome !== undefined) metrics.addDimension(METRIC_DIMENSIONS.outcome, outcome);
  for (const [name, value] of Object.entries(values) as [MetricName, number][]) {
    const { name: metricName, unit } = METRICS[name];
    metrics.addMetric(metricName, unit, value);
  }
  metrics.publishStoredMetrics();
}
