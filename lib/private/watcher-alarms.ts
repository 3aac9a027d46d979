import { Duration, Stack } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Rule } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IDicomImportWatcher } from '../watcher-interface.ts';
import { type Alarms, sumOf } from './alarms.ts';
import type { DeadLetters } from './parts.ts';
import type { Settings } from './settings.ts';

const PERIOD = Duration.minutes(5);
const HALF_AN_HOUR = Duration.minutes(30);
/** How much longer than the one before a sweep may take. */
const UNEVEN = Duration.minutes(3);
const COUNT = { period: PERIOD, statistic: Stats.SUM };

export interface WatcherAlarmsProps {
  readonly settings: Settings;
  readonly deadLetters: DeadLetters;
  /** The rules that invoke the functions. */
  readonly rules: readonly Rule[];
}

/** The alarms of a watcher; docs/runbook.md has a section for each kind. */
export function addWatcherAlarms(
  alarms: Alarms,
  watcher: IDicomImportWatcher,
  { settings, deadLetters, rules }: WatcherAlarmsProps,
): void {
  const { giveUpAfter, sweep, sweepInterval } = settings;
  const { stateMachine, topic } = watcher;
  const { region } = Stack.of(watcher);
  const machine = `/states/home?region=${region}#/statemachines/view/${stateMachine.stateMachineArn}`;
  const metrics = `/cloudwatch/home?region=${region}#metricsV2`;
  alarms.add({
    kind: 'watch-failed',
    severity: 'page',
    meaning:
      'A watch failed: the verdict was not published yet, or people do not have it. The notice says which.',
    metric: stateMachine.metricFailed(COUNT),
    threshold: 1,
    look: machine,
  });
  alarms.add({
    kind: 'watch-timed-out',
    severity: 'page',
    meaning:
      'A watch timed out or was stopped by somebody: the verdict was not published, or people do not have it. The notice says which.',
    metric: sumOf(
      { timedOut: stateMachine.metricTimedOut(COUNT), aborted: stateMachine.metricAborted(COUNT) },
      PERIOD,
    ),
    threshold: 1,
    look: machine,
  });
  addDeadLetterAlarm(alarms, deadLetters.rules, 'rules', 'Rules could not deliver events.');
  addDeadLetterAlarm(alarms, deadLetters.functions, 'functions', 'Functions failed on events.');
  addDeadLetterAlarm(alarms, deadLetters.notifications, 'emails', 'SNS could not deliver emails.');
  alarms.add({
    kind: 'rule-invocations-failing',
    severity: 'page',
    meaning: 'A rule could not invoke its target.',
    metric: sumOf(
      Object.fromEntries(
        rules.map(({ ruleName }, index) => [
          `rule${index}`,
          new Metric({
            namespace: 'AWS/Events',
            metricName: 'FailedInvocations',
            dimensionsMap: { RuleName: ruleName },
            ...COUNT,
          }),
        ]),
      ),
      PERIOD,
    ),
    threshold: 1,
    look: `/events/home?region=${region}#/rules`,
  });
  alarms.add({
    kind: 'notifications-failing',
    severity: 'ticket',
    meaning: 'SNS could not deliver messages to people.',
    metric: topic.metricNumberOfNotificationsFailed(COUNT),
    threshold: 1,
    look: `/sns/v3/home?region=${region}#/topic/${topic.topicArn}`,
  });
  alarms.add({
    kind: 'throttled',
    severity: 'ticket',
    meaning: 'HealthImaging has throttled calls for a quarter of an hour: verdicts are late.',
    metric: watcher.metricThrottled({ period: PERIOD }),
    threshold: 10,
    periods: 3,
    look: metrics,
  });
  if (!sweep) return;
  const perSweep = longest(sweepInterval, PERIOD);
  alarms.add({
    kind: 'sweep-not-run',
    severity: 'page',
    meaning:
      'No sweep has come to its end for half an hour, or two intervals: what events do not tell is not found.',
    ...notRun(watcher.metricSweeps({ period: perSweep.plus(UNEVEN) }), rules),
    periods: periodsOf(perSweep.plus(UNEVEN)),
    look: metrics,
  });
  alarms.add({
    kind: 'running-sweep-not-run',
    severity: 'page',
    meaning:
      'No sweep of running jobs has come to its end for 25 minutes: what events do not tell is found late.',
    ...notRun(watcher.metricRunningSweeps({ period: PERIOD }), rules),
    // One fewer, so that the alarm starts before half an hour is over.
    periods: periodsOf(PERIOD) - 1,
    look: metrics,
  });
  alarms.add({
    kind: 'sweep-parts-failing',
    severity: 'page',
    meaning:
      'Every sweep has failed on a part for half an hour, or twice: a data store, a job or a watch is left out.',
    // The least: one sweep without a failure is enough.
    metric: watcher.metricSweepFailures({ period: perSweep, statistic: Stats.MINIMUM }),
    threshold: 1,
    periods: periodsOf(perSweep),
    look: metrics,
  });
  alarms.add({
    kind: 'full-round-late',
    severity: 'ticket',
    meaning:
      'For two days the lists of jobs were not read to their ends: an old job that was missed is not found.',
    metric: watcher.metricFullRoundAge({ period: sweepInterval }),
    // A round begins a day after the one before, and takes up to hours.
    threshold: Duration.days(2).toSeconds(),
    look: metrics,
  });
  alarms.add({
    kind: 'emails-unconfirmed',
    severity: 'ticket',
    meaning: 'Somebody who should get emails has not confirmed the subscription, and gets none.',
    metric: watcher.metricEmailsUnconfirmed({ period: sweepInterval }),
    threshold: 1,
    look: `/sns/v3/home?region=${region}#/subscriptions`,
  });
  alarms.add({
    kind: 'watch-too-old',
    severity: 'page',
    meaning: "A watch runs for longer than 'giveUpAfter' allows: it is stuck.",
    metric: watcher.metricOldestOpenWatch({ period: sweepInterval }),
    // The last check falls on the deadline; then come the summary and its retries.
    threshold: giveUpAfter.plus(Duration.hours(1)).toSeconds(),
    look: machine,
  });
}

/** Of a metric that has to be there. */
function notRun(metric: IMetric, after: readonly Rule[]) {
  return {
    metric,
    threshold: 1,
    operator: ComparisonOperator.LESS_THAN_THRESHOLD,
    missing: TreatMissingData.BREACHING,
    after,
  };
}

/** How many periods half an hour has: two at least, since the next sweep makes good what failed in one. */
function periodsOf(period: Duration): number {
  return Math.max(2, Math.ceil(HALF_AN_HOUR.toSeconds() / period.toSeconds()));
}

function longest(a: Duration, b: Duration): Duration {
  return a.toSeconds() < b.toSeconds() ? b : a;
}

/** Tells that a dead-letter queue is not empty. @param of - tells it from the others. */
export function addDeadLetterAlarm(alarms: Alarms, queue: Queue, of: string, meaning: string): void {
  const { region } = Stack.of(queue);
  alarms.add({
    kind: 'dead-letters',
    of,
    severity: 'page',
    meaning,
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
    threshold: 1,
    look: `/sqs/v3/home?region=${region}#/queues/${queue.queueUrl}`,
  });
}
