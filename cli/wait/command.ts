import { type Command, Option } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, durationFrom, jobId } from '../options.ts';
import type { WaitingOptions } from './wait-for.ts';

export interface WaitOptions extends WaitingOptions {
  readonly datastoreId: string;
  readonly jobId: string;
}

export function waitCommand(): Command {
  const wait = command('wait', {
    summary: 'wait for an import, and say what really happened',
    description:
      'Waits until an import job has ended and says what its manifests tell. Needs no deployed stack: only credentials that may read the job (medical-imaging:GetDICOMImportJob) and its output (s3:GetObject, s3:ListBucket). Every outcome has an exit status of its own.',
    examples: [
      `${PROGRAM} wait --datastore-id <id> --job-id <id>`,
      `${PROGRAM} wait --datastore-id <id> --job-id <id> --timeout 2h`,
      `${PROGRAM} wait --datastore-id <id> --job-id <id> --json --quiet`,
    ],
    load: () => import('./run.ts'),
  });
  jobOptions(wait);
  waitingOptions(wait).option('--json', 'print JSON');
  return awsOptions(wait);
}

/** The options that name a job. */
export function jobOptions(command: Command): Command {
  return command
    .requiredOption('--datastore-id <id>', 'the data store that the job imports into', datastoreId)
    .requiredOption('--job-id <id>', 'the import job', jobId);
}

const DAY = 24 * 3600;

/** The options of every command that waits. */
export function waitingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--timeout <duration>', 'stop waiting after this time, such as 30m').argParser(
        // A timer of Node holds 24 days.
        durationFrom(1, 20 * DAY),
      ),
    )
    .option('--quiet', 'print the result only');
}
