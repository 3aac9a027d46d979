import { type Command, Option } from 'commander';
import { JOB_STATUSES } from '../../core/contract/names.ts';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, refuse } from '../options.ts';
import { stackOptions } from '../stack-options.ts';
import { parseDuration } from '../terminal/durations.ts';

export function listCommand(): Command {
  const list = command('list', {
    summary: 'import jobs of a data store',
    description:
      'Lists the import jobs of a data store, the newest first, with the outcome where the watcher knows it. Works without a watcher, too, and says so.',
    examples: [
      `${PROGRAM} list --datastore-id 12345678901234567890123456789012`,
      `${PROGRAM} list --datastore-id 1234... --status FAILED --since 7d`,
      `${PROGRAM} list --datastore-id 1234... --since 2026-01-31 --json`,
    ],
    load: () => import('./run.ts'),
  })
    .requiredOption('--datastore-id <id>', 'the data store', datastoreId)
    .addOption(new Option('--status <status...>', 'only jobs with one of these').choices(JOB_STATUSES))
    .option('--since <time>', 'only jobs submitted since: 12h, 7d, 2026-01-31, or an ISO 8601 time', since)
    .option('--json', 'print JSON');
  return awsOptions(stackOptions(list, ['tableName']));
}

/**
 * A moment: a duration before now, or a date or time of ISO 8601, which is UTC where it does not say.
 * @returns milliseconds since the epoch.
 */
function since(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return Date.now() - seconds * 1000;
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const at = Date.parse(time && !zone ? `${text}Z` : text);
  // Date takes the 31st of February for the 3rd of March.
  const isDate = date && !Number.isNaN(at) && new Date(date).toISOString().startsWith(date);
  return isDate
    ? at
    : refuse('Expected a duration such as 12h or 7d, a date such as 2026-01-31, or an ISO 8601 time.');
}
