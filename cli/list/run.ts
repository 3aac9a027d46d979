import { findWatches, NO_RECORD, type WatchRecord } from '../../core/aws/watches.ts';
import type { JobStatus } from '../../core/contract/names.ts';
import { counted } from '../../core/domain/counted.ts';
import { jsonText } from '../../core/domain/text.ts';
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
import { write } from '../terminal/stream.ts';
import { formatTime, isoTime } from '../terminal/times.ts';
import { summaryOf } from './summary.ts';

export interface ListOptions extends AwsOptions, StackOptions {
  readonly datastoreId: string;
  readonly status?: readonly JobStatus[];
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly summary?: boolean;
  readonly json?: boolean;
}

/** Keys of one `BatchGetItem`. */
const BATCH = 100;

/** Lists the jobs of a data store, as they are read. */
export async function run(options: ListOptions): Promise<void> {
  const { datastoreId, status, since = 0, summary, json } = options;
  const aws = await connect(options);
  const outcomes = new Outcomes(aws, await findTable(aws, options));
  const pages = newestJobs(aws.medicalImaging(), datastoreId, status, since);
  if (summary) {
    const jobs: ListedJob[] = [];
    for await (const page of pages) {
      await outcomes.read(page);
      jobs.push(...page);
    }
    printSummary(jobs, outcomes, options);
    return;
  }
  const lines = json ? new JsonLines(datastoreId) : new TableLines();
  let listed = 0;
  for await (const page of pages) {
    await outcomes.read(page);
    lines.add(page, outcomes);
    listed += page.length;
    outcomes.forget();
  }
  lines.end(outcomes);
  if (listed === 0 && !json) tell(`No import job of the data store ${datastoreId} is like that.`);
}

/** Prints jobs for people, in columns that are the same on each page. */
class TableLines {
  #begun = false;

  add(jobs: readonly ListedJob[], outcomes: Outcomes): void {
    const columns = [
      { title: 'submitted', width: '2026-01-31 12:00Z'.length },
      { title: 'job', width: 32 },
      { title: outcomes.areKnown ? 'outcome, or status' : 'status' },
    ];
    const rows = jobs.map((job) => [
      job.submittedAt === undefined ? '' : formatTime(job.submittedAt, { seconds: false }),
      job.jobId,
      describeState(job, outcomes.of(job)),
    ]);
    print(table(columns, rows, { titles: !this.#begun }));
    this.#begun = true;
  }

  end(): void {}
}

/** Prints one JSON value, member by member. */
class JsonLines {
  readonly #datastoreId: string;
  #begun = false;

  constructor(datastoreId: string) {
    this.#datastoreId = datastoreId;
  }

  add(jobs: readonly ListedJob[], outcomes: Outcomes): void {
    for (const job of jobs) {
      const text = jsonText(asJson(job, outcomes.of(job)), 2).replaceAll('\n', '\n    ');
      write(process.stdout, `${this.#begun ? ',' : this.#head(outcomes)}\n    ${text}`);
      this.#begun = true;
    }
  }

  end(outcomes: Outcomes): void {
    write(process.stdout, this.#begun ? '\n  ]\n}\n' : `${this.#head(outcomes)}]\n}\n`);
  }

  #head({ areKnown }: Outcomes): string {
    return `{\n  "datastoreId": ${jsonText(this.#datastoreId)},\n  "outcomesKnown": ${areKnown},\n  "jobs": [`;
  }
}

/** What the watcher knows of jobs, where a watcher can be asked. */
class Outcomes {
  readonly #aws: Aws;
  #table: string | undefined;
  #isFirst = true;
  readonly #records = new Map<string, WatchRecord>();

  constructor(aws: Aws, table: string | undefined) {
    this.#aws = aws;
    this.#table = table;
  }

  get areKnown(): boolean {
    return this.#table !== undefined;
  }

  of({ jobId }: ListedJob): WatchRecord | undefined {
    return this.areKnown ? (this.#records.get(jobId) ?? NO_RECORD) : undefined;
  }

  /** @throws what AWS answers, once outcomes were read before: the list would look as if there were none. */
  async read(jobs: readonly ListedJob[]): Promise<void> {
    const name = this.#table;
    if (name === undefined) return;
    try {
      const client = this.#aws.dynamoDB();
      for (let i = 0; i < jobs.length; i += BATCH) {
        const batch = jobs.slice(i, i + BATCH);
        const recordOf = await findWatches({ client, name }, batch);
        for (const job of batch) this.#records.set(job.jobId, recordOf(job));
      }
      this.#isFirst = false;
    } catch (error) {
      if (!this.#isFirst) throw error;
      tell(`There are no outcomes, because the table ${name} cannot be read. ${explain(error).message}`);
      this.#table = undefined;
    }
  }

  forget(): void {
    this.#records.clear();
  }
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
function printSummary(
  jobs: readonly ListedJob[],
  outcomes: Outcomes,
  { datastoreId, json }: ListOptions,
): void {
  if (!outcomes.areKnown) {
    throw new CliError(
      'A summary needs the outcomes that the watcher records. Without a watcher, report s3://bucket/prefix/ reads the manifests.',
    );
  }
  const { report, withoutVerdict, withoutCounts } = summaryOf(
    jobs,
    (job) => outcomes.of(job) ?? NO_RECORD,
    Date.now(),
  );
  if (withoutCounts > 0) {
    tell(
      `Left out: ${counted(withoutCounts, 'job')} with an outcome, but without counts in the table. Use list for the outcomes, and report for the files.`,
    );
  }
  if (withoutVerdict > 0) {
    tell(`No verdict yet: ${counted(withoutVerdict, 'job')} that ended.`);
  }
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

function asJson({ jobId, jobStatus, submittedAt, endedAt }: ListedJob, record: WatchRecord | undefined) {
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
