import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId, waitingOptions } from '../options.ts';

export function waitCommand(): Command {
  const wait = command('wait', {
    summary: 'wait for an import, and print its verdict',
    description:
      'Waits until an import job has ended and says what its manifests tell. Needs no deployed stack: only credentials that may read the job (medical-imaging:GetDICOMImportJob) and its output (s3:GetObject, s3:ListBucket). Every outcome has an exit status of its own.',
    examples: [
      `${PROGRAM} wait --datastore-id <id> --job-id <id>`,
      `${PROGRAM} wait --datastore-id <id> --job-id <id> --timeout 2h`,
      `${PROGRAM} wait --datastore-id <id> --job-id <id> --json --quiet`,
    ],
    load: () => import('./run.ts'),
  })
    .requiredOption('--datastore-id <id>', 'the data store that the job imports into', datastoreId)
    .requiredOption('--job-id <id>', 'the import job', jobId);
  waitingOptions(wait).option('--json', 'print JSON');
  return awsOptions(wait);
}
