import { getImportJob } from '../../core/aws/import-jobs.ts';
import { readManifests } from '../../core/aws/manifests.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { describeImport } from '../../core/domain/notices/import-report.ts';
import { oneLine } from '../../core/domain/text.ts';
import { systemTime } from '../../core/time.ts';
import { problemOfManifest } from '../aws/bucket.ts';
import type { Aws } from '../aws/connect.ts';
import { PROGRAM } from '../command.ts';
import { EXIT, OUTCOME_STATUS } from '../exit-status.ts';
import type { AwsOptions, WaitingOptions } from '../options.ts';
import { formatDuration } from '../terminal/durations.ts';
import { recordText } from '../terminal/import-record.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { print, printJson, tell } from '../terminal/output.ts';
import { progressOf } from '../terminal/progress.ts';
import { type Following, follow } from './follow.ts';

/** What `--json` prints where the time was over first. */
export interface TimedOut extends ImportJobId {
  readonly timedOut: true;
  /** Absent where HealthImaging never answered, or did not know the job so far. */
  readonly jobStatus?: string;
  readonly submittedAt?: string;
}

/** Waits for the end of an import and prints its verdict. @returns the status to end with. */
export async function waitFor(
  job: ImportJobId,
  options: WaitingOptions,
  aws: Aws,
  { started }: Pick<Following, 'started'>,
): Promise<number> {
  const { timeout = Number.POSITIVE_INFINITY, quiet = false, json } = options;
  const healthImaging = aws.medicalImaging();
  const s3 = aws.s3();
  const progress = progressOf({ quiet });
  const goOn = `To continue waiting:\n${commandTo(job, options)}`;
  onInterrupt(() => {
    progress.stop();
    return `Stopped waiting. The import goes on. ${goOn}`;
  });
  try {
    const followed = await follow(
      { job, started, timeoutSeconds: timeout },
      {
        getJob: () => getImportJob(healthImaging, job),
        readManifests: (outputS3Uri) => readManifests(s3, outputS3Uri, job),
      },
      progress,
      systemTime,
    );
    progress.stop();
    if (followed.kind === 'ended') {
      const problem = await problemOfManifest(s3, followed.job.outputS3Uri, followed.manifest);
      if (problem) tell(problem);
      const record = describeImport(followed, false);
      if (json) printJson(record);
      else print(recordText(record));
      return OUTCOME_STATUS[record.outcome];
    }
    const { jobStatus, submittedAt } = followed.job ?? {};
    if (json) {
      const timedOut: TimedOut = {
        timedOut: true,
        ...job,
        jobStatus,
        submittedAt,
      };
      printJson(timedOut);
    }
    const { late } = followed;
    const status = jobStatus
      ? `the job is ${jobStatus}${late ? `, but ${late}` : ''}`
      : 'HealthImaging has not answered about the job';
    tell(`There is no verdict after ${formatDuration(timeout)}: ${status}. ${goOn}`);
    return EXIT.timedOut;
  } finally {
    progress.stop();
  }
}

/** The command that waits for a job, on lines that fit. */
export function commandTo(
  { datastoreId, jobId }: ImportJobId,
  { region, profile, endpointUrl }: AwsOptions,
): string {
  const more = [
    region && `--region ${region}`,
    profile && `--profile ${oneLine(profile)}`,
    endpointUrl && `--endpoint-url ${oneLine(endpointUrl)}`,
  ].filter(Boolean);
  return [`  npx ${PROGRAM} wait`, `--datastore-id ${datastoreId}`, `--job-id ${jobId}`, ...more].join(
    ' \\\n    ',
  );
}
