import { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
} from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ImportJobId } from '../../../core/contract/names.ts';
import { watchName } from '../../../core/domain/watch/watch-name.ts';
import { INPUT_BUCKET, OUTPUT_BUCKET } from '../../../local/demo-stack.ts';
import type { BusEvent } from '../../../local/event-bus.ts';
import { DATASTORE_ID } from '../../../local/import-files.ts';
import { type JobFault, writeStudy } from '../../../simulator/index.ts';
import { importStudy } from '../import-study.ts';
import { until } from '../until.ts';
import type { Emulator } from './emulator.ts';

/** The deployed watcher, as somebody uses it who has an account. */
export class Watcher {
  readonly #emulator: Emulator;
  readonly #s3: S3Client;
  readonly #sqs: SQSClient;
  readonly #stepFunctions: SFNClient;
  readonly #healthImaging: MedicalImagingClient;
  /** What each queue got so far. */
  readonly #got = new Map<string, BusEvent[]>();
  #imports = 0;

  constructor(emulator: Emulator) {
    const { config, simulator } = emulator;
    this.#emulator = emulator;
    this.#s3 = new S3Client({ ...config, forcePathStyle: true });
    this.#sqs = new SQSClient(config);
    this.#stepFunctions = new SFNClient(config);
    this.#healthImaging = new MedicalImagingClient({ ...config, endpoint: simulator.endpoint });
  }

  stop(): void {
    for (const client of [this.#s3, this.#sqs, this.#stepFunctions, this.#healthImaging]) client.destroy();
  }

  async createBuckets(): Promise<void> {
    for (const Bucket of [INPUT_BUCKET, OUTPUT_BUCKET]) {
      await this.#s3.send(new CreateBucketCommand({ Bucket }));
    }
  }

  /** Makes a queue that no app knows of. */
  async createQueue(QueueName: string): Promise<void> {
    await this.#sqs.send(new CreateQueueCommand({ QueueName }));
  }

  /** Sets the policy of a queue, as its owner does. */
  async setPolicy(queue: string, Statement: readonly object[]): Promise<void> {
    const { QueueUrl } = await this.#sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  }

  /** Imports a study, two of whose files are refused. */
  async import({
    fault,
    datastoreId = DATASTORE_ID,
    withBrokenFiles = true,
  }: {
    fault?: JobFault;
    datastoreId?: string;
    withBrokenFiles?: boolean;
  } = {}): Promise<ImportJobId> {
    const prefix = `import-${++this.#imports}/`;
    if (fault) this.#emulator.simulator.faults.job({ ...fault, jobName: prefix });
    const clients = { s3: this.#s3, healthImaging: this.#healthImaging };
    return importStudy(clients, datastoreId, prefix, writeStudy({ withBrokenFiles }));
  }

  /** The watch of a job, once `wanted` says that it is as wanted. */
  watch(
    stateMachineArn: string,
    job: ImportJobId,
    wanted: (execution: DescribeExecutionCommandOutput) => boolean,
  ): Promise<DescribeExecutionCommandOutput> {
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${watchName(job, 1)}`;
    return until(`the watch of job ${job.jobId}`, async () => {
      try {
        const execution = await this.#stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
        return wanted(execution) ? execution : undefined;
      } catch (error) {
        if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
        throw error;
      }
    });
  }

  /** The event of ours with this id in a queue, once it is there. */
  published(queue: string, id: string): Promise<BusEvent> {
    return until(`the event ${id} in the queue ${queue}`, async () =>
      (await this.received(queue)).find((event) => idOf(event) === id),
    );
  }

  /** All that a queue has got. */
  async received(queue: string): Promise<readonly BusEvent[]> {
    const got = this.#got.get(queue) ?? [];
    this.#got.set(queue, got);
    const { QueueUrl = '' } = await this.#sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return got;
      for (const { Body = '', ReceiptHandle } of Messages) {
        got.push(JSON.parse(Body));
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
}

/** `metadata.id` of the verdict on a job. */
export const finishedId = ({ datastoreId, jobId }: ImportJobId) => `${datastoreId}-${jobId}-finished`;
/** `metadata.id` of an event of ours. */
export const idOf = ({ detail }: BusEvent) => (detail as { metadata: { id: string } }).metadata.id;
export const dataOf = ({ detail }: BusEvent) => (detail as { data: Record<string, unknown> }).data;
