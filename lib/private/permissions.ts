import { ArnFormat, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { OutputBucket } from '../watcher-props.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { useOfKey } from './encryption.ts';
import { RoleIsFullError } from './managed-role.ts';
import { check } from './validate.ts';

/** Lets a bus or a topic send what it cannot deliver to a queue. @param service - whose the source is, such as `sns`. */
export function keepsFor(service: string, queue: IQueue, source: string): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': source } },
    }),
  );
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

/** @throws Error that says how many buckets fit. */
export function grantReadManifests(fn: LambdaFunction, outputs: readonly OutputBucket[]): void {
  for (const [index, output] of outputs.entries()) {
    try {
      grantReadManifestsIn(fn, output);
    } catch (error) {
      if (!(error instanceof RoleIsFullError)) throw error;
      throw new Error(
        `'outputBuckets' must be fewer: of buckets, prefixes and keys as long as these, ${index} fit into the policies of a role, got ${outputs.length}`,
      );
    }
  }
}

function grantReadManifestsIn(fn: LambdaFunction, { bucket, prefix = '' }: OutputBucket): void {
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
  const { encryptionKey } = bucket;
  if (!encryptionKey) return;
  const { region } = bucket.env;
  check(
    Token.compareStrings(encryptionKey.env.region, region) !== TokenComparison.DIFFERENT,
    `'outputBuckets' must have keys of their own region, got '${bucket.node.path}' in ${region} with a key in ${encryptionKey.env.region}`,
  );
  fn.addToRolePolicy(useOfKey(fn, encryptionKey, 's3', ['kms:Decrypt'], region));
}
