import { executionArn, lastState, type WatchStateMachine } from '../../core/aws/executions.ts';
import { getImportJob } from '../../core/aws/import-jobs.ts';
import { readManifests } from '../../core/aws/manifests.ts';
import { tellPeople, tellSystems } from '../../core/aws/notices.ts';
import { findWatch } from '../../core/aws/watches.ts';
import type { ImportFinishedData } from '../../core/contract/events.ts';
import {
  type Disclosure,
  type ImportJobId,
  PUBLISHED,
  type VerdictPublished,
} from '../../core/contract/names.ts';
import { importReport } from '../../core/domain/notices/import-report.ts';
import type { Notice } from '../../core/domain/notices/notice.ts';
import { oneLine } from '../../core/domain/text.ts';
import { mayStillAppear } from '../../core/domain/verdict/manifest-readiness.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { progressOf } from '../../core/domain/watch/progress.ts';
import { finishedId, lastOutcome } from '../../core/domain/watch/told.ts';
import { watchName } from '../../core/domain/watch/watch-name.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { findWatcher } from '../aws/watcher.ts';
import { type Watch, watchesOf } from '../aws/watches.ts';
import { PROGRAM } from '../command.ts';
import { CliError } from '../errors.ts';
import type { AwsOptions } from '../options.ts';
import type { StackOptions } from '../stack-options.ts';
import { facts, print, printJson, tell } from '../terminal/output.ts';
import { publishedReport } from './published-report.ts';

export interface ReplayOptions extends AwsOptions, StackOptions {
  readonly datastoreId: string;
  readonly jobId: string;
  readonly notify?: boolean;
  readonly json?: boolean;
}

/** Publishes a verdict again. */
export async function run(options: ReplayOptions): Promise<void> {
  const { datastoreId, jobId, notify = false, json } = options;
  const job = { datastoreId, jobId };
  const aws = await connect(options);
  const watcher = await findWatcher(aws, options, ['stateMachineArn', 'tableName', 'busName', 'topicArn']);
  const machine = { client: aws.stepFunctions(), arn: watcher.stateMachineArn };
  const [watches, record] = await Promise.all([
    watchesOf(machine, job),
    findWatch({ client: aws.dynamoDB(), name: watcher.tableName }, job),
  ]);
  const published = await Promise.all(watches.map((watch) => hasPublished(machine, watch)));
  const teller = watches[published.lastIndexOf('yes')];
  const outcome = lastOutcome(record) ?? teller?.output?.outcome;
  const laterId = finishedId(job, true);
  const later = record.outcome ? record.laterOutcome !== undefined : teller?.output?.eventId === laterId;
  // The later verdict first: a watch may have failed between publishing it and recording it.
  const kept =
    teller &&
    ((await publishedReport(machine, teller.executionArn, laterId)) ??
      (await publishedReport(machine, teller.executionArn, finishedId(job))));
  const sure = published.every((each) => each === 'no');
  if (!outcome && !kept) refuseUnfinished(watches.at(-1), sure, job);
  const report = kept ?? (await rebuild(aws, machine, job, watcher.disclosure, { outcome, later }));
  await tellSystems(
    { eventBridge: aws.eventBridge(), busName: watcher.busName },
    PUBLISHED.importFinished,
    report,
  );
  if (notify) await tellPeople({ sns: aws.sns(), topicArn: watcher.topicArn, chat: watcher.chat }, report);
  const { metadata, data } = report.detail;
  if (json) {
    printJson({
      ...job,
      eventId: metadata.id,
      publishedAt: metadata.publishedAt,
      outcome: data.outcome,
      rebuilt: kept === undefined,
      busName: watcher.busName,
      peopleNotified: notify,
    });
    return;
  }
  print(
    facts([
      ['Published', `${PUBLISHED.importFinished}, again`],
      ['Outcome', data.outcome],
      ['Event id', metadata.id],
      [
        'Contents',
        kept ? 'unchanged, from the history of the watch' : 'built again from the job and its manifests',
      ],
      ['Bus', watcher.busName],
      ['People', notify ? 'notified again' : 'not notified; --notify does it'],
    ]),
  );
  tell('Consumers that have seen this id should drop the event.');
}

/** Whether a watch put a verdict on the bus. */
async function hasPublished(machine: WatchStateMachine, watch: Watch): Promise<VerdictPublished> {
  const { output, failure, status, executionArn } = watch;
  if (failure) return progressOf(failure.failedStep).verdictPublished;
  if (status === 'RUNNING') return progressOf(await lastState(machine, executionArn)).verdictPublished;
  // One that found the verdict published says so in place of a report.
  return output?.outcome && !output.next ? 'yes' : 'no';
}

/**
 * @param sure - whether no watch can have published a verdict.
 * @throws CliError where the watcher has a verdict still to give.
 */
function refuseUnfinished(
  latest: Watch | undefined,
  sure: boolean,
  { datastoreId, jobId }: ImportJobId,
): void {
  const ids = `--datastore-id ${datastoreId} --job-id ${jobId}`;
  const verdict = sure ? 'no verdict yet' : 'no known verdict, but one may have been published';
  if (latest?.status === 'RUNNING') {
    throw new CliError(
      `There is ${verdict}: the watch of the job runs. It will publish one. See\n  ${PROGRAM} status ${ids}`,
    );
  }
  if (latest?.failure) {
    const { failedStep } = latest.failure;
    throw new CliError(
      `There is ${verdict}: the watch of the job failed${failedStep ? ` in '${oneLine(failedStep)}'` : ''}. To continue it:\n  ${PROGRAM} redrive ${ids}`,
    );
  }
}

/**
 * The verdict, made of what HealthImaging and S3 say now.
 * @param outcome - what was published, or undefined where nothing is known of it.
 * @param later - whether it superseded an ABANDONED.
 * @throws CliError where there is no verdict, or it would be another than before.
 */
async function rebuild(
  aws: Aws,
  machine: WatchStateMachine,
  id: ImportJobId,
  disclosure: Disclosure,
  { outcome, later }: { readonly outcome: string | undefined; readonly later: boolean },
): Promise<Notice<ImportFinishedData>> {
  const job = await getImportJob(aws.medicalImaging(), id);
  if (!outcome && job.jobStatus === 'NOT_FOUND') {
    throw new CliError(
      `HealthImaging knows no import job ${id.jobId} of the data store ${id.datastoreId} in ${aws.region}. Check the ids and the region.`,
    );
  }
  const ended = hasEnded(job.jobStatus);
  if (!outcome && !ended) {
    throw new CliError(`There is no verdict yet: the job is ${job.jobStatus}, and has no watch.`);
  }
  const manifest = ended && job.outputS3Uri ? await readManifests(aws.s3(), job.outputS3Uri, id) : undefined;
  const now = Date.now();
  if (!outcome && manifest?.kind === 'unavailable' && mayStillAppear(job, now)) {
    throw new CliError(
      'The job ended a moment ago, and its manifest is not there yet. Try again in five minutes.',
    );
  }
  const arn = executionArn(machine, watchName(id));
  const report = importReport({ job, manifest, executionArn: arn, later }, disclosure, now);
  const made = report.detail.data.outcome;
  if (outcome && made !== outcome) {
    throw new CliError(
      `Nothing was published: the outcome was ${outcome}, but the job and its manifests give ${made} today. The history of its watch is gone, and the manifests may be gone, too.`,
    );
  }
  return report;
}
