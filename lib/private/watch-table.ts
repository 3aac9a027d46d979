import { RemovalPolicy } from 'aws-cdk-lib';
import { BackupResource, BackupSelection, type IBackupPlan } from 'aws-cdk-lib/aws-backup';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { WATCH_ITEM } from '../../core/contract/names.ts';
import { acknowledge } from './acknowledge.ts';
import type { Encryption } from './encryption.ts';
import { trusted } from './managed-role.ts';

/** What is known of each watch. It outlives the stack. */
export function addWatchTable(
  scope: Construct,
  { key }: Encryption,
  backupPlan: IBackupPlan | undefined,
): Table {
  const watches = new Table(scope, 'Watches', {
    partitionKey: { name: WATCH_ITEM.partitionKey, type: AttributeType.STRING },
    sortKey: { name: WATCH_ITEM.sortKey, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: WATCH_ITEM.expiresAt,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: key,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: RemovalPolicy.RETAIN,
  });
  addBackup(scope, watches, backupPlan);
  return watches;
}

function addBackup(scope: Construct, watches: Table, backupPlan: IBackupPlan | undefined): void {
  if (!backupPlan) {
    acknowledge(
      watches,
      'Point-in-time recovery is on, and what is lost the sweep finds again; ' +
        "'backupPlan' adds the table to a plan where a policy asks for it",
      'HIPAA.Security-DynamoDBInBackupPlan',
      'NIST.800.53.R5-DynamoDBInBackupPlan',
    );
    return;
  }
  const role = new Role(scope, 'BackupRole', {
    assumedBy: trusted(scope, 'backup.amazonaws.com'),
    managedPolicies: [
      ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup'),
    ],
  });
  acknowledge(
    role,
    "AWS Backup's own policy for its own role: what a backup needs is AWS's to know",
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
  );
  new BackupSelection(scope, 'Backup', {
    backupPlan,
    resources: [BackupResource.fromDynamoDbTable(watches)],
    role,
    disableDefaultBackupPolicy: true,
  });
}
