import {
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  OUTCOMES,
} from '../../core/contract/names.ts';
import { rateSeconds } from '../../core/contract/rate.ts';
import { formatDuration } from '../terminal/durations.ts';
import { formatMoment } from '../terminal/times.ts';
import { count, type DoctorCheck, note, ok, type Patient, problem } from './examination.ts';
import { type MetricQuery, sumMetrics } from './metrics.ts';
import { isDigests, isImportEvents, isSweep, readRules } from './rules.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** How far back events are looked for. */
const EVENT_DAYS = 14;
/** CloudWatch shows a metric some minutes late. */
const LATE_SECONDS = 600;

/** As the alarm `full-round-late`. */
const FULL_ROUND_SECONDS = 2 * DAY;

/** The sweep runs, and comes to the end of all lists. */
export const sweepCheck: DoctorCheck = {
  name: 'sweep',
  async look(patient) {
    const { aws, now } = patient;
    const rule = (await readRules(patient)).find(isSweep);
    if (!rule)
      return [
        note(
          'There is no sweep, so jobs whose events are lost are not found.',
          'Deploy with the prop sweep: true.',
        ),
      ];
    const interval = intervalSeconds(rule.ScheduleExpression ?? '');
    const from = now - (2 * interval + DAY) * 1000;
    const queries = [
      own(patient, 'sweeps'),
      { ...own(patient, 'fullRoundAge'), statistic: 'Maximum' as const },
    ];
    const [sweeps, round] = await sumMetrics(await aws.cloudWatch(), queries, from, now, 300);
    const overdue = `It should run every ${formatDuration(interval)}: see sweep-not-run in docs/runbook.md`;
    if (sweeps?.lastAt === undefined) return [never(patient, interval, 'No sweep was completed', overdue)];
    const text = `The last sweep was completed at ${formatMoment(sweeps.lastAt, now)}.`;
    if ((now - sweeps.lastAt) / 1000 > 2 * interval + LATE_SECONDS) return [problem(text, overdue)];
    const age = round?.latest?.value ?? 0;
    return age > FULL_ROUND_SECONDS
      ? [
          problem(
            `The last complete sweep of all jobs began ${formatDuration(age)} ago.`,
            'There should be one each day: see full-round-late in docs/runbook.md.',
          ),
        ]
      : [ok(text)];
  },
};

/** Digests are sent. There is nothing to say where nobody gets emails. */
export const digestsCheck: DoctorCheck = {
  name: 'digests',
  async look(patient) {
    const { aws, now } = patient;
    const rule = (await readRules(patient)).find(isDigests);
    if (!rule) return [];
    const interval = intervalSeconds(rule.ScheduleExpression ?? '');
    const queries = [
      { ...own(patient, 'digestDelay'), statistic: 'Maximum' as const },
      own(patient, 'digestsSent'),
      own(patient, 'emailsHeld'),
    ];
    const from = now - DAY * 1000;
    const [delay, sent, held] = await sumMetrics(await aws.cloudWatch(), queries, from, now, 300);
    const runbook = 'See digest-late in docs/runbook.md.';
    if (!delay?.latest) return [never(patient, interval, 'Nothing has looked for digests', runbook)];
    const { at, value } = delay.latest;
    if ((now - at) / 1000 > 2 * interval + LATE_SECONDS) {
      return [problem(`Nothing has looked for digests since ${formatMoment(at, now)}.`, runbook)];
    }
    // One that is due is sent by the next run.
    if (value > 2 * interval) {
      return [problem(`A digest has been due for ${formatDuration(value)}, and is not sent.`, runbook)];
    }
    const guard = held?.total
      ? ` The storm guard left ${count(held.total, 'email')} to them: 'every' of an address makes fewer emails.`
      : '';
    return [ok(`None is late, ${count(sent?.total ?? 0, 'digest')} sent within a day.${guard}`)];
  },
};

/** What a schedule does was never measured: no problem where the deployment is so recent that it may not have been yet. */
function never({ deployedAt, now }: Patient, interval: number, what: string, todo: string) {
  const soon = 2 * interval + LATE_SECONDS;
  return (now - deployedAt) / 1000 > soon
    ? problem(`${what} for a day.`, todo)
    : note(
        `${what} yet: the stack was deployed at ${formatMoment(deployedAt, now)}.`,
        `Run doctor again in ${formatDuration(soon)}.`,
      );
}

/** Events of HealthImaging come. */
export const eventsCheck: DoctorCheck = {
  name: 'events',
  async look(patient) {
    const { aws, now } = patient;
    const rule = (await readRules(patient)).find(isImportEvents);
    // Where it is missing, that is found among the rules.
    if (!rule?.Name) return [note('Without a rule, no event can arrive.')];
    const finished = OUTCOMES.map((outcome) =>
      own(patient, 'importsFinished', { [METRIC_DIMENSIONS.outcome]: outcome }),
    );
    const invocations = { namespace: 'AWS/Events', name: 'Invocations', dimensions: { RuleName: rule.Name } };
    const [events, lost, ...verdicts] = await sumMetrics(
      await aws.cloudWatch(),
      [invocations, own(patient, 'eventsLost'), ...finished],
      now - EVENT_DAYS * DAY * 1000,
      now,
      HOUR,
    );
    const imports = verdicts.reduce((sum, { total }) => sum + total, 0);
    if (events?.lastAt === undefined) {
      return imports > 0
        ? [
            problem(
              `${count(imports, 'import')} finished within ${EVENT_DAYS} days, but no event of HealthImaging came: all ends were found by looking.`,
              'HealthImaging sends its events to the default bus of the account and region of the data store: deploy the watcher there.',
            ),
          ]
        : [
            note(
              `None within ${EVENT_DAYS} days, and no import finished either.`,
              'Import something by an import job to see them; DICOMweb (STOW-RS) makes none.',
            ),
          ];
    }
    const missed = lost?.total ?? 0;
    const found =
      missed > 0 ? ` ${count(missed, 'end')} of ${imports} found by looking, before an event told.` : '';
    return [ok(`The last event arrived within the hour from ${formatMoment(events.lastAt, now)}.${found}`)];
  },
};

/** A metric of the watcher. */
function own(
  { stateMachineArn }: Patient,
  name: MetricName,
  dimensions: Readonly<Record<string, string>> = {},
): MetricQuery {
  const watcher = stateMachineArn.split(':').at(-1) ?? '';
  return {
    namespace: METRIC_NAMESPACE,
    name: METRICS[name].name,
    dimensions: { [METRIC_DIMENSIONS.service]: watcher, ...dimensions },
  };
}

/** The seconds between two sweeps. */
export function intervalSeconds(expression: string): number {
  const seconds = rateSeconds(expression);
  if (seconds === undefined) throw new Error(`cannot parse the schedule of the sweep: ${expression}`);
  return seconds;
}
