import { CfnResource, Resource } from 'aws-cdk-lib';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type CfnKey, type IAlias, type IKey, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type CfnQueue, type IQueue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { askOwner, rulesMay } from './owner.ts';

import { check } from './validate.ts';

const CUSTOMER_KEY = 'encrypt it with a key of your own, or with none';

/**
 * Checks that a queue can be reached by EventBridge, or SNS.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html, SqsParameters of PutTargets
 * @throws Error that says what stands in the way.
 */
export function checkQueue(name: string, queue: IQueue): void {
  const { path } = queue.node;
  const resource = made<CfnQueue>(queue);
  check(
    queue.encryptionType !== QueueEncryption.KMS_MANAGED &&
      !isAwsManaged(queue.encryptionMasterKey) &&
      !isAwsManagedId(resource?.kmsMasterKeyId),
    `'${name}' must not be encrypted with AWS's own key (alias/aws/sqs), whose policy lets no service in, got '${path}': ${CUSTOMER_KEY}`,
  );
  if (queue.encryptionMasterKey) checkKey(name, queue.encryptionMasterKey);
  check(
    !queue.fifo || !resource || resource.contentBasedDeduplication === true,
    `'${name}' must have contentBasedDeduplication where it is FIFO, since EventBridge gives messages no id, got '${path}' without`,
  );
}

/**
 * Checks that services can publish to a topic.
 * @param publishers - who publishes: a service, or `roles`, which may use AWS's own key.
 * @throws Error that says what stands in the way.
 */
export function checkTopic(name: string, topic: ITopic, publishers: 'services' | 'roles'): void {
  const { path } = topic.node;
  const isManaged = isAwsManaged(topic.masterKey);
  check(
    publishers === 'roles' || !isManaged,
    `'${name}' must not be encrypted with AWS's own key (alias/aws/sns), whose policy lets no service in, got '${path}': ${CUSTOMER_KEY}`,
  );
  if (topic.masterKey && !isManaged) checkKey(name, topic.masterKey);
}

/** Checks that a key can encrypt. @throws Error on one that is disabled, or signs. */
export function checkKey(name: string, key: IKey): void {
  const { path } = key.node;
  const resource = made<CfnKey>(key);
  if (!resource) return;
  check(resource.enabled !== false, `'${name}' must not have a key that is disabled, got '${path}'`);
  const { keySpec = KeySpec.SYMMETRIC_DEFAULT, keyUsage = KeyUsage.ENCRYPT_DECRYPT } = resource;
  check(
    keySpec === KeySpec.SYMMETRIC_DEFAULT && keyUsage === KeyUsage.ENCRYPT_DECRYPT,
    `'${name}' must have a symmetric key that encrypts, got '${path}' with ${keySpec}, ${keyUsage}`,
  );
}

/** Whether AWS keeps the key, and its policy. */
export function isAwsManaged(key: IKey | undefined): boolean {
  return key !== undefined && ([key.keyId, key.keyArn, aliasOf(key)] as unknown[]).some(isAwsManagedId);
}

/** The name of an alias that was passed in as a key. */
export function aliasOf(key: IKey): string | undefined {
  return (key as Partial<IAlias>).aliasName;
}

function isAwsManagedId(id: unknown): boolean {
  return typeof id === 'string' && /(^|[:/])alias\/aws\//.test(id);
}

/** What CloudFormation makes, where this app does. */
function made<Resource extends CfnResource>(construct: IConstruct): Resource | undefined {
  const { defaultChild } = construct.node;
  return defaultChild && CfnResource.isCfnResource(defaultChild) ? (defaultChild as Resource) : undefined;
}

/**
 * Checks the target of a rule, and the queue for what cannot be delivered there: of CDK's targets only it is known what
 * they hold.
 * @param rules - ARNs of the rules that send there.
 * @throws Error that says what stands in the way.
 */
export function checkTarget(scope: IConstruct, target: IRuleTarget, rules: readonly string[]): void {
  const ask = (resource: IQueue | ITopic, action: string, arn: string) => {
    if (Resource.isOwnedResource(resource)) return;
    const { path } = resource.node;
    askOwner(scope, `target-${path}`, `the policy of '${path}'`, rulesMay(scope, action, arn, rules));
  };
  if (target instanceof SqsQueue) {
    checkQueue('target', target.queue);
    ask(target.queue, 'sqs:SendMessage', target.queue.queueArn);
  }
  if (target instanceof SnsTopic) {
    const { topic } = target;
    check(
      !topic.fifo,
      `'target' must not be FIFO, EventBridge does not deliver there, got '${topic.node.path}'`,
    );
    checkTopic('target', topic, 'services');
    ask(topic, 'sns:Publish', topic.topicArn);
  }
  const { deadLetterQueue } = (target as { props?: { deadLetterQueue?: IQueue } }).props ?? {};
  if (!deadLetterQueue) return;
  const { path } = deadLetterQueue.node;
  check(!deadLetterQueue.fifo, `'deadLetterQueue' must not be FIFO for a rule, got '${path}'`);
  checkQueue('deadLetterQueue', deadLetterQueue);
  ask(deadLetterQueue, 'sqs:SendMessage', deadLetterQueue.queueArn);
}
