import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { METRICS, type MetricName, type Outcome } from '../../core/contract/names.ts';
import { DicomImportWatcher, type DicomImportWatcherProps } from '../../lib/index.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

function given(props: (stack: Stack) => Partial<DicomImportWatcherProps> = () => ({})) {
  const stack = new Stack(new App(), 'Watch', { env: { region: 'eu-west-1', account: '111122223333' } });
  const watcher = new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
    ...props(stack),
  });
  watcher.addQueue('pacs');
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );
  return { stack, watcher, alarms };
}

const { alarms } = given();
const text = (description: unknown) => JSON.stringify(description);
const kindOf = ({ AlarmDescription }: Record<string, unknown>) =>
  text(AlarmDescription).match(/#([\w-]+)/)?.[1];

test('each alarm has its section in the runbook, and each section its alarm', () => {
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect([...new Set(alarms.map(kindOf))].sort()).toEqual([...headings].sort());
});

test.each(alarms.map((alarm) => [String(alarm.AlarmName), alarm]))('%s', (name, alarm) => {
  const kind = kindOf(alarm);
  expect(name).toMatch(new RegExp(`^WatchWatcher3DF3620B-${kind}(-\\w+)?$`));
  // The severity in the alarm is the one in the runbook.
  const severity = text(alarm.AlarmDescription).match(/\[(page|ticket)\]/)?.[1];
  expect(runbook).toContain(`## ${kind}\n\n**${severity}.**`);
  expect(text(alarm.AlarmDescription)).toContain(`Runbook: docs/runbook.md#${kind}\\n`);
  expect(text(alarm.AlarmDescription)).toMatch(/Console: https:\/\/eu-west-1\.console\.aws\.amazon\.com\/\w/);
});

describe('what is looked at', () => {
  const summary = (alarm: (typeof alarms)[number]) => [
    String(alarm.AlarmName).replace('WatchWatcher3DF3620B-', ''),
    alarm.MetricName
      ? `${alarm.Namespace} ${alarm.MetricName}`
      : alarm.Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: { MetricName: string } } }) =>
          MetricStat ? [MetricStat.Metric.MetricName] : [],
        ).join(),
    `${alarm.ComparisonOperator === 'LessThanThreshold' ? '<' : '>='} ${alarm.Threshold}`,
    `${alarm.EvaluationPeriods} x ${alarm.Period ?? alarm.Metrics[1].MetricStat.Period} s`,
    alarm.TreatMissingData,
  ];

  test('is these metrics', () => {
    expect(alarms.map(summary).sort()).toEqual([
      [
        'dead-letters-Queuepacs',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
        '>= 1',
        '1 x 300 s',
        'notBreaching',
      ],
      [
        'dead-letters-emails',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
        '>= 1',
        '1 x 300 s',
        'notBreaching',
      ],
      [
        'dead-letters-functions',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
        '>= 1',
        '1 x 300 s',
        'notBreaching',
      ],
      [
        'dead-letters-rules',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
        '>= 1',
        '1 x 300 s',
        'notBreaching',
      ],
      ['emails-unconfirmed', 'DicomImportWatcher EmailsUnconfirmed', '>= 1', '1 x 900 s', 'notBreaching'],
      ['notifications-failing', 'AWS/SNS NumberOfNotificationsFailed', '>= 1', '1 x 300 s', 'notBreaching'],
      [
        'rule-invocations-failing',
        'FailedInvocations,FailedInvocations,FailedInvocations,FailedInvocations',
        '>= 1',
        '1 x 300 s',
        'notBreaching',
      ],
      ['sweep-not-run', 'DicomImportWatcher Sweeps', '< 1', '2 x 900 s', 'breaching'],
      ['throttled', 'DicomImportWatcher HealthImagingThrottled', '>= 10', '3 x 300 s', 'notBreaching'],
      ['watch-failed', 'AWS/States ExecutionsFailed', '>= 1', '1 x 300 s', 'notBreaching'],
      ['watch-timed-out', 'ExecutionsTimedOut,ExecutionsAborted', '>= 1', '1 x 300 s', 'notBreaching'],
      ['watch-too-old', 'DicomImportWatcher OldestOpenWatchAge', '>= 608400', '1 x 900 s', 'notBreaching'],
    ]);
  });

  test('is nothing of the sweep where none runs', () => {
    const kinds = given(() => ({ sweep: false })).alarms.map(kindOf);
    expect(kinds).not.toContain('sweep-not-run');
    expect(kinds).not.toContain('watch-too-old');
    expect(kinds).not.toContain('emails-unconfirmed');
  });
});

test('alarms tell the topic that they are given, and point to the runbook that they are given', () => {
  const { alarms } = given((stack) => ({
    alarmTopic: new Topic(stack, 'OnCall'),
    runbookUrl: 'https://wiki.hospital.example/imports',
  }));
  for (const alarm of alarms) {
    expect(alarm.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^OnCall/) }]);
    expect(text(alarm.AlarmDescription)).toContain(`Runbook: https://wiki.hospital.example/imports#`);
  }
});

describe('metrics', () => {
  const { stack, watcher } = given();
  const rendered = (metric: { toMetricConfig(): { metricStat?: object } }) =>
    stack.resolve(metric.toMetricConfig().metricStat);

  test.each<[string, MetricName, string]>([
    ['metricImportsOverdue', 'importsOverdue', 'Sum'],
    ['metricFilesImported', 'filesImported', 'Sum'],
    ['metricFilesRejected', 'filesRejected', 'Sum'],
    ['metricWatchLag', 'watchLag', 'Maximum'],
    ['metricPollsPerWatch', 'pollsPerWatch', 'Average'],
    ['metricEventsLost', 'eventsLost', 'Sum'],
    ['metricManifestUnavailable', 'manifestUnavailable', 'Sum'],
    ['metricThrottled', 'throttled', 'Sum'],
    ['metricSweeps', 'sweeps', 'Sum'],
    ['metricSweepFindings', 'sweepFindings', 'Sum'],
    ['metricSweepFailures', 'sweepFailures', 'Sum'],
    ['metricOpenWatches', 'openWatches', 'Maximum'],
    ['metricOldestOpenWatch', 'oldestOpenWatch', 'Maximum'],
    ['metricEmailsUnconfirmed', 'emailsUnconfirmed', 'Maximum'],
  ])('%s', (method, name, statistic) => {
    const metric = (watcher as unknown as Record<string, () => never>)[method]?.() as never;
    expect(rendered(metric)).toMatchObject({
      namespace: 'DicomImportWatcher',
      metricName: METRICS[name].name,
      dimensions: [{ name: 'service', value: 'WatchWatcher3DF3620B' }],
      statistic,
    });
  });

  test.each(Object.keys(METRICS) as MetricName[])('%s is the same by its name and by its method', (name) => {
    const methods = watcher as unknown as Record<string, (outcome?: Outcome) => Metric>;
    const method = `metric${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const options = name === 'importsFinished' ? { dimensionsMap: { outcome: 'FAILED' } } : {};
    const byMethod = name === 'importsFinished' ? methods[method]?.('FAILED') : methods[method]?.();
    expect(byMethod).toBeInstanceOf(Metric);
    expect(byMethod?.toMetricConfig()).toEqual(watcher.metric(name, options).toMetricConfig());
  });

  test('a metric has another statistic where one is asked for', () => {
    expect(rendered(watcher.metric('openWatches', { statistic: 'Average' }))).toMatchObject({
      statistic: 'Average',
    });
    expect(rendered(watcher.metricOpenWatches({ statistic: 'Average' }))).toMatchObject({
      statistic: 'Average',
    });
  });

  test('there is none of another name', () => {
    expect(() => watcher.metric('open' as MetricName)).toThrow("emailsUnconfirmed, got 'open'");
  });

  test('metricImportsFinished is of an outcome', () => {
    expect(rendered(watcher.metricImportsFinished('FAILED'))).toMatchObject({
      metricName: 'ImportsFinished',
      dimensions: [
        { name: 'outcome', value: 'FAILED' },
        { name: 'service', value: 'WatchWatcher3DF3620B' },
      ],
    });
  });
});

test('logs are kept as long, and tell as little, as they shall', () => {
  const { stack } = given(() => ({ logLevel: 'ERROR', logRetention: RetentionDays.ONE_YEAR }));
  const template = Template.fromStack(stack);
  template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { RetentionInDays: 365 }, 6);
  template.resourceCountIs('AWS::Logs::LogGroup', 6);
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  expect(functions.map(({ Properties }) => Properties.Environment.Variables.POWERTOOLS_LOG_LEVEL)).toEqual(
    functions.map(() => 'ERROR'),
  );
});
