import { type Command, Option } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, jobId } from '../options.ts';
import type { Format } from './run.ts';

const FORMATS: readonly Format[] = ['table', 'json', 'csv'];

export function reportCommand(): Command {
  const report = command('report', {
    summary: 'the verdict of an import that ended before',
    description:
      'Reads what became of an import job that has ended, from HealthImaging and its output in S3, or from manifests alone: below a prefix of S3, or in a folder they were downloaded to. A manifest does not tell the status of its job, which then counts as completed. Exit statuses are those of wait.',
    examples: [
      `${PROGRAM} report --datastore-id <id> --job-id <id>`,
      `${PROGRAM} report --manifest s3://my-output/<id>-DicomImport-<id>/`,
      `${PROGRAM} report --manifest ./downloaded --failures --format csv`,
    ],
    load: () => import('./run.ts'),
  })
    .option('--datastore-id <id>', 'the data store that the job imported into', datastoreId)
    .option('--job-id <id>', 'the import job', jobId)
    .option('--manifest <where>', 'the folder of the manifests, s3://bucket/prefix/ or local')
    .option('--failures', 'name each rejected file (names may identify patients)')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .option('--json', 'print JSON, as --format json does');
  return awsOptions(report);
}
