import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function replayCommand(): Command {
  const replay = command('replay', {
    summary: 'publish a verdict again',
    description:
      'Publishes the verdict on an import job to the event bus again, with the same id and contents as before. If the history of its watch is gone, the command builds the verdict again from the job and its manifests, and says so.',
    examples: [
      `${PROGRAM} replay --datastore-id 1234... --job-id 0987...`,
      `${PROGRAM} replay --datastore-id 1234... --job-id 0987... --notify`,
    ],
    load: () => import('./run.ts'),
  })
    .requiredOption('--datastore-id <id>', 'the data store', datastoreId)
    .requiredOption('--job-id <id>', 'the import job', jobId)
    .option('--notify', 'also send the email again')
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(replay, ['stateMachineArn', 'tableName', 'busName', 'topicArn']));
}
