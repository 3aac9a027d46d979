import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { OutputBucket } from '../watcher-props.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { useOfKey } from './encryption.ts';

/**
 * Lets one rule, or one bus, send to a queue or a topic. CDK's targets would let those of any account, to keep rules out of the
 * policies of keys.
 */
export function eventsMay(action: string, resource: string, source: string): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: [action],
    resources: [resource],
    conditions: { ArnEquals: { 'aws:SourceArn': source } },
  });
}

/** Never undefined where we made it. */
export function roleOf({ role }: LambdaFunction): IRole {
  if (!role) throw new Error('a function has no role');
  return role;
}

/** Jobs of these data stores, or of all. */
export function grantOnDatastores(
  fn: LambdaFunction,
  actions: string[],
  datastoreIds: readonly string[] = ['*'],
): void {
  const resources = datastoreIds.map((resourceName) =>
    Stack.of(fn).formatArn({ service: 'medical-imaging', resource: 'datastore', resourceName }),
  );
  fn.addToRolePolicy(new PolicyStatement({ actions, resources }));
  if (datastoreIds.includes('*')) {
    acknowledgeWildcard(
      roleOf(fn),
      resources.join(),
      "All data stores of the account in the region are watched where 'datastoreIds' names none",
    );
  }
}

/** The ARN of all executions of a watcher's state machine. */
export function executionsOf(scope: IConstruct, watcherName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${watcherName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Executions of our state machine. */
export function grantOnExecutions(fn: LambdaFunction, watcherName: string, ...actions: string[]): void {
  const executions = executionsOf(fn, watcherName);
  fn.addToRolePolicy(new PolicyStatement({ actions, resources: [executions] }));
  acknowledgeWildcard(roleOf(fn), executions, 'All executions of this state machine, and of no other');
}

export function grantReadManifests(fn: LambdaFunction, { bucket, prefix = '' }: OutputBucket): void {
  // HealthImaging names each job's folder <datastoreId>-DicomImport-<jobId>: nothing else is readable.
  const keys = `${prefix}*-DicomImport-*`;
  const objects = bucket.arnForObjects(keys);
  fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [objects] }));
  acknowledgeWildcard(
    roleOf(fn),
    objects,
    'The folders that HealthImaging makes for the output of jobs, and nothing else of the bucket',
  );
  fn.addToRolePolicy(
    new PolicyStatement({
      // Tells a manifest that is not there from one that is forbidden.
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': keys } },
    }),
  );
  if (bucket.encryptionKey) fn.addToRolePolicy(useOfKey(fn, bucket.encryptionKey, 's3', ['kms:Decrypt']));
}
