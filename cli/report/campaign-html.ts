import type { CampaignReport } from '../../core/contract/campaign.ts';
import { OUTCOMES } from '../../core/contract/names.ts';
import type { LedgerRow } from '../../core/domain/campaign/ledger.ts';
import { counted } from '../../core/domain/counted.ts';
import { formatDuration } from '../terminal/durations.ts';
import type { Sink } from '../terminal/sink.ts';
import { formatTime } from '../terminal/times.ts';
import { figures, percent } from './campaign-text.ts';
import { type Cell, type Html, html, ours, TABLE_END, table, tableHead, tableRow } from './html.ts';
import { CSS } from './html-style.ts';

/** What names files: only with `--failures`. */
export interface NamedFiles {
  readonly refused: Iterable<LedgerRow>;
  /** S3 URIs of objects that no manifest names. */
  readonly unread: Iterable<string>;
  /** URIs, or keys, of files that no list has. */
  readonly unlisted: Iterable<string>;
}

/** Nothing in the file runs, and nothing is loaded. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'`;
const BATCH = 1000;
const AGAIN = 'May be imported again without a change';

/** Writes the report as one file for a browser, a printer and a screen reader. */
export async function writeHtml(
  report: CampaignReport,
  files: NamedFiles | undefined,
  sink: Sink,
): Promise<void> {
  const { outcome, summary, location, generatedAt } = report;
  await sink.write(
    String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${ours(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>DICOM import report: ${outcome}</title>
<style>${ours(CSS)}</style>
</head>
<body>
<main>
<h1>DICOM import report</h1>
<p class="verdict"><strong>${outcome}</strong> ${summary}</p>
<p>${location && html`All jobs below ${location}. `}Written ${timeOf(generatedAt)}.</p>
${[
  section('Figures', [figureTable(report)]),
  section('Outcomes', [outcomes(report)]),
  section('Files over time', picture(report)),
  section('The source', source(report)),
  section('Why files were rejected', reasons(report)),
  section('Warnings', warnings(report)),
  section('Jobs without a manifest that can be used', unverified(report)),
  section('The worst jobs', worstJobs(report)),
  section('Files in each period', periodTable(report)),
]}`),
  );
  if (files) await writeFiles(files, sink);
  await sink.write('</main>\n</body>\n</html>\n');
}

function section(title: string, parts: readonly Html[]): Html {
  return parts.length === 0
    ? html``
    : html`<section>
<h2>${title}</h2>
${parts}</section>
`;
}

const number = (title: string) => ({ title, align: 'right' }) as const;
const titles = (...all: string[]) => all.map((title) => ({ title }));
const timeOf = (time: string) => formatTime(Date.parse(time), { seconds: false });

/** A part of the whole, as a text and as a bar. */
function bar(share: number, kind: string): Html {
  return html`<span class="share">${percent(share)}</span><span class="bar ${kind}" style="width:${widthOf(share)}"></span>`;
}

/** Of what a bar may have: the text stands beside it. */
const widthOf = (share: number) => `${Math.round(share * 6000) / 100}%`;
const part = (count: number, whole: number) => (whole > 0 ? count / whole : 0);

function figureTable(report: CampaignReport): Html {
  const known = figures(report).filter((each): each is [string, string] => each[1] !== undefined);
  return table('Sums over all jobs', titles('What', 'How many'), known);
}

function outcomes({ jobs }: CampaignReport): Html {
  const found = OUTCOMES.filter((each) => jobs.byOutcome[each] > 0);
  return table(
    `Outcomes of ${counted(jobs.total, 'job')}`,
    [{ title: 'Outcome' }, number('Jobs'), { title: 'Share' }],
    found.map((each) => {
      const count = jobs.byOutcome[each];
      return [each, count, bar(part(count, jobs.total), each === 'SUCCEEDED' ? 'good' : 'bad')];
    }),
  );
}

function source({ reconciliation }: CampaignReport): Html[] {
  if (!reconciliation) return [];
  const { outcome, summary, prefixes, listed, imported, importedWithWarning, lostPixels } = reconciliation;
  const { refused, unaccounted, notListed } = reconciliation;
  return [
    html`<p><strong>${outcome}</strong> ${summary}</p>
`,
    table(
      `Objects below ${counted(prefixes, 'input prefix', 'input prefixes')}`,
      [{ title: 'What became of it' }, number('Objects')],
      [
        ['Listed', listed],
        ['Imported', imported],
        ['Imported with a warning', importedWithWarning],
        ['Imported without pixel data that can be read', lostPixels],
        ['Rejected', refused],
        ['In no manifest', unaccounted],
        ['In a manifest, and in no list', notListed],
      ],
    ),
  ];
}

function reasons({ failures = [], unexplained = 0, files }: CampaignReport): Html[] {
  if (failures.length === 0 && unexplained === 0) return [];
  return [
    table(
      'Reasons, the most frequent first. What may name a patient is masked with #.',
      [
        { title: 'Reason' },
        number('Files'),
        { title: 'Share' },
        number('Jobs'),
        ...titles(AGAIN, 'For example'),
      ],
      [
        ...failures.map(({ exceptionType, message, count, share, jobs, retryable, exampleJob }): Cell[] => [
          `${exceptionType}: ${message}`,
          count,
          bar(share, 'bad'),
          jobs,
          retryable ? 'yes' : 'no',
          exampleJob.jobId,
        ]),
        ...(unexplained > 0
          ? [
              [
                'No line of a manifest names them',
                unexplained,
                bar(part(unexplained, files.rejected), 'bad'),
                '',
                '',
                '',
              ],
            ]
          : []),
      ],
    ),
  ];
}

function warnings({ warnings: all = [] }: CampaignReport): Html[] {
  if (all.length === 0) return [];
  return [
    table(
      'Warnings, the most frequent first',
      [
        { title: 'Code' },
        ...titles('Meaning', 'Clinically important'),
        number('Files'),
        number('Jobs'),
        ...titles('For example'),
      ],
      all.map(({ code, name, nameIsCertain, clinicallyImportant, count, jobs, exampleJob }) => [
        String(code),
        nameIsCertain || name === 'UNKNOWN' ? name : `${name} (not certain)`,
        clinicallyImportant ? 'yes' : 'no',
        count,
        jobs,
        exampleJob.jobId,
      ]),
    ),
  ];
}

function unverified({ unverified: all }: CampaignReport): Html[] {
  if (all.length === 0) return [];
  return [
    table(
      'Nothing is known of what these jobs imported',
      titles('Job', 'Data store', 'Reason'),
      all.map(({ jobId, datastoreId, reason = '' }) => [jobId, datastoreId, reason]),
    ),
  ];
}

function worstJobs({ worstJobs: all }: CampaignReport): Html[] {
  if (all.length === 0) return [];
  return [
    table(
      'By outcome, then by files that were not imported',
      [...titles('Job', 'Data store', 'Outcome'), number('Rejected'), number('Unaccounted')],
      all.map(({ jobId, datastoreId, outcome, files }) => [
        jobId,
        datastoreId,
        outcome,
        files?.rejected ?? 'unknown',
        files?.unaccounted ?? 'unknown',
      ]),
    ),
  ];
}

/** For those who look, with a text for others. {@link periodTable} has the same figures. */
function picture({ time }: CampaignReport): Html[] {
  if (!time) return [];
  const { periods, periodSeconds } = time;
  const startsAt = periods.map((each) => Date.parse(each.startsAt));
  const [from = 0, last = 0] = [startsAt[0], startsAt.at(-1)];
  const span = last + periodSeconds * 1000 - from;
  const most = Math.max(1, ...periods.map(({ imported, rejected }) => imported + rejected));
  const busiest = periods.find(({ imported, rejected }) => imported + rejected === most);
  const length = formatDuration(periodSeconds);
  const columns = periods.map(({ imported, rejected }, i) => {
    const at = `left:${percentOf(((startsAt[i] ?? 0) - from) / span)};width:${percentOf((periodSeconds * 1000) / span)}`;
    return html`<span class="column" style="${at}"><span class="bad" style="height:${percentOf(rejected / most)}"></span><span class="good" style="height:${percentOf(imported / most)}"></span></span>`;
  });
  const [begin, end] = [formatTime(from, { seconds: false }), formatTime(from + span, { seconds: false })];
  const inWords = `Files in each period of ${length}, from ${begin} to ${end}, by the time at which their jobs ended. ${
    busiest ? `The most are ${counted(most, 'file')} in the period from ${timeOf(busiest.startsAt)}. ` : ''
  }A table below has all figures.`;
  return [
    html`<figure>
<div class="chart" role="img" aria-label="${inWords}">${columns}</div>
<div class="axis" aria-hidden="true"><span>${begin}</span><span>${end}</span></div>
<figcaption><span class="key good"></span> imported <span class="key bad"></span> rejected. ${inWords}</figcaption>
</figure>
`,
  ];
}

function periodTable({ time }: CampaignReport): Html[] {
  if (!time) return [];
  return [
    table(
      `Each period of ${formatDuration(time.periodSeconds)} in which a job ended`,
      [{ title: 'From' }, number('Jobs'), number('Imported'), number('Rejected')],
      time.periods.map((each) => [timeOf(each.startsAt), each.jobs, each.imported, each.rejected]),
    ),
  ];
}

const percentOf = (share: number) => `${Math.round(share * 1e5) / 1e3}%`;

async function writeFiles({ refused, unread, unlisted }: NamedFiles, sink: Sink): Promise<void> {
  await sink.write(
    '<p>This page names files. Their names can identify patients: keep it as you keep patient data.</p>\n',
  );
  const columns = ['File', 'Reason', 'Job', AGAIN, 'Read again by'];
  await writeTable(sink, 'Rejected files', columns, rowsOf(refused));
  await writeTable(sink, 'Objects that no manifest names', ['Object'], single(unread));
  await writeTable(sink, 'Files of manifests that no list has', ['File'], single(unlisted));
}

function* rowsOf(refused: Iterable<LedgerRow>): Generator<Cell[]> {
  for (const { key, reason, message, jobId, retryable, supersededBy = '' } of refused) {
    yield [key, `${reason}: ${message}`, jobId, retryable ? 'yes' : 'no', supersededBy];
  }
}

function* single(names: Iterable<string>): Generator<Cell[]> {
  for (const name of names) yield [name];
}

/** What there can be a million of, row by row. Nothing where there is no row. */
async function writeTable(
  sink: Sink,
  title: string,
  columns: readonly string[],
  rows: Iterable<Cell[]>,
): Promise<void> {
  let text = '';
  let count = 0;
  for (const row of rows) {
    if (count === 0) text += html`<section>\n<h2>${title}</h2>\n${tableHead(title, titles(...columns))}`;
    text += tableRow(row);
    if (++count % BATCH > 0) continue;
    await sink.write(text);
    text = '';
  }
  if (count > 0) await sink.write(`${text}${TABLE_END}</section>\n`);
}
