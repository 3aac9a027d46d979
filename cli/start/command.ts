import type { Command } from 'commander';
import { ACCOUNT_ID, CLIENT_TOKEN, JOB_NAME, ROLE_ARN, S3_URI } from '../../core/contract/patterns.ts';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, matching, waitingOptions } from '../options.ts';

const s3Uri = matching({ ...S3_URI, allowed: 's3://bucket/prefix/ of at most 1024 characters' });
const roleArn = matching(ROLE_ARN);
const jobName = matching({ ...JOB_NAME, allowed: '1 to 64 characters of A-Z, a-z, 0-9 and ._/#-' });
const account = matching(ACCOUNT_ID);
const token = matching({ ...CLIENT_TOKEN, allowed: '1 to 64 characters of A-Z, a-z, 0-9 and ._-' });

export function startCommand(): Command {
  const start = command('start', {
    summary: 'check what is to be imported, and start an import job',
    description:
      'Looks at the input before it starts an import job: whether there are files, how many and how large against the quotas of HealthImaging, what does not look like DICOM, and whether the buckets are in the region. Sits out throttles and full data stores. Prints the id of the job.',
    examples: [
      `${PROGRAM} start --datastore-id <id> --role-arn <arn> \\`,
      '  --input s3://my-input/ward-3/ --output s3://my-output/imports/',
      `job=$(${PROGRAM} start --quiet ...)`,
      `${PROGRAM} start --wait --timeout 2h ...`,
    ],
    load: () => import('./run.ts'),
  })
    .requiredOption('--datastore-id <id>', 'the data store to import into', datastoreId)
    .requiredOption('--role-arn <arn>', 'the role that HealthImaging reads and writes S3 with', roleArn)
    .requiredOption('--input <uri>', 'where the DICOM files are, s3://bucket/prefix/', s3Uri)
    .requiredOption('--output <uri>', 'where the manifests go, s3://bucket/prefix/', s3Uri)
    .option('--name <name>', 'name of the job: nothing that identifies a patient', jobName)
    .option(
      '--input-owner <account>',
      "account of the input's bucket, if it has another account or region",
      account,
    )
    .option('--import-configuration <file>', 'JSON file with an importConfiguration of HealthImaging')
    .option('--client-token <token>', 'the same token never starts a second job', token)
    .option('--names', 'name the files that look wrong (names may identify patients)')
    .option('--force', 'start even if the input looks wrong')
    .option('--wait', 'then wait for the end, as the command wait does');
  waitingOptions(start).option('--json', 'print JSON');
  return awsOptions(start);
}
