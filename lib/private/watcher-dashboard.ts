import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Stats,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FILES_REFUSED, type Outcome } from '../../core/contract/names.ts';
import { PRICES } from '../../core/contract/prices.ts';
import { TURNS } from '../../core/contract/turns.ts';
import type { IDicomImportWatcher } from '../watcher-interface.ts';
import { consoleUrl } from './alarms.ts';
import type { DeadLetters } from './parts.ts';
import type { Settings } from './settings.ts';
import type { Workflow } from './workflow.ts';

/** How bad each outcome is, by color. */
const OUTCOME_COLORS: Readonly<Record<Outcome, string>> = {
  SUCCEEDED: Color.GREEN,
  SUCCEEDED_WITH_WARNINGS: '#98df8a',
  PARTIALLY_FAILED: Color.ORANGE,
  NOTHING_IMPORTED: Color.RED,
  FAILED: '#8c1d18',
  UNVERIFIED: Color.PURPLE,
  ABANDONED: Color.GREY,
};
/** A check with its choice and its wait. */
const STATES_OF_CHECK = TURNS.running;
/** All that follows the last check and its choice. */
const STATES_OF_END = TURNS.finished - 2;
const HOUR = Duration.hours(1);
const FIVE_MINUTES = Duration.minutes(5);
const ROW = 6;

export interface WatcherDashboardProps extends Workflow {
  readonly settings: Settings;
  readonly deadLetters: DeadLetters;
  readonly alarms: readonly Alarm[];
  /** Whether there are digests. */
  readonly digests: boolean;
}

/** What a person on call looks at, in the order of the questions they ask; docs/dashboard.md has a picture. */
export function addWatcherDashboard(watcher: IDicomImportWatcher, props: WatcherDashboardProps): Dashboard {
  const { settings, deadLetters, alarms, checkImportJob, summarizeImport } = props;
  const { runbookUrl } = settings;
  const name = watcher.watcherName;
  const { region } = Stack.of(watcher);
  const graph = (title: string, left: IMetric[], more: object = {}) =>
    new GraphWidget({ title, left, width: 8, height: ROW, leftYAxis: { min: 0, showUnits: false }, ...more });
  /** An age in seconds, shown in hours on an axis of its own. */
  const hours = (label: string, age: IMetric) => ({
    right: [
      new MathExpression({ expression: 'age / 3600', usingMetrics: { age }, label, color: Color.GREY }),
    ],
    rightYAxis: { min: 0, showUnits: false },
  });
  const outcomes = Object.entries(OUTCOME_COLORS) as [Outcome, string][];
  const queues = {
    rules: deadLetters.rules,
    functions: deadLetters.functions,
    emails: deadLetters.notifications,
  };
  const dashboard = new Dashboard(watcher, 'Dashboard', {
    // Dashboards of all regions share their names.
    dashboardName: `${name}-${region}`,
    defaultInterval: Duration.days(1),
  });
  dashboard.addWidgets(
    new TextWidget({
      markdown: [
        `# DICOM imports: ${name}`,
        `What to do about an alarm: ${runbookUrl === undefined ? 'the section of its name in docs/runbook.md' : `[runbook](${runbookUrl})`}. One execution of the ` +
          `[state machine](${consoleUrl(watcher)}/states/home?region=${region}#/statemachines/view/${watcher.stateMachine.stateMachineArn}) follows one import job.`,
      ].join('\n'),
      // Said, since versions of the CDK have other defaults.
      background: TextWidgetBackground.SOLID,
      width: 24,
      height: 2,
    }),
  );
  dashboard.addWidgets(
    new AlarmStatusWidget({ title: 'Is anything wrong?', alarms: [...alarms], width: 24, height: 4 }),
  );
  dashboard.addWidgets(
    graph(
      'How do imports end? (per hour)',
      outcomes.map(([outcome, color]) =>
        watcher.metricImportsFinished(outcome, { period: HOUR, label: outcome, color }),
      ),
      { stacked: true },
    ),
    graph('How many files? (per hour)', [
      watcher.metricFilesImported({ period: HOUR, label: 'imported', color: Color.GREEN }),
      watcher.metricFilesRejected({ period: HOUR, label: 'refused', color: Color.RED }),
    ]),
    new LogQueryWidget({
      title: 'Why are files refused?',
      logGroupNames: [summarizeImport.logGroup.logGroupName],
      queryLines: [
        'fields exceptionType, count',
        `filter message = '${FILES_REFUSED}'`,
        'stats sum(count) as files by exceptionType',
        'sort files desc',
      ],
      view: LogQueryVisualizationType.BAR,
      width: 8,
      height: ROW,
    }),
  );
  dashboard.addWidgets(
    graph('How late are verdicts? (seconds)', [
      watcher.metricWatchLag({ period: FIVE_MINUTES, statistic: Stats.percentile(50), label: 'median' }),
      watcher.metricWatchLag({ period: FIVE_MINUTES, statistic: Stats.percentile(99), label: '99 %' }),
      watcher.metricWatchLag({ period: FIVE_MINUTES, label: 'longest' }),
    ]),
    graph(
      'What still runs?',
      [
        watcher.metricOpenWatches({ label: 'watches' }),
        watcher.metricImportsOverdue({ period: HOUR, label: 'overdue, per hour', color: Color.RED }),
      ],
      hours('age of the oldest, hours', watcher.metricOldestOpenWatch()),
    ),
    graph('Was anything lost? (dead letters)', [
      ...Object.entries(queues).map(([label, queue]) =>
        queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label }),
      ),
    ]),
  );
  dashboard.addWidgets(
    graph('Did watches fail? (per hour)', [
      watcher.stateMachine.metricFailed({ period: HOUR, label: 'failed', color: Color.RED }),
      watcher.stateMachine.metricTimedOut({ period: HOUR, label: 'timed out', color: Color.ORANGE }),
      watcher.stateMachine.metricAborted({ period: HOUR, label: 'stopped', color: Color.GREY }),
    ]),
    graph(
      'Does AWS do its part? (per hour)',
      [
        watcher.metricEventsLost({ period: HOUR, label: 'lost events' }),
        watcher.metricThrottled({ period: HOUR, label: 'throttled calls' }),
        watcher.metricManifestUnavailable({ period: HOUR, label: 'unreadable manifests' }),
        watcher.metricSweepFailures({ period: HOUR, label: 'failures of sweeps' }),
      ],
      hours('age of the last full round, hours', watcher.metricFullRoundAge()),
    ),
    graph('What does it cost? (dollars a day)', [costPerDay(checkImportJob, summarizeImport)]),
  );
  if (!props.digests) return dashboard;
  dashboard.addWidgets(
    graph('Do people get what they can read? (per hour)', [
      watcher.metricEmailsHeld({ period: HOUR, label: 'emails left to a digest' }),
      watcher.metricDigestsSent({ period: HOUR, label: 'digests' }),
    ]),
    graph('How late are digests? (seconds)', [watcher.metricDigestDelay({ label: 'longest' })]),
  );
  return dashboard;
}

/** Estimated from what runs most: checks and summaries, at list prices of us-east-1. */
function costPerDay(checkImportJob: LambdaFunction, summarizeImport: LambdaFunction): IMetric {
  const period = Duration.days(1);
  const run = (fn: LambdaFunction) => ({
    count: fn.metricInvocations({ period }),
    milliseconds: fn.metricDuration({ period, statistic: Stats.SUM }),
  });
  const checks = run(checkImportJob);
  const ends = run(summarizeImport);
  const dollars = (states: number, memoryGB: number, count: string, milliseconds: string) =>
    `FILL(${count}, 0) * ${decimal(states * PRICES.transition + PRICES.lambdaRequest)} + ` +
    `FILL(${milliseconds}, 0) * ${decimal((memoryGB * PRICES.lambdaGBSecond) / 1000)}`;
  return new MathExpression({
    expression: `${dollars(STATES_OF_CHECK, 0.25, 'checks', 'checkMs')} + ${dollars(STATES_OF_END, 0.5, 'ends', 'endMs')}`,
    usingMetrics: {
      checks: checks.count,
      checkMs: checks.milliseconds,
      ends: ends.count,
      endMs: ends.milliseconds,
    },
    label: 'dollars',
    period,
  });
}

/** Without an exponent, whose `e` would be taken for a metric. */
function decimal(dollars: number): string {
  return dollars.toFixed(12);
}
