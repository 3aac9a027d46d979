import { type Command, Option } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function redriveCommand(): Command {
  const redrive = command('redrive', {
    summary: 'continue failed watches',
    description:
      'Continues failed watches at the step that failed. The sweep does the same by itself, but later. Fix the cause first. If a watch cannot continue, the command says why, and --replace starts another watch.',
    examples: [
      `${PROGRAM} redrive --datastore-id 1234... --job-id 0987...`,
      `${PROGRAM} redrive --all`,
      `${PROGRAM} redrive --all --replace`,
    ],
    load: () => import('./run.ts'),
  })
    .option('--datastore-id <id>', 'the data store', datastoreId)
    .option('--job-id <id>', 'the import job', jobId)
    .addOption(new Option('--all', 'every job whose watch failed').conflicts(['datastoreId', 'jobId']))
    .option('--replace', 'start a new watch if the old one cannot continue')
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(redrive, ['stateMachineArn', 'tableName']));
}
