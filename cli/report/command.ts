import { type Command, Option } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId, moment, refuse } from '../options.ts';
import type { CampaignFormat } from './campaign-options.ts';

const FORMATS: readonly CampaignFormat[] = ['table', 'json', 'csv', 'html'];

export function reportCommand(): Command {
  const report = command('report', {
    summary: 'the verdict of one import that ended, or of a whole migration',
    description:
      'Reads what became of an import job that has ended, from HealthImaging and its output in S3, or from manifests alone: below a prefix of S3, or in a folder they were downloaded to. With an argument it adds up all jobs whose folders are below it: one report for a migration. A manifest does not tell the status of its job, which then counts as completed. Exit statuses are those of wait; of many jobs the worst.',
    examples: [
      `${PROGRAM} report --datastore-id <id> --job-id <id>`,
      `${PROGRAM} report --manifest s3://my-output/<id>-DicomImport-<id>/`,
      `${PROGRAM} report --manifest ./downloaded --failures --format csv`,
      `${PROGRAM} report s3://my-output/migration/`,
      `${PROGRAM} report ./downloaded --format csv --output ledger.csv`,
      `${PROGRAM} report ./downloaded --format html --output report.html`,
      `${PROGRAM} report s3://my-output/migration/ --reconcile`,
    ],
    load: () => import('./run.ts'),
  })
    .argument('[where]', 'all job folders below it: s3://bucket/prefix/ or a folder')
    .option('--datastore-id <id>', 'the data store that the job imported into', datastoreId)
    .option('--job-id <id>', 'the import job', jobId)
    .option('--manifest <where>', 'the folder of the manifests, s3://bucket/prefix/ or local')
    .option('--failures', 'name each rejected file (names may identify patients)')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .option('--json', 'print JSON, as --format json does')
    .option('--output <file>', 'of many jobs: write JSON, CSV or HTML to a new file, for this user only')
    .option('--force', 'overwrite the file')
    .option('--expect <jobs>', 'of many jobs: how many there will be, to tell the time left', positive)
    .option('--inputs <file>', 'of many jobs: a file with the input prefix of each on a line')
    .option('--since <time>', 'only jobs that ended since: 12h, 7d, 2026-01-31, or an ISO 8601 time', moment)
    .option('--until <time>', 'only jobs that ended before', moment)
    .option('--job-name <glob>', 'only jobs with such a name, of those in the data store')
    .option('--reconcile', 'of many jobs: list their inputs, and account for every object');
  return awsOptions(report);
}

function positive(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : refuse('Expected a number from 1 to 999999999.');
}
