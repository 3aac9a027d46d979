import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function statusCommand(): Command {
  const status = command('status', {
    summary: 'one watch, with its executions and its next check',
    description:
      'Shows one import job: its status, its watches, the notices about it, the time of its next check, and the outcome.',
    examples: [`${PROGRAM} status --datastore-id 1234... --job-id 0987...`],
    load: () => import('./run.ts'),
  })
    .requiredOption('--datastore-id <id>', 'the data store', datastoreId)
    .requiredOption('--job-id <id>', 'the import job', jobId)
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(status, ['stateMachineArn', 'tableName']));
}
