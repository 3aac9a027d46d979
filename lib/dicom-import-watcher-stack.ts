import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DEFAULT_DISCLOSURE } from '../core/contract/names.ts';
import type { TextRule } from '../core/contract/patterns.ts';
import { DicomImportWatcher } from './dicom-import-watcher.ts';
import { consoleUrl } from './private/alarms.ts';
import { checkEach, checkText, KEY_ARN } from './private/validate.ts';
import type { QueueSubscriber } from './subscribers.ts';
import type { DicomImportWatcherOptions } from './watcher-props.ts';

/** What a stack of one watcher is made of: names in place of other constructs. */
export interface DicomImportWatcherStackProps extends StackProps, DicomImportWatcherOptions {
  /** The buckets that import jobs write their output to: names, or with what is known of them. At least one. */
  readonly outputBuckets: (string | OutputBucketName)[];
  /**
   * Queues to be made that get events: names for all events, or with the outcomes that somebody wants.
   * @default - no queue
   */
  readonly queues?: (string | QueueSubscriber)[];
  /**
   * ARN of the key that encrypts what the watcher keeps. Its policy needs the statements of docs/security.md.
   * @default - a key of its own, rotated each year and kept when the stack goes
   */
  readonly encryptionKeyArn?: string;
}

/** A bucket that import jobs write their output to. */
export interface OutputBucketName {
  /** Name of the bucket. */
  readonly name: string;
  /**
   * What the keys of all output begin with, such as `imports/`.
   * @default - nothing: the whole bucket
   */
  readonly prefix?: string;
  /**
   * ARN of the KMS key that the output is encrypted with.
   * @default - none that needs a permission
   */
  readonly keyArn?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME: TextRule = { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, allowed: 'a bucket name' };

/** One watcher, and the names that others need of it. */
export class DicomImportWatcherStack extends Stack {
  /** The watcher, to grant to others or to add subscribers to. */
  readonly watcher: DicomImportWatcher;
  /** The queues that were made, by name. */
  readonly queues: Record<string, IQueue> = {};

  constructor(scope: Construct, id: string, props: DicomImportWatcherStackProps) {
    super(scope, id, props);
    const { outputBuckets, encryptionKeyArn, ...rest } = props;
    const buckets = outputBuckets.map((bucket) => (typeof bucket === 'string' ? { name: bucket } : bucket));
    checkEach(
      'outputBuckets',
      buckets.map(({ name }) => name),
      BUCKET_NAME,
      buckets.map(({ name, prefix = '' }) => (prefix ? `${name}/${prefix}` : name)),
    );
    const keyOf = (name: string, arn: string | undefined, id: string) => {
      if (arn === undefined) return undefined;
      checkText(name, arn, KEY_ARN);
      return Key.fromKeyArn(this, id, arn);
    };
    const encryptionKey = keyOf('encryptionKeyArn', encryptionKeyArn, 'EncryptionKey');
    this.watcher = new DicomImportWatcher(this, 'Watcher', {
      ...rest,
      encryptionKey,
      outputBuckets: buckets.map(({ name, prefix, keyArn }, index) => {
        const key = keyOf('outputBuckets.keyArn', keyArn, `OutputKey${index}`);
        const bucket = Bucket.fromBucketAttributes(this, `OutputBucket${index}`, {
          bucketName: name,
          encryptionKey: key,
        });
        return { bucket, prefix };
      }),
    });
    for (const queue of props.queues ?? []) {
      const { name, ...options } = typeof queue === 'string' ? { name: queue } : queue;
      this.queues[name] = this.watcher.addQueue(name, options);
    }
    new CfnOutput(this, 'BusName', {
      value: this.watcher.bus.eventBusName,
      description: 'Verdicts for systems',
    });
    new CfnOutput(this, 'TopicArn', {
      value: this.watcher.topic.topicArn,
      description: 'Verdicts for people',
    });
    new CfnOutput(this, 'AlarmTopicArn', {
      value: this.watcher.alarmTopic.topicArn,
      description: 'Alarms for people',
    });
    if (props.dashboard ?? true) {
      new CfnOutput(this, 'Dashboard', {
        value: `${consoleUrl(this)}/cloudwatch/home?region=${this.region}#dashboards/dashboard/${this.watcher.watcherName}-${this.region}`,
        description: 'What a person on call asks first',
      });
    }
    new CfnOutput(this, 'TableName', {
      value: this.watcher.watches.tableName,
      description: 'What is known of each watch',
    });
    new CfnOutput(this, 'EncryptionKeyArn', {
      value: this.watcher.encryptionKey.keyArn,
      description: 'Encrypts what the watcher keeps',
    });
    new CfnOutput(this, 'StateMachineArn', {
      value: this.watcher.stateMachine.stateMachineArn,
      description: 'One execution follows one import job',
    });
    new CfnOutput(this, 'Disclosure', {
      value: JSON.stringify({ ...DEFAULT_DISCLOSURE, ...props.disclosure }),
      description: 'Data that may identify a patient, and that the owner has chosen to disclose',
    });
    new CfnOutput(this, 'Chat', {
      value: String(props.chat ?? false),
      description: 'Whether the topic for people carries messages for chat as well',
    });
  }
}
