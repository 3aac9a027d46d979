import { getImportJob } from '../../core/aws/import-jobs.ts';
import { findWatch, type WatchRecord } from '../../core/aws/watches.ts';
import { imageSetsText } from '../../core/domain/notices/finished-message.ts';
import type { ImportJob } from '../../core/domain/watch/import-job.ts';
import { progressOf } from '../../core/domain/watch/progress.ts';
import { errorName, planRepair, type Repair } from '../../core/domain/watch/repair.ts';
import { isSettled, lastOutcome } from '../../core/domain/watch/told.ts';
import { connect } from '../aws/connect.ts';
import { recordedVerdict } from '../aws/recorded-verdict.ts';
import { findWatcher } from '../aws/watcher.ts';
import { type Watch, watchesOf } from '../aws/watches.ts';
import { PROGRAM } from '../command.ts';
import { CliError } from '../errors.ts';
import type { AwsOptions } from '../options.ts';
import type { StackOptions } from '../stack-options.ts';
import { facts, print, printJson, table, tell } from '../terminal/output.ts';
import { formatMoment, formatTime, isoTime } from '../terminal/times.ts';
import { positionOf, type WatchPosition } from './position.ts';

export interface StatusOptions extends AwsOptions, StackOptions {
  readonly datastoreId: string;
  readonly jobId: string;
  readonly json?: boolean;
}

/** All that is known of one job. */
interface Known {
  readonly job: ImportJob;
  readonly record: WatchRecord;
  readonly watches: readonly Watch[];
  readonly outcome: string | undefined;
  /** Of the latest watch, where it runs. */
  readonly position: WatchPosition | undefined;
  /** Of the latest watch, where it failed and no verdict is recorded all the same. */
  readonly repair: Repair | undefined;
}

/** Shows one watch. */
export async function run(options: StatusOptions): Promise<void> {
  const { datastoreId, jobId, json } = options;
  const aws = await connect(options);
  const { stateMachineArn, tableName } = await findWatcher(aws, options, ['stateMachineArn', 'tableName']);
  const machine = { client: aws.stepFunctions(), arn: stateMachineArn };
  const [job, record, watches] = await Promise.all([
    getImportJob(aws.medicalImaging(), { datastoreId, jobId }),
    findWatch({ client: aws.dynamoDB(), name: tableName }, { datastoreId, jobId }),
    watchesOf(machine, { datastoreId, jobId }),
  ]);
  const latest = watches.at(-1);
  const outcome = lastOutcome(record) ?? latest?.output?.outcome;
  if (job.jobStatus === 'NOT_FOUND' && !latest && !outcome) {
    throw new CliError(
      `Neither HealthImaging nor the watcher knows the import job ${jobId} of the data store ${datastoreId} in ${aws.region}. Check the ids and the region.`,
    );
  }
  const running = latest?.status === 'RUNNING';
  const known: Known = {
    job,
    record,
    watches,
    outcome,
    position: running ? await positionOf(machine, latest.executionArn) : undefined,
    repair: latest?.failure && !isSettled(record) ? planRepair(latest.failure) : undefined,
  };
  if (json) printJson(asJson(known));
  else show(known, Date.now());
}

function show({ job, record, watches, outcome, position, repair }: Known, now: number): void {
  const latest = watches.at(-1);
  const moment = (text: string | undefined) => text && formatMoment(Date.parse(text), now);
  const verdict = recordedVerdict(job, record);
  const superseded = record.laterOutcome && record.outcome;
  const told = [
    record.overdueEventId && 'overdue',
    superseded,
    ...record.failureEventIds.map(() => 'watch failed'),
  ];
  print(
    facts([
      ['Data store', job.datastoreId],
      ['Job', job.jobId],
      ['Job status', job.jobStatus === 'NOT_FOUND' ? 'not known to HealthImaging' : job.jobStatus],
      ['Submitted', moment(job.submittedAt)],
      ['Ended', moment(job.endedAt)],
      ['Outcome', outcome ?? describeUnrecorded(watches, position)],
      ['Verdict', verdict?.summary],
      ['Image sets', verdict?.imageSets && imageSetsText(verdict.imageSets)],
      ['Told', told.filter(Boolean).join(', ') || undefined],
      ['Failed in', failureIn(latest)],
      ['Next', describeNext(latest, outcome, position, repair, now)],
      ['Execution', latest?.executionArn],
    ]),
  );
  if (watches.length === 0) return;
  print('');
  print(
    table(
      [
        { title: 'watch', align: 'right' },
        { title: 'status' },
        { title: 'started' },
        { title: 'ended' },
        { title: 'redriven', align: 'right' },
      ],
      watches.map(({ number, status, startedAt, stoppedAt, redriveCount }) => [
        String(number),
        status,
        formatTime(startedAt, { seconds: false }),
        stoppedAt === undefined ? '' : formatTime(stoppedAt, { seconds: false }),
        String(redriveCount),
      ]),
    ),
  );
  if (!repair) return;
  tell('\nWhen the cause is fixed:');
  tell(`  ${PROGRAM} redrive --datastore-id ${job.datastoreId} --job-id ${job.jobId}`);
}

/** The step and the error of a watch that failed. */
function failureIn(watch: Watch | undefined): string | undefined {
  const { failedStep, error } = watch?.failure ?? {};
  return [failedStep, errorName(error)].filter(Boolean).join(': ') || undefined;
}

/** What is known of the verdict where the table holds none. */
function describeUnrecorded(watches: readonly Watch[], position: WatchPosition | undefined): string {
  const steps = watches.flatMap(({ failure }) => (failure ? [failure.failedStep] : []));
  if (position?.kind === 'working') steps.push(position.state);
  const known = steps.map((step) => progressOf(step).verdictPublished);
  if (known.includes('yes')) return 'published, but not recorded';
  return known.includes('unknown') ? 'not known: a verdict may have been published' : 'none yet';
}

/** What happens next, in a sentence. */
function describeNext(
  latest: Watch | undefined,
  outcome: string | undefined,
  position: WatchPosition | undefined,
  repair: Repair | undefined,
  now: number,
): string {
  if (position?.kind === 'waiting') {
    return `checks ${formatMoment(position.nextCheckAt, now)}, or when the event of the end arrives`;
  }
  if (position) return `works in '${position.state}', since ${formatMoment(position.since, now)}`;
  if (outcome && !repair) return 'nothing: the verdict was published';
  if (!latest) return 'it has no watch: the next sweep starts one';
  if (latest.status === 'RUNNING') return 'unknown: the history of the execution does not say';
  if (latest.status === 'SUCCEEDED')
    return 'it ended without a verdict: the sweep starts another watch while the job is listed';
  switch (repair?.kind) {
    case 'redrive':
      return `the sweep redrives it, ${formatMoment(repair.at, now)}`;
    case 'replace':
      return `the sweep starts another watch, ${formatMoment(repair.at, now)}`;
    default:
      return `nothing by itself (${repair?.why ?? 'unknown'}): a person has to act`;
  }
}

function asJson({ job, record, watches, outcome, position, repair }: Known) {
  const verdict = recordedVerdict(job, record);
  return {
    datastoreId: job.datastoreId,
    jobId: job.jobId,
    jobStatus: job.jobStatus,
    submittedAt: job.submittedAt ?? null,
    endedAt: job.endedAt ?? null,
    outcome: outcome ?? null,
    summary: verdict?.summary ?? null,
    files: verdict?.files ?? null,
    imageSets: verdict?.imageSets ?? null,
    overdueReported: record.overdueEventId !== undefined,
    failuresReported: record.failureEventIds.length,
    nextCheckAt: position?.kind === 'waiting' ? isoTime(position.nextCheckAt) : null,
    worksIn: position?.kind === 'working' ? position.state : null,
    repair: repair ? { kind: repair.kind, at: repair.kind === 'none' ? null : isoTime(repair.at) } : null,
    watches: watches.map((watch) => ({
      number: watch.number,
      executionArn: watch.executionArn,
      status: watch.status,
      startedAt: isoTime(watch.startedAt),
      stoppedAt: isoTime(watch.stoppedAt),
      redriveCount: watch.redriveCount,
      failedStep: watch.failure?.failedStep ?? null,
      verdictPublished: watch.failure ? progressOf(watch.failure.failedStep).verdictPublished : null,
      error: errorName(watch.failure?.error) ?? null,
      redrivable: watch.failure?.redrivable ?? null,
    })),
  };
}
