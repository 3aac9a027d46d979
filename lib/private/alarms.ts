import { type Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IDependable } from 'constructs';
import { CONSOLES } from '../../core/contract/consoles.ts';

/** How soon somebody has to look: `page` at any hour, `ticket` on the next working day. */
export type Severity = 'page' | 'ticket';

/** What to do about an alarm stands in docs/runbook.md, under its kind. */
export interface WatcherAlarm {
  /** Heading in the runbook. */
  readonly kind: string;
  /** What of several of the kind it is about. */
  readonly of?: string;
  readonly severity: Severity;
  /** What happened, in a sentence. */
  readonly meaning: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Default: reached or more. */
  readonly operator?: ComparisonOperator;
  /** Default: 1 */
  readonly periods?: number;
  /** Default: no data is no alarm. */
  readonly missing?: TreatMissingData;
  /** What the alarm is made after: without it the metric cannot be there yet, and its absence would raise the alarm. */
  readonly after?: readonly IDependable[];
  /** Path in the console of the region, from the root. */
  readonly look: string;
}

export interface AlarmsProps {
  /** What the names of the alarms begin with. */
  readonly watcher: string;
  /** Where the runbook is; its headings are appended as `#kind`. */
  readonly runbookUrl: string | undefined;
  readonly actions: readonly IAlarmAction[];
}

/** Alarms, each with a name, a severity, and links to the runbook and the console. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  private readonly props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.props = props;
  }

  add({ kind, of, operator, periods = 1, missing, after = [], ...rest }: WatcherAlarm): void {
    const { watcher, runbookUrl, actions } = this.props;
    const name = of === undefined ? kind : `${kind}-${of}`;
    const alarm = new Alarm(this, name, {
      alarmName: `${watcher}-${name}`,
      alarmDescription: [
        `[${rest.severity}] ${rest.meaning}`,
        `Runbook: ${runbookUrl === undefined ? `docs/runbook.md, section ${kind}` : `${runbookUrl}#${kind}`}`,
        `Console: ${consoleUrl(this)}${rest.look}`,
      ].join('\n'),
      metric: rest.metric,
      threshold: rest.threshold,
      evaluationPeriods: periods,
      comparisonOperator: operator ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...actions);
    alarm.node.addDependency(...after);
    this.all.push(alarm);
  }
}

/** The sum of several counts. */
export function sumOf(metrics: Readonly<Record<string, IMetric>>, period: Duration): IMetric {
  return new MathExpression({
    // A metric without data would take the sum with it.
    expression: Object.keys(metrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    usingMetrics: { ...metrics },
    period,
  });
}

/** The console of the stack's region; only where the partition is known at synthesis does it differ from that of `aws`. */
export function consoleUrl(scope: Construct): string {
  const { region } = Stack.of(scope);
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `https://${region}.${CONSOLES[partition]}`;
}
