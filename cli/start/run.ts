import { randomUUID } from 'node:crypto';
import { folderKey } from '../../core/domain/verdict/manifest-location.ts';
import { systemTime } from '../../core/time.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { CliError, explain } from '../errors.ts';
import { EXIT } from '../exit-status.ts';
import type { WaitingOptions } from '../options.ts';
import { formatDuration } from '../terminal/durations.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { print, printJson, tell } from '../terminal/output.ts';
import { type Progress, progressOf } from '../terminal/progress.ts';
import { commandTo, waitFor } from '../wait/wait-for.ts';
import { problemOfBucket, surveyInput } from './buckets.ts';
import { type ImportConfiguration, readImportConfiguration } from './import-configuration.ts';
import { hasNames, placeOf, problemsOf, size } from './problems.ts';
import { type Started, type StartRequest, startJob, type Tries } from './start-job.ts';

export interface StartOptions extends WaitingOptions {
  readonly datastoreId: string;
  readonly roleArn: string;
  readonly input: string;
  readonly output: string;
  readonly name?: string;
  readonly inputOwner?: string;
  /** A file. */
  readonly importConfiguration?: string;
  readonly clientToken?: string;
  /** Whether files that look wrong are named. */
  readonly names?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
}

/** Checks the input, starts an import job, and waits for it where that is asked for. */
export async function run(options: StartOptions): Promise<number> {
  const { quiet = false, json, timeout } = options;
  const configuration =
    options.importConfiguration === undefined
      ? undefined
      : await readImportConfiguration(options.importConfiguration);
  const aws = await connect(options);
  await check(options, configuration, aws);
  const began = Date.now();
  const started = await start(options, configuration, aws);
  if (!options.wait) {
    if (json) printJson(started);
    else print(started.jobId);
    if (!quiet) tell(`Started. To wait for it:\n${commandTo(started, options)}`);
    return EXIT.done;
  }
  if (!quiet) tell(`Started import job ${started.jobId}.`);
  const left = timeout === undefined ? {} : { timeout: Math.max(0, timeout - (Date.now() - began) / 1000) };
  const { datastoreId, jobId } = started;
  return waitFor({ datastoreId, jobId }, { ...options, ...left }, aws, { started: true });
}

/** HealthImaging reads from another region if the call names the owner of the bucket. */
const ADD_OWNER = 'Add --input-owner with the account of the bucket, even if it is your own.';

/** @throws CliError with all that speaks against the import, unless it is forced. */
async function check(
  { quiet, force, names, ...options }: StartOptions,
  configuration: ImportConfiguration | undefined,
  aws: Aws,
): Promise<void> {
  const note = (text: string) => {
    if (!quiet) tell(text);
  };
  const input = placeOf(options.input);
  const output = placeOf(options.output);
  const folder = folderKey(input.key);
  const mappings = configuration?.dicomJsonMetadataImportConfiguration.dicomMetadataMappings ?? [];
  const expected = mappings.map(({ metadataFilePath }) => folder + metadataFilePath);
  const s3 = aws.s3();
  const buckets = new Set([
    await problemOfBucket(s3, input.bucket, aws.region, options.inputOwner ? undefined : ADD_OWNER),
    await problemOfBucket(s3, output.bucket, aws.region, 'Choose an output in the region of the data store.'),
  ]);
  const found = await surveyInput(s3, input, expected);
  if (found) note(`Input: ${found.files === 1 ? '1 file' : `${found.files} files`}, ${size(found.bytes)}.`);
  else note('The input was not checked: these credentials do not allow listing it (s3:ListBucket).');
  const problems = [
    ...[...buckets].filter((each) => each !== undefined),
    ...problemsOf(input, output, found, names),
  ];
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  const hint = found && hasNames(found) && !names ? ' To have these files named: --names.' : '';
  if (!force) throw new CliError(`Nothing was started.${list}\nTo start anyway: --force.${hint}`);
  note(`Starts anyway:${list}`);
}

/** @throws CliError that says how to try again without a second import. */
async function start(
  options: StartOptions,
  importConfiguration: ImportConfiguration | undefined,
  aws: Aws,
): Promise<Started> {
  const { clientToken = randomUUID(), quiet = false, timeout = Number.POSITIVE_INFINITY } = options;
  const request: StartRequest = {
    datastoreId: options.datastoreId,
    dataAccessRoleArn: options.roleArn,
    inputS3Uri: options.input,
    outputS3Uri: options.output,
    clientToken,
    importConfiguration,
    jobName: options.name,
    inputOwnerAccountId: options.inputOwner,
  };
  const progress: Progress = progressOf({ quiet });
  const tries: Tries = { mayHaveStarted: false };
  const again = () =>
    tries.mayHaveStarted
      ? `The import may have been started all the same. To try again without a second one, add\n  --client-token ${clientToken}`
      : 'Nothing was started.';
  onInterrupt(() => {
    progress.stop();
    return `Stopped. ${again()}`;
  });
  const job = startJob(aws.medicalImaging(), request, progress, systemTime, tries);
  try {
    if (!Number.isFinite(timeout)) return await job;
    const started = await Promise.race([job, systemTime.sleep(timeout * 1000)]);
    if (started) return started;
  } catch (error) {
    const { message } = explain(error);
    throw new CliError(`${message}\n${again()}`, { cause: error });
  } finally {
    progress.stop();
  }
  throw new CliError(`Not started after ${formatDuration(timeout)}. ${again()}`, {
    exitStatus: EXIT.timedOut,
  });
}
