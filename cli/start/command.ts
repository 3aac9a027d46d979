import type { Command } from 'commander';
import { command, PROGRAM } from '../command.ts';
import { awsOptions, datastoreId, matching, waitingOptions } from '../options.ts';

// The patterns of HealthImaging's API (docs/healthimaging.md#1-calls).
const s3Uri = matching(
  /^(?=.{1,1024}$)s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?$/,
  's3://bucket/prefix/ of at most 1024 characters',
);
const roleArn = matching(
  /^(?=.{20,2048}$)arn:aws(-[^:]+)?:iam::[0-9]{12}:role\/.+$/,
  'the ARN of a role, such as arn:aws:iam::111122223333:role/DicomImport',
);
const jobName = matching(/^[A-Za-z0-9._/#-]{1,64}$/, '1 to 64 characters of A-Z, a-z, 0-9 and ._/#-');
const account = matching(/^\d{12}$/, '12 digits');
const token = matching(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 characters of A-Z, a-z, 0-9 and ._-');

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
    .option('--input-owner <account>', "account of the input's bucket, where it is another", account)
    .option('--import-configuration <file>', 'JSON file with an importConfiguration of HealthImaging')
    .option('--client-token <token>', 'the same token never starts a second job', token)
    .option('--force', 'start although the input looks wrong')
    .option('--wait', 'wait for the end as wait does');
  waitingOptions(start).option('--json', 'print JSON');
  return awsOptions(start);
}
