import { App, Duration, type Environment, Stack } from 'aws-cdk-lib';
import { BackupPlan } from 'aws-cdk-lib/aws-backup';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { DicomImportWatcherStack, type DicomImportWatcherStackProps } from '../../lib/index.ts';

/** The stack in whose template all is judged. */
export const STACK = 'Watch';

function app(
  env: Environment | undefined,
  props: (other: Stack, region: string) => Partial<DicomImportWatcherStackProps> = () => ({}),
): App {
  // The CDK's own validation: a synthesis fails where it finds anything.
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  const where = env && { env };
  const other = new Stack(app, 'Other', where);
  const { watcher } = new DicomImportWatcherStack(app, STACK, {
    outputBuckets: ['import-output'],
    ...where,
    ...props(other, env?.region ?? 'us-east-1'),
  });
  // What was looked up in it is not deployed, and an empty stack cannot be.
  app.node.tryRemoveChild(other.node.id);
  watcher.addQueue('pacs');
  return app;
}

/** The app as it is without settings, and with everything turned on that can be. */
export const APPS = {
  defaults: (env?: Environment) => app(env),
  everything: (env?: Environment) =>
    app(env, (other, region) => ({
      outputBuckets: [
        {
          name: 'import-output',
          prefix: 'imports/',
          keyArn: `arn:aws:kms:${region}:111122223333:key/0123abcd-0123-abcd-0123-0123456789ab`,
        },
      ],
      emails: ['radiology@hospital.example'],
      alarmEmails: ['on-call@hospital.example'],
      queues: ['archive', { name: 'orders.fifo', messageGroupId: 'imports' }],
      chat: true,
      // Where HealthImaging is, EventBridge has schemas; not so in all other partitions.
      schemaRegistry: !/^(us-gov|cn)-/.test(region),
      archiveFor: Duration.days(30),
      vpc: Vpc.fromVpcAttributes(other, 'Vpc', {
        vpcId: 'vpc-01234567890abcdef',
        availabilityZones: [`${region}a`],
        privateSubnetIds: ['subnet-01234567890abcdef'],
      }),
      backupPlan: BackupPlan.fromBackupPlanId(other, 'Plan', '01234567-89ab-cdef-0123-456789abcdef'),
    })),
} as const;

/** The largest settings that are promised: 100 data stores, 50 buckets with a prefix and a key, 50 queues and 50 addresses. */
export function largest(env?: Environment): App {
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  const id = (index: number) => String(index).padStart(32, '0');
  const region = env?.region ?? 'ap-southeast-2';
  const app = new App();
  new DicomImportWatcherStack(app, STACK, {
    ...(env && { env }),
    datastoreIds: [...numbers, ...numbers.map((index) => index + 50)].map(id),
    outputBuckets: numbers.map((index) => ({
      name: `hospital-imaging-department-dicom-import-output-${index}`,
      prefix: `department-${index}/dicom-imports/`,
      keyArn: `arn:aws:kms:${region}:111122223333:key/0123abcd-0123-abcd-0123-${String(index).padStart(12, '0')}`,
    })),
    emails: numbers.map((index) => ({
      address: `radiology-${index}@hospital.example`,
      outcomes: ['FAILED'],
    })),
    alarmEmails: numbers.map((index) => `on-call-${index}@hospital.example`),
    queues: numbers.map((index) => ({ name: `worklist-${index}`, outcomes: ['SUCCEEDED'] })),
    chat: true,
  });
  return app;
}
