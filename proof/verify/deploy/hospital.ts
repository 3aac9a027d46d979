import { App, CfnOutput, Duration, Stack, Stage } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DicomImportWatcher } from '../../../lib/index.ts';
import { OUTPUT_BUCKET } from '../../../local/demo-stack.ts';
import { ACCOUNT, REGION } from './emulator.ts';

/** A queue that somebody else has made, with a policy that no app writes. */
export const OTHERS_QUEUE = 'pacs';
export const STAGE = 'Hospital';
/** The data stores of each department, 100 each. */
export const DATASTORES = { Radiology: storesFrom(1), Cardiology: storesFrom(101) };
export type Department = keyof typeof DATASTORES;

function storesFrom(first: number): string[] {
  return Array.from({ length: 100 }, (_, index) => String(first + index).padStart(32, '0'));
}

/**
 * An app as engineers of a hospital have it: queues, a topic and a bus in one stack, their key in the second, the watchers of
 * two departments in the third, and a Stage around them.
 * @param outdir - the folder of the cloud assembly.
 */
export function hospital(outdir: string): {
  readonly app: App;
  readonly names: Readonly<Record<Department, string>>;
} {
  const app = new App({ outdir });
  const stage = new Stage(app, STAGE, { env: { account: ACCOUNT, region: REGION } });
  const [consumers, keys, watchers] = ['Consumers', 'Keys', 'Watchers'].map((id) => new Stack(stage, id)) as [
    Stack,
    Stack,
    Stack,
  ];
  const key = new Key(keys, 'Key');
  const queue = (queueName: string, props = {}) => new Queue(consumers, queueName, { queueName, ...props });
  const bus = new EventBus(consumers, 'Bus');
  const topic = new Topic(consumers, 'Imports', { masterKey: key });
  topic.addSubscription(new SqsSubscription(queue('fan-out'), { rawMessageDelivery: true }));
  const archive = queue('archive', { encryptionMasterKey: key });
  const others = Queue.fromQueueArn(watchers, 'Others', `arn:aws:sqs:${REGION}:${ACCOUNT}:${OTHERS_QUEUE}`);

  const watcherOf = (id: Department) => {
    const watcher = new DicomImportWatcher(watchers, id, {
      outputBuckets: [Bucket.fromBucketName(watchers, `${id}Output`, OUTPUT_BUCKET)],
      datastoreIds: DATASTORES[id],
      encryptionKey: key,
      bus,
      giveUpAfter: Duration.hours(2),
    });
    for (const each of [archive, others]) watcher.addQueue(each);
    watcher.addTopic(topic);
    new CfnOutput(watchers, `${id}DeadLetters`, { value: watcher.ruleDeadLetters.queueName });
    return watcher;
  };
  const radiology = watcherOf('Radiology');
  radiology.addQueue(queue('reading-room', { encryptionMasterKey: key }));
  radiology.addQueue(queue('last-data-store'), { datastoreIds: DATASTORES.Radiology.slice(-1) });
  const cardiology = watcherOf('Cardiology');
  const orders = queue('orders.fifo', {
    fifo: true,
    contentBasedDeduplication: true,
    encryptionMasterKey: key,
  });
  // As many as the pattern of a rule does not take: several rules have the queue as their target.
  cardiology.addQueue(orders, { messageGroupId: 'imports', datastoreIds: DATASTORES.Cardiology });
  cardiology.addQueue(queue('tickets'), { outcomes: ['PARTIALLY_FAILED', 'FAILED'] });
  return { app, names: { Radiology: radiology.watcherName, Cardiology: cardiology.watcherName } };
}
