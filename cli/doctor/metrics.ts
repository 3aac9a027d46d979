import type { CloudWatchClient, Dimension } from '@aws-sdk/client-cloudwatch';

/** A metric whose sums are asked for. */
export interface MetricQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** @default 'Sum' */
  readonly statistic?: 'Sum' | 'Maximum';
}

/** What a metric came to. Times are milliseconds since the epoch. */
export interface MetricSum {
  readonly total: number;
  /** The beginning of the last period in which it was not 0. */
  readonly lastAt?: number;
  /** The last period that has a value, which may be 0. */
  readonly latest?: { readonly at: number; readonly value: number };
}

/**
 * The sums of metrics over a time.
 * @param periodSeconds - a multiple of 60; CloudWatch keeps 5 minutes for 63 days, hours for 15 months.
 */
export async function sumMetrics(
  client: CloudWatchClient,
  queries: readonly MetricQuery[],
  from: number,
  to: number,
  periodSeconds: number,
): Promise<MetricSum[]> {
  const { paginateGetMetricData } = await import('@aws-sdk/client-cloudwatch');
  const sums: { -readonly [K in keyof MetricSum]: MetricSum[K] }[] = queries.map(() => ({ total: 0 }));
  const pages = paginateGetMetricData(
    { client },
    {
      StartTime: new Date(from),
      EndTime: new Date(to),
      MetricDataQueries: queries.map(({ namespace, name, dimensions, statistic = 'Sum' }, index) => ({
        Id: `m${index}`,
        MetricStat: {
          Metric: { Namespace: namespace, MetricName: name, Dimensions: toDimensions(dimensions) },
          Period: periodSeconds,
          Stat: statistic,
        },
      })),
    },
  );
  for await (const { MetricDataResults = [] } of pages) {
    for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults) {
      const sum = sums[Number(Id.slice(1))];
      if (!sum) continue;
      Values.forEach((value, index) => {
        sum.total += value;
        const at = Timestamps[index]?.getTime() ?? 0;
        if (at >= (sum.latest?.at ?? 0)) sum.latest = { at, value };
        if (value > 0) sum.lastAt = Math.max(sum.lastAt ?? 0, at);
      });
    }
  }
  return sums;
}

function toDimensions(dimensions: Readonly<Record<string, string>>): Dimension[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}
