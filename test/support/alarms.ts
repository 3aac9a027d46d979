import { vi } from 'vitest';

const MINUTE = 60;

/** What the template says of an alarm on one metric. */
export interface AlarmProperties {
  readonly AlarmName: unknown;
  readonly MetricName: string;
  readonly Statistic: keyof typeof STATISTICS;
  /** In seconds. */
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly ComparisonOperator: keyof typeof OPERATORS;
  readonly TreatMissingData: 'breaching' | 'notBreaching';
}

/** What was measured, and when in seconds. */
export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly at: number;
}

const STATISTICS = {
  Sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
  Minimum: (values: readonly number[]) => Math.min(...values),
  Maximum: (values: readonly number[]) => Math.max(...values),
};
const OPERATORS = {
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
};

/**
 * When an alarm goes off, in seconds, or undefined. As CloudWatch does without an `EvaluationWindow`: each minute it looks
 * at the periods that end then.
 */
export function firstAlarm(
  alarm: AlarmProperties,
  samples: readonly Sample[],
  from: number,
  to: number,
): number | undefined {
  const ours = samples.filter(({ name }) => name === alarm.MetricName);
  const breaches = (end: number) => {
    const values = ours.filter(({ at }) => at >= end - alarm.Period && at < end).map(({ value }) => value);
    if (values.length === 0) return alarm.TreatMissingData === 'breaching';
    return OPERATORS[alarm.ComparisonOperator](STATISTICS[alarm.Statistic](values), alarm.Threshold);
  };
  for (let now = from; now <= to; now += MINUTE) {
    const ends = Array.from({ length: alarm.EvaluationPeriods }, (_, index) => now - index * alarm.Period);
    if (ends.every(breaches)) return now;
  }
  return undefined;
}

/** What is measured from now on, until mocks are restored. Tests are not told of it elsewhere. */
export function recordMetrics(now: () => number): Sample[] {
  const samples: Sample[] = [];
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  process.env.POWERTOOLS_DEV = 'true';
  vi.spyOn(console, 'log').mockImplementation((line) => {
    const { _aws, ...values } = JSON.parse(String(line));
    for (const { Name } of _aws.CloudWatchMetrics[0].Metrics) {
      // Powertools keeps what is measured twice at once as a list.
      for (const value of [values[Name]].flat()) samples.push({ name: Name, value, at: now() / 1000 });
    }
  });
  return samples;
}
