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
