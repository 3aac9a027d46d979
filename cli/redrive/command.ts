import { type Command, Option } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function redriveCommand(): Command {
  const redrive = command('redrive', {
    summary: 'let failed watches go on',
    description:
      'Lets failed watches go on at the step that failed, as the sweep does by itself, only now. Mend the reason first. A watch that cannot go on is told with the reason; --replace starts another in its place.',
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
    .option('--replace', 'start a new watch where the old one cannot go on')
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(redrive, ['stateMachineArn', 'tableName']));
}
