import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DicomImportWatcher, type DicomImportWatcherProps } from './dicom-import-watcher.ts';
import { checkEach } from './private/validate.ts';
import type { QueueSubscriber } from './subscribers.ts';

export interface DicomImportWatcherStackProps
  extends StackProps,
    Omit<DicomImportWatcherProps, 'outputBuckets'> {
  /** Names of the buckets that import jobs write their output to. At least one. */
  readonly outputBuckets: readonly string[];
  /**
   * Queues to be made that get events: names for all events, or with the outcomes that somebody wants.
   * @default - no queue
   */
  readonly queues?: readonly (string | QueueSubscriber)[];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** One watcher, and the names that others need of it. */
export class DicomImportWatcherStack extends Stack {
  readonly watcher: DicomImportWatcher;
  /** The queues that were made, with their names. */
  readonly queues: readonly (readonly [name: string, queue: IQueue])[];

  constructor(scope: Construct, id: string, props: DicomImportWatcherStackProps) {
    super(scope, id, props);
    checkEach('outputBuckets', props.outputBuckets, BUCKET_NAME, 'a bucket name');
    this.watcher = new DicomImportWatcher(this, 'Watcher', {
      ...props,
      outputBuckets: props.outputBuckets.map((name, index) =>
        Bucket.fromBucketName(this, `OutputBucket${index}`, name),
      ),
    });
    this.queues = (props.queues ?? []).map((queue) => {
      const { name, ...options } = typeof queue === 'string' ? { name: queue } : queue;
      return [name, this.watcher.addQueue(name, options)] as const;
    });
    new CfnOutput(this, 'BusName', {
      value: this.watcher.bus.eventBusName,
      description: 'Verdicts for systems',
    });
    new CfnOutput(this, 'TopicArn', {
      value: this.watcher.topic.topicArn,
      description: 'Verdicts for people',
    });
    new CfnOutput(this, 'StateMachineArn', {
      value: this.watcher.stateMachine.stateMachineArn,
      description: 'One execution follows one import job',
    });
  }
}
