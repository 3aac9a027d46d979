import { findWatches, NO_RECORD, type Table, type WatchRecord } from '../../core/aws/watches.ts';
import type { JobStatus } from '../../core/contract/names.ts';
import { counted } from '../../core/domain/counted.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import type { ListedJob } from '../../core/domain/watch/sweep.ts';
import { lastOutcome } from '../../core/domain/watch/told.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { newestJobs } from '../aws/import-jobs.ts';
import { findWatcher } from '../aws/watcher.ts';
import { CliError, explain } from '../errors.ts';
import type { AwsOptions } from '../options.ts';
import { campaignText } from '../report/campaign-text.ts';
import type { StackOptions } from '../stack-options.ts';
import { print, printJson, table, tell } from '../terminal/output.ts';
import { standardOutput, writeJson } from '../terminal/sink.ts';
import { formatTime, isoTime } from '../terminal/times.ts';
import { Summary } from './summary.ts';

export interface ListOptions extends AwsOptions, StackOptions {
  readonly datastoreId: string;
  readonly status?: readonly JobStatus[];
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly summary?: boolean;
  readonly json?: boolean;
}

/** A job, and what the watcher knows of it, where one can be asked. */
interface KnownJob {
  readonly job: ListedJob;
  readonly record: WatchRecord | undefined;
}

/** Lists the jobs of a data store, as they are read. */
export async function run(options: ListOptions): Promise<void> {
  const { datastoreId, summary, json } = options;
  const aws = await connect(options);
  const tableName = await findTable(aws, options);
  const pages = knownJobs(aws, options, tableName);
  if (summary) return printSummary(pages, options);
  if (json) {
    // Whether outcomes are known stands before the jobs.
    const first = await pages.next();
    const outcomesKnown = first.done ? tableName !== undefined : areKnown(first.value);
    const jobs = async function* () {
      if (!first.done) yield* first.value.map(asJson);
      for await (const page of pages) yield* page.map(asJson);
    };
    return writeJson(standardOutput, { datastoreId, outcomesKnown }, { jobs: jobs() });
  }
  let titles = true;
  for await (const page of pages) {
    print(tableOf(page, titles));
    titles = false;
  }
  if (titles) tell(`No import job of the data store ${datastoreId} is like that.`);
}

/** A part of the table, in columns that are the same in each. */
function tableOf(page: readonly KnownJob[], titles: boolean): string {
  const columns = [
    { title: 'submitted', width: '2026-01-31 12:00Z'.length },
    { title: 'job', width: 32 },
    { title: areKnown(page) ? 'outcome, or status' : 'status' },
  ];
  const rows = page.map(({ job, record }) => [
    job.submittedAt === undefined ? '' : formatTime(job.submittedAt, { seconds: false }),
    job.jobId,
    describeState(job, record),
  ]);
  return table(columns, rows, { titles });
}

function areKnown([first]: readonly KnownJob[]): boolean {
  return first?.record !== undefined;
}

/**
 * The jobs that are asked for, page by page. Without a table, or where the first page of it cannot be read, there are no records;
 * standard error says why.
 * @throws what AWS answers, once records were read: the list would look as if there were no more.
 */
async function* knownJobs(
  aws: Aws,
  { datastoreId, status, since = 0 }: ListOptions,
  tableName: string | undefined,
): AsyncGenerator<KnownJob[]> {
  let name = tableName;
  let isFirst = true;
  for await (const jobs of newestJobs(aws.medicalImaging(), datastoreId, status, since)) {
    if (jobs.length === 0) continue;
    let recordOf: ((job: ListedJob) => WatchRecord) | undefined;
    try {
      if (name !== undefined) recordOf = await findAll({ client: aws.dynamoDB(), name }, jobs);
    } catch (error) {
      if (!isFirst) throw error;
      tell(`There are no outcomes, because the table ${name} cannot be read. ${explain(error).message}`);
      name = undefined;
    }
    isFirst = false;
    yield jobs.map((job) => ({ job, record: recordOf?.(job) }));
  }
}

/** Keys of one `BatchGetItem`. */
const BATCH = 100;

async function findAll(from: Table, jobs: readonly ListedJob[]): Promise<(job: ListedJob) => WatchRecord> {
  const records = new Map<string, WatchRecord>();
  for (let i = 0; i < jobs.length; i += BATCH) {
    const batch = jobs.slice(i, i + BATCH);
    const recordOf = await findWatches(from, batch);
    for (const job of batch) records.set(job.jobId, recordOf(job));
  }
  return ({ jobId }) => records.get(jobId) ?? NO_RECORD;
}

/** The table of the watcher, or undefined where there is none; standard error says why. */
async function findTable(aws: Aws, options: ListOptions): Promise<string | undefined> {
  try {
    return (await findWatcher(aws, options, ['tableName'])).tableName;
  } catch (error) {
    tell(`There are no outcomes, because no watcher was found. ${explain(error).message}`);
    return undefined;
  }
}

/** @throws CliError where nothing is known. */
async function printSummary(
  pages: AsyncIterable<readonly KnownJob[]>,
  { datastoreId, json }: ListOptions,
): Promise<void> {
  const summary = new Summary();
  for await (const page of pages) {
    if (!areKnown(page)) {
      throw new CliError(
        'A summary needs the outcomes that the watcher records. Without a watcher, report s3://bucket/prefix/ reads the manifests.',
      );
    }
    for (const { job, record = NO_RECORD } of page) summary.add(job, record);
  }
  const { withoutVerdict, withoutCounts } = summary;
  if (withoutCounts > 0) {
    tell(
      `Left out: ${counted(withoutCounts, 'job')} with an outcome, but without counts in the table. Use list for the outcomes, and report for the files.`,
    );
  }
  if (withoutVerdict > 0) {
    tell(`No verdict yet: ${counted(withoutVerdict, 'job')} that ended.`);
  }
  const report = summary.report(Date.now());
  if (report.jobs.total === 0) {
    throw new CliError(
      `No import job of the data store ${datastoreId} that is like that has a verdict with counts.`,
    );
  }
  if (json) printJson(report);
  else print(campaignText(report));
}

/** What is known of a job, in a few words. */
export function describeState({ jobStatus }: ListedJob, record: WatchRecord | undefined): string {
  if (!record) return jobStatus;
  const { overdueEventId, failureEventIds, taskToken } = record;
  const outcome = lastOutcome(record);
  if (outcome) return outcome;
  if (failureEventIds.length > 0) return `${jobStatus}, watch failed`;
  if (hasEnded(jobStatus)) return `${jobStatus}, no verdict`;
  if (overdueEventId) return `${jobStatus}, overdue`;
  return taskToken ? `${jobStatus}, watched` : jobStatus;
}

function asJson({ job, record }: KnownJob) {
  const { jobId, jobStatus, submittedAt, endedAt } = job;
  return {
    jobId,
    jobStatus,
    submittedAt: isoTime(submittedAt),
    endedAt: isoTime(endedAt),
    outcome: (record && lastOutcome(record)) ?? null,
    overdue: record ? record.overdueEventId !== undefined : null,
    failuresReported: record?.failureEventIds.length ?? null,
  };
}
