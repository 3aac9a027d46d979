import { Duration, Stack } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Encryption } from './encryption.ts';
import type { DeadLetters } from './parts.ts';

const DEAD_LETTERS = 'It is where dead letters go: what fails on them is a person, told by an alarm';

/** A queue that is reached over TLS only and keeps its messages for 14 days. */
export function encryptedQueue(
  scope: Construct,
  id: string,
  { key }: Encryption,
  props: QueueProps = {},
): Queue {
  return new Queue(scope, id, {
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
    enforceSSL: true,
    ...props,
  });
}

/**
 * A queue for what cannot be delivered.
 * @param of - name of the queue that it is for; not given: what it is for is no queue.
 */
export function deadLetterQueue(scope: Construct, id: string, encryption: Encryption, of?: string): Queue {
  const source = () => {
    // By name: the queue itself refers to this one.
    const arn = Stack.of(scope).formatArn({ service: 'sqs', resource: of ?? '' });
    return Queue.fromQueueArn(scope, `${id}.Source`, arn);
  };
  const queue = encryptedQueue(scope, id, encryption, {
    ...(of?.endsWith('.fifo') && { fifo: true }),
    redriveAllowPolicy: of
      ? { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [source()] }
      : { redrivePermission: RedrivePermission.DENY_ALL },
  });
  acknowledge(queue, DEAD_LETTERS, 'Serverless-SQSRedrivePolicy');
  return queue;
}

/** The dead-letter queues of a watcher. */
export function addDeadLetters(scope: Construct, encryption: Encryption): DeadLetters {
  const deadLetters = {
    rules: deadLetterQueue(scope, 'RuleDeadLetters', encryption),
    notifications: deadLetterQueue(scope, 'NotificationDeadLetters', encryption),
    functions: deadLetterQueue(scope, 'FunctionDeadLetters', encryption),
  };
  // AwsSolutions looks for dead-letter queues of queues and functions only.
  acknowledge(deadLetters.rules, DEAD_LETTERS, 'AwsSolutions-SQS3');
  acknowledge(deadLetters.notifications, DEAD_LETTERS, 'AwsSolutions-SQS3');
  return deadLetters;
}
