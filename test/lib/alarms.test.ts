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
  text(AlarmDescription).match(/docs\/runbook\.md, section ([\w-]+)/)?.[1];

test('each alarm has its section in the runbook, and each section its alarm', () => {
  const headings = [...runbook.matchAll(/^## ([a-z-]+)$/gm)].map(([, heading]) => heading);
  // That of digests is there where somebody gets emails.
  const all = given(() => ({ emails: ['it@hospital.example'] })).alarms;
  expect([...new Set(all.map(kindOf))].sort()).toEqual([...headings].sort());
});

test.each(alarms.map((alarm) => [String(alarm.AlarmName), alarm]))('%s', (name, alarm) => {
  const kind = kindOf(alarm);
  expect(name).toMatch(new RegExp(`^WatchWatcherD9C57E54-${kind}(-\\w+)?$`));
  // The severity in the alarm is the one in the runbook.
  const severity = text(alarm.AlarmDescription).match(/\[(page|ticket)\]/)?.[1];
  expect(runbook).toContain(`## ${kind}\n\n**${severity}.**`);
  expect(text(alarm.AlarmDescription)).toContain(`Runbook: docs/runbook.md, section ${kind}\\n`);
  expect(text(alarm.AlarmDescription)).toMatch(/Console: https:\/\/eu-west-1\.console\.aws\.amazon\.com\/\w/);
});

describe('what is looked at', () => {
  interface Looked {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string };
    readonly Stat: string;
    readonly Period: number;
  }
  /** The metrics of an alarm, also those of an expression. */
  const looked = ({ Metrics, Statistic, ...alarm }: (typeof alarms)[number]): Looked[] =>
    Metrics?.flatMap(({ MetricStat }: { MetricStat?: Looked }) => MetricStat ?? []) ?? [
      { Metric: alarm, Stat: Statistic, Period: alarm.Period },
    ];
  const summary = (alarm: (typeof alarms)[number]) => {
    const { Threshold, ComparisonOperator, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;
    const metrics = looked(alarm).map(({ Metric, Stat, Period }) => [
      `${Stat} of ${Metric.Namespace} ${Metric.MetricName}`,
      `${DatapointsToAlarm} of ${EvaluationPeriods} x ${Period} s`,
    ]);
    return [
      String(alarm.AlarmName).replace('WatchWatcherD9C57E54-', ''),
      ...new Set(metrics.map(([metric]) => metric)),
      `${ComparisonOperator === 'LessThanThreshold' ? '<' : '>='} ${Threshold}`,
      ...new Set(metrics.map(([, periods]) => periods)),
      alarm.TreatMissingData,
    ].join(' | ');
  };

  test('is these metrics', () => {
    expect(alarms.map(summary).sort()).toEqual([
      ...['Queuepacs', 'emails', 'functions', 'rules'].map(
        (queue) =>
          `dead-letters-${queue} | Maximum of AWS/SQS ApproximateNumberOfMessagesVisible | >= 1 | 1 of 1 x 300 s | notBreaching`,
      ),
      'emails-unconfirmed | Maximum of DicomImportWatcher EmailsUnconfirmed | >= 1 | 1 of 1 x 900 s | notBreaching',
      'full-round-late | Maximum of DicomImportWatcher FullRoundAge | >= 172800 | 1 of 1 x 900 s | notBreaching',
      'notifications-failing | Sum of AWS/SNS NumberOfNotificationsFailed | >= 1 | 1 of 1 x 300 s | notBreaching',
      'rule-invocations-failing | Sum of AWS/Events FailedInvocations | >= 1 | 1 of 1 x 300 s | notBreaching',
      'running-sweep-not-run | Sum of DicomImportWatcher RunningSweeps | < 1 | 5 of 5 x 300 s | breaching',
      'sweep-not-run | Sum of DicomImportWatcher Sweeps | < 1 | 2 of 2 x 1080 s | breaching',
      'sweep-parts-failing | Minimum of DicomImportWatcher SweepFailures | >= 1 | 2 of 2 x 900 s | notBreaching',
      'throttled | Sum of DicomImportWatcher HealthImagingThrottled | >= 10 | 3 of 3 x 300 s | notBreaching',
      'watch-failed | Sum of AWS/States ExecutionsFailed | >= 1 | 1 of 1 x 300 s | notBreaching',
      'watch-timed-out | Sum of AWS/States ExecutionsTimedOut | Sum of AWS/States ExecutionsAborted | >= 1 | 1 of 1 x 300 s | notBreaching',
      'watch-too-old | Maximum of DicomImportWatcher OldestOpenWatchAge | >= 608400 | 1 of 1 x 900 s | notBreaching',
    ]);
  });

  test('is each of several metrics, with nothing for those without data', () => {
    const expressions = alarms.flatMap(({ Metrics = [] }) =>
      Metrics.flatMap(({ Expression }: { Expression?: string }) => Expression ?? []),
    );
    expect(expressions).toEqual([
      'FILL(timedOut, 0) + FILL(aborted, 0)',
      'FILL(rule0, 0) + FILL(rule1, 0) + FILL(rule2, 0) + FILL(rule3, 0)',
    ]);
    const rules = alarms
      .flatMap(looked)
      .flatMap(({ Metric }) => (Metric.MetricName === 'FailedInvocations' ? [text(Metric)] : []));
    expect(new Set(rules).size).toBe(4);
  });

  test('that have to be there are looked at once what measures them is deployed', () => {
    const resources = Template.fromStack(given().stack).findResources('AWS::CloudWatch::Alarm');
    const after = (kind: string) =>
      Object.values(resources).find(({ Properties }) => Properties.AlarmName.endsWith(`D9C57E54-${kind}`))
        ?.DependsOn ?? [];
    for (const kind of ['sweep-not-run', 'running-sweep-not-run']) {
      expect(after(kind)).toContainEqual(expect.stringMatching(/^WatcherSweepSchedule/));
      expect(after(kind)).toContainEqual(expect.stringMatching(/^WatcherRunningSweepSchedule/));
    }
  });

  test('is nothing of the sweep where none runs', () => {
    const kinds = given(() => ({ sweep: false })).alarms.map(kindOf);
    expect(kinds).not.toContain('sweep-not-run');
    expect(kinds).not.toContain('running-sweep-not-run');
    expect(kinds).not.toContain('sweep-parts-failing');
    expect(kinds).not.toContain('watch-too-old');
    expect(kinds).not.toContain('full-round-late');
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
    ['metricRunningSweeps', 'runningSweeps', 'Sum'],
    ['metricSweepFindings', 'sweepFindings', 'Sum'],
    ['metricSweepFailures', 'sweepFailures', 'Sum'],
    ['metricFullRoundAge', 'fullRoundAge', 'Maximum'],
    ['metricOpenWatches', 'openWatches', 'Maximum'],
    ['metricOldestOpenWatch', 'oldestOpenWatch', 'Maximum'],
    ['metricEmailsUnconfirmed', 'emailsUnconfirmed', 'Maximum'],
  ])('%s', (method, name, statistic) => {
    const metric = (watcher as unknown as Record<string, () => never>)[method]?.() as never;
    expect(rendered(metric)).toMatchObject({
      namespace: 'DicomImportWatcher',
      metricName: METRICS[name].name,
      dimensions: [{ name: 'service', value: 'WatchWatcherD9C57E54' }],
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
        { name: 'service', value: 'WatchWatcherD9C57E54' },
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
