import type { CampaignReport } from '../../core/contract/campaign.ts';
import { OUTCOMES } from '../../core/contract/names.ts';
import { counted } from '../../core/domain/counted.ts';
import { warningText } from '../../core/domain/notices/finished-message.ts';
import { oneLine } from '../../core/domain/text.ts';
import { formatDuration } from '../terminal/durations.ts';
import { OUTCOME_COLORS } from '../terminal/import-record.ts';
import { color, facts, paragraph, table } from '../terminal/output.ts';
import { formatTime } from '../terminal/times.ts';

const MAX_REASONS = 20;
const MAX_NAMED = 50;
const MAX_PERIODS = 24;
const BAR = 20;

/** The report for people: ids, counts and masked reasons; no name of a file and no URI, as what is printed may be kept in a log. */
export function campaignText(report: CampaignReport): string {
  const { outcome, summary, worstJobs, unverified, reconciliation } = report;
  return [
    paragraph(`${OUTCOME_COLORS[outcome](color.bold(outcome))}  ${summary}`),
    facts(figures(report)),
    ...section('The source', reconciliation ? [paragraph(reconciliation.summary, '  ')] : []),
    ...section('Why files were rejected', reasons(report)),
    ...section('Warnings', warnings(report)),
    ...section('Jobs without a manifest that can be used', named(unverified)),
    ...section(
      'The worst jobs',
      worstJobs.length === 0
        ? []
        : [
            table(
              [
                { title: 'job' },
                { title: 'outcome' },
                { title: 'rejected', align: 'right' },
                { title: 'lost', align: 'right' },
              ],
              worstJobs.map(({ jobId, outcome, files }) => [
                jobId,
                outcome,
                files ? String(files.rejected) : '?',
                files ? String(files.unaccounted) : '?',
              ]),
            ),
          ],
    ),
    ...section('Files over time', periods(report)),
  ].join('\n\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [[color.bold(title), ...lines].join('\n')];
}

/** What there is to tell in a line each, by its name. */
export function figures(report: CampaignReport): [name: string, value: string | undefined][] {
  const { jobs, files, imageSets, time, progress } = report;
  const byOutcome = OUTCOMES.filter((each) => jobs.byOutcome[each] > 0);
  const { generated, created, changed, nonPrimary, overwritten = 0 } = imageSets;
  return [
    ['Jobs', `${jobs.total}: ${byOutcome.map((each) => `${jobs.byOutcome[each]} ${each}`).join(', ')}`],
    [
      'Contradictions',
      jobs.contradictory ? `in the manifests of ${counted(jobs.contradictory, 'job')}` : undefined,
    ],
    [
      'Repeated',
      jobs.repeated ? `${counted(jobs.repeated, 'further folder')} of jobs, not counted` : undefined,
    ],
    ['Scanned', counted(files.scanned, 'file')],
    ['Imported', `${counted(files.imported, 'file')}, ${files.withWarnings} with warnings`],
    [
      'Rejected',
      `${counted(files.rejected, 'file')}, ${files.rejectedByCustomerError} by customer error, ${files.rejectedByServerError} by server error`,
    ],
    ['Unaccounted', counted(files.unaccounted, 'file')],
    [
      'Image sets',
      [
        String(generated),
        created === undefined ? undefined : `${created} new`,
        changed === undefined ? undefined : `${changed} changed`,
        `${nonPrimary} not primary`,
        overwritten > 0 ? `${counted(overwritten, 'file')} replaced by another` : undefined,
      ]
        .filter((each) => each !== undefined)
        .join(', '),
    ],
    [
      'Time',
      time &&
        `${formatTime(Date.parse(time.startedAt), { seconds: false })} to ${formatTime(Date.parse(time.endedAt), { seconds: false })}, ${formatDuration(time.durationSeconds)}${rate(files.imported, time.durationSeconds)}`,
    ],
    ['Progress', progress && progressText(progress)],
  ];
}

function rate(imported: number, seconds: number): string {
  return seconds >= 60 ? `, ${Math.round((imported / seconds) * 3600)} files an hour` : '';
}

function progressText({
  ended,
  expected,
  running,
  percent,
  secondsLeft,
}: NonNullable<CampaignReport['progress']>): string {
  const done = `${percent} %, ${ended} of ${expected}${running === undefined ? '' : `, ${running} running`}`;
  if (ended >= expected) return done;
  if (!secondsLeft) return `${done}; too few jobs ended in the last hour to tell the time left`;
  const { median, least, most } = secondsLeft;
  const range =
    most === undefined
      ? `${formatDuration(least)} or more`
      : `${formatDuration(least)} to ${formatDuration(most)}`;
  return `${done}; ${formatDuration(median)} left (${range})`;
}

function reasons({ failures = [], unexplained = 0 }: CampaignReport): string[] {
  return [
    ...failures
      .slice(0, MAX_REASONS)
      .flatMap(({ exceptionType, message, count, share, jobs, retryable, exampleJob }) => [
        hanging(
          `${counted(count, 'file')} (${percent(share)}) in ${counted(jobs, 'job')}: ${exceptionType}: ${message}${retryable ? ' (may be imported again without a change)' : ''}`,
        ),
        `    for example ${exampleJob.jobId}`,
      ]),
    ...more(failures.length - MAX_REASONS, 'reason'),
    ...(unexplained > 0 ? [hanging(`${counted(unexplained, 'file')} that no line of a manifest names`)] : []),
  ];
}

function warnings({ warnings: all = [] }: CampaignReport): string[] {
  return [
    ...all
      .slice(0, MAX_REASONS)
      .flatMap(({ jobs, exampleJob, ...warning }) => [
        hanging(`${warningText(warning)} in ${counted(jobs, 'job')}`),
        `    for example ${exampleJob.jobId}`,
      ]),
    ...more(all.length - MAX_REASONS, 'code'),
  ];
}

function named(unverified: CampaignReport['unverified']): string[] {
  return [
    ...unverified.slice(0, MAX_NAMED).map(({ jobId, reason }) => `  ${jobId}${reason ? ` ${reason}` : ''}`),
    ...more(unverified.length - MAX_NAMED, 'job'),
  ];
}

function more(count: number, what: string): string[] {
  return count > 0 ? [`  and ${counted(count, `more ${what}`)}: --format json has all`] : [];
}

/** The last periods, each with a bar of what became of its files. */
function periods({ time }: CampaignReport): string[] {
  const all = time?.periods ?? [];
  const shown = all.slice(-MAX_PERIODS);
  const most = Math.max(1, ...shown.map(({ imported, rejected }) => imported + rejected));
  return [
    ...shown.map(({ startsAt, jobs, imported, rejected }) => {
      const bar =
        '#'.repeat(Math.ceil((imported / most) * BAR)) + 'x'.repeat(Math.ceil((rejected / most) * BAR));
      return `  ${formatTime(Date.parse(startsAt), { seconds: false })}  ${bar.slice(0, BAR).padEnd(BAR)}  ${imported} in, ${rejected} out, ${counted(jobs, 'job')}`;
    }),
    ...(all.length > shown.length ? [`  (the last ${MAX_PERIODS} of ${all.length} periods)`] : []),
  ];
}

/** @param share - of 1. */
export const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

/** An entry of a list, further lines indented. */
function hanging(text: string): string {
  return paragraph(oneLine(text), '    ').replace(/^ {4}/, '  ');
}
