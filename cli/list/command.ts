import { type Command, Option } from 'commander';
import { JOB_STATUSES } from '../../core/contract/names.ts';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, moment } from '../options.ts';
import { stackOptions } from '../stack-options.ts';

export function listCommand(): Command {
  const list = command('list', {
    summary: 'import jobs of a data store',
    description:
      'Lists the import jobs of a data store, the newest first, with the outcome where the watcher knows it. Works without a watcher, too, and says so.',
    examples: [
      `${PROGRAM} list --datastore-id 12345678901234567890123456789012`,
      `${PROGRAM} list --datastore-id 1234... --status FAILED --since 7d`,
      `${PROGRAM} list --datastore-id 1234... --since 2026-01-31 --json`,
      `${PROGRAM} list --datastore-id 1234... --since 2d --summary`,
    ],
    load: () => import('./run.ts'),
  })
    .requiredOption('--datastore-id <id>', 'the data store', datastoreId)
    .addOption(new Option('--status <status...>', 'only jobs with one of these').choices(JOB_STATUSES))
    .option('--since <time>', 'only jobs submitted since: 12h, 7d, 2026-01-31, or an ISO 8601 time', moment)
    .option('--summary', 'add up what the watcher recorded of these jobs, as a report')
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(list, ['tableName']));
}
