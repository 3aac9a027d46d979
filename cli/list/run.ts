import { findWatches, NO_RECORD, type WatchRecord } from '../../core/aws/watches.ts';
import type { JobStatus } from '../../core/contract/names.ts';
import { counted } from '../../core/domain/counted.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import type { ListedJob } from '../../core/domain/watch/sweep.ts';
import { lastOutcome } from '../../core/domain/watch/told.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { readJobs } from '../aws/import-jobs.ts';
import { findWatcher } from '../aws/watcher.ts';
import { CliError, explain } from '../errors.ts';
import type { AwsOptions } from '../options.ts';
import { campaignText } from '../report/campaign-text.ts';
import type { StackOptions } from '../stack-options.ts';
import { print, printJson, table, tell } from '../terminal/output.ts';
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

/** Lists the jobs of a data store. */
export async function run(options: ListOptions): Promise<void> {
  const { datastoreId, status, since = 0, summary, json } = options;
  const aws = await connect(options);
  const all = await readJobs(aws.medicalImaging(), datastoreId, status);
  const jobs = all
    .filter(({ submittedAt = since }) => submittedAt >= since)
    .sort((a, b) => (b.submittedAt ?? 0) - (a.submittedAt ?? 0));
  const recordOf = await readRecords(aws, options, jobs);
  if (summary) {
    printSummary(jobs, recordOf, options);
    return;
  }
  if (json) {
    printJson({
      datastoreId,
      outcomesKnown: recordOf !== undefined,
      jobs: jobs.map((job) => asJson(job, recordOf?.(job))),
    });
    return;
  }
  if (jobs.length === 0) {
    tell(`No import job of the data store ${datastoreId} is like that.`);
    return;
  }
  print(
    table(
      [{ title: 'submitted' }, { title: 'job' }, { title: recordOf ? 'outcome, or status' : 'status' }],
      jobs.map((job) => [
        job.submittedAt === undefined ? '' : formatTime(job.submittedAt, { seconds: false }),
        job.jobId,
        describeState(job, recordOf?.(job)),
      ]),
    ),
  );
}

/** @throws CliError where nothing is known. */
function printSummary(
  jobs: readonly ListedJob[],
  recordOf: ((job: ListedJob) => WatchRecord) | undefined,
  { datastoreId, json }: ListOptions,
): void {
  if (!recordOf) {
    throw new CliError(
      'A summary needs the outcomes that the watcher records. Without a watcher, report s3://bucket/prefix/ reads the manifests.',
    );
  }
  const { report, withoutVerdict, withoutCounts } = summaryOf(jobs, recordOf, Date.now());
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

/** What the watcher knows of each, or undefined where no watcher can be asked; standard error says why. */
async function readRecords(
  aws: Aws,
  options: ListOptions,
  jobs: readonly ListedJob[],
): Promise<((job: ListedJob) => WatchRecord) | undefined> {
  try {
    const { tableName: name } = await findWatcher(aws, options, ['tableName']);
    const client = aws.dynamoDB();
    const records = new Map<string, WatchRecord>();
    for (let i = 0; i < jobs.length; i += BATCH) {
      const batch = jobs.slice(i, i + BATCH);
      const recordOf = await findWatches({ client, name }, batch);
      for (const job of batch) records.set(job.jobId, recordOf(job));
    }
    return ({ jobId }) => records.get(jobId) ?? NO_RECORD;
  } catch (error) {
    tell(`There are no outcomes, because no watcher was found. ${explain(error).message}`);
    return undefined;
  }
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
