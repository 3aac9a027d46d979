import { join } from 'node:path';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import dynalite from 'dynalite';
import { startFauxqs } from 'fauxqs';
import { MESSAGE_ATTRIBUTES } from '../core/contract/names.ts';
import { type Clock, wallClock } from '../simulator/clock.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/index.ts';
import { type BusEvent, EventBuses } from './event-bus.ts';
import { statusEvent } from './executions.ts';
import { bundledFunction, type FunctionFactory, type LocalFunction } from './functions.ts';
import { addRules, type LocalSchedule, runSchedule } from './rules.ts';
import { listen, startServices } from './services.ts';
import { LocalStateMachine, type Step } from './state-machine.ts';
import { taskRunner } from './tasks.ts';
import { nameOf, PLACE, resourcesOf, type Template } from './template.ts';

export interface LocalCloudOptions {
  /** What would be deployed. */
  readonly template: Template;
  /** The folder of the cloud assembly, which the template's assets are relative to. */
  readonly assembly: string;
  /** Default: the clock on the wall. */
  readonly clock?: Clock;
  /** Default: the bundles of the template's assets, each in a thread of its own. */
  readonly makeFunction?: FunctionFactory;
  /** For the jitter of retries. Default: Math.random. */
  readonly random?: () => number;
  /** Where the functions find Step Functions. Default: at the interpreter of the local runner. */
  readonly stepFunctions?: string;
  readonly simulator?: Omit<SimulatorOptions, 's3' | 'clock' | 'events' | 'region' | 'accountId'>;
  /** Called with every event that HealthImaging emits, before the rules see it. */
  readonly onEvent?: (event: BusEvent) => void;
  /** Called with every change of status of an execution, before the rules see its event; false loses the event. */
  readonly onStatusEvent?: (event: BusEvent) => unknown;
  /** Fires the schedules on the clock. Default: false, since a virtual clock would never come to rest. */
  readonly runSchedules?: boolean;
  /** Called with every function that failed on an event; it is tried again. */
  readonly onFailedEvent?: (error: Error) => void;
  /** Called with every step of every execution. */
  readonly onStep?: (step: Step) => void;
}

export interface LocalCloud {
  readonly s3: S3Client;
  readonly simulator: Simulator;
  readonly buses: EventBuses;
  readonly machine: LocalStateMachine;
  readonly schedules: readonly LocalSchedule[];
  /** Endpoint and credentials for further clients. */
  readonly environment: Readonly<Record<string, string>>;
  /** Invokes a function by ARN. Rejects with an error whose `name` is the error type that Lambda would report. */
  invoke(functionArn: string, payload: unknown): Promise<unknown>;
  /** Takes the next message out of a queue, by logical id, or undefined where there is none. */
  receive(queue: string): Promise<string | undefined>;
  /** The queue that stands in for the inbox of each email subscription, by address. */
  readonly inboxes: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** The properties that are read, of each type. */
interface TableProperties extends Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions'> {}
interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
  readonly Timeout?: number;
}
interface SubscriptionProperties {
  readonly Protocol: string;
  readonly Endpoint: string;
  readonly TopicArn: string;
  readonly FilterPolicy?: Readonly<Record<string, readonly unknown[]>>;
  readonly FilterPolicyScope?: string;
  readonly RawMessageDelivery?: boolean;
  readonly RedrivePolicy?: unknown;
  readonly [property: string]: unknown;
}
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Runs a synthesized template on this machine, over loopback only: state machine, functions, rules, topic, queues and
 * table as the template has them, with a simulated HealthImaging beside.
 * @throws Error for anything in the template that would not run as it would on AWS.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { template, clock = wallClock } = options;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.reverse().splice(0)) await each();
  };
  try {
    return await start(options, template, clock, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: LocalCloudOptions,
  template: Template,
  clock: Clock,
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<LocalCloud> {
  const fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  stops.push(() => fauxqs.stop());
  const tables = await listen(dynalite({ createTableMs: 0 }));
  stops.push(tables.stop);

  const config = (endpoint: string) => ({ endpoint, region: PLACE.region, credentials: CREDENTIALS });
  const messaging = `http://127.0.0.1:${fauxqs.port}`;
  const sqs = new SQSClient({ ...config(messaging), useQueueUrlAsEndpoint: false });
  const sns = new SNSClient(config(messaging));
  const s3 = new S3Client({ ...config(messaging), forcePathStyle: true });
  const dynamoDB = new DynamoDBClient(config(tables.endpoint));

  await createTables(template, dynamoDB);
  const queues = await createQueues(template, sqs);
  const inboxes = await createTopics(template, sns, sqs, queues);
  const publish = (topic: string, body: unknown) =>
    sns.send(
      new PublishCommand({
        TopicArn: `arn:aws:sns:${PLACE.region}:${PLACE.account}:${topic}`,
        Message: JSON.stringify(body),
      }),
    );
  const send = (queue: string, body: unknown) =>
    sqs.send(new SendMessageCommand({ QueueUrl: found(queues, queue), MessageBody: JSON.stringify(body) }));

  const [workflow, ...more] = resourcesOf<{ DefinitionString: string }>(
    template,
    'AWS::StepFunctions::StateMachine',
  );
  if (!workflow || more.length > 0)
    throw new Error('the local runner takes a template with one state machine');
  const functions = new Map<string, LocalFunction>();
  const invoke = (functionArn: string, payload: unknown) =>
    found(functions, nameOf(functionArn)).invoke(payload);
  const stopped = new AbortController();
  const stopping = stopped.signal;
  const buses = new EventBuses(clock);
  const services = await startServices(() => machine, buses);
  stops.push(services.stop);
  const machine = new LocalStateMachine({
    arn: workflow.arn,
    definition: JSON.parse(workflow.properties.DefinitionString),
    clock,
    runTask: taskRunner({
      dynamoDB,
      sns,
      eventBridge: new EventBridgeClient(config(services.endpoint)),
      invoke,
    }),
    onStep: options.onStep,
    onStatusChange: (execution) => {
      // On AWS nobody stops the cloud: what that ends is no news.
      if (stopping.aborted) return;
      const event = statusEvent(machine, execution, clock.now());
      if (options.onStatusEvent?.(event) !== false) buses.publish('default', event);
    },
    random: options.random,
  });

  const simulator = await startSimulator({
    ...options.simulator,
    s3,
    clock,
    region: PLACE.region,
    accountId: PLACE.account,
    events: (event) => {
      options.onEvent?.(event);
      buses.publish('default', event);
    },
  });
  stops.push(() => simulator.stop());

  const environment = {
    AWS_REGION: PLACE.region,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: messaging,
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    AWS_ENDPOINT_URL_SFN: options.stepFunctions ?? services.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: services.endpoint,
    AWS_ENDPOINT_URL_SNS: messaging,
    AWS_ENDPOINT_URL_MEDICAL_IMAGING: simulator.endpoint,
  };
  const makeFunction = options.makeFunction ?? bundledFunction;
  for (const { id, properties } of resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function')) {
    const { Code, Environment, Timeout = 3 } = properties;
    functions.set(
      id,
      makeFunction({
        name: id,
        // The CDK names a folder of the assembly after the hash that is the object's key.
        bundle: join(options.assembly, `asset.${Code.S3Key.replace('.zip', '')}`),
        environment: { ...environment, ...Environment?.Variables },
        timeoutSeconds: Timeout,
      }),
    );
  }
  stops.push(() => Promise.all([...functions.values()].map((each) => each.stop())));
  stops.push(async () => {
    stopped.abort();
    machine.stop();
  });

  const schedules = addRules(template, buses, clock, {
    send,
    publish,
    invoke: (name, event) => found(functions, name).invoke(event),
    onFailedEvent: options.onFailedEvent,
  });
  if (options.runSchedules) for (const schedule of schedules) runSchedule(schedule, clock, stopping);

  return {
    s3,
    simulator,
    buses,
    machine,
    schedules,
    environment,
    invoke,
    inboxes,
    receive: async (queue) => {
      const QueueUrl = found(queues, queue);
      const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      if (!message) return undefined;
      // It would come back half a minute later.
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return message.Body;
    },
    stop,
  };
}

async function createTables(template: Template, client: DynamoDBClient): Promise<void> {
  for (const { id, properties } of resourcesOf<TableProperties>(template, 'AWS::DynamoDB::Table')) {
    const { KeySchema, AttributeDefinitions } = properties;
    await client.send(
      new CreateTableCommand({
        TableName: id,
        KeySchema,
        AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
}

/** @returns the URL of each queue, by logical id. */
async function createQueues(template: Template, client: SQSClient): Promise<Map<string, string>> {
  const queues = new Map<string, string>();
  for (const { id } of resourcesOf<object>(template, 'AWS::SQS::Queue')) {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: id }));
    queues.set(id, QueueUrl);
  }
  return queues;
}

/** Creates topics and subscriptions. An email address gets a queue for an inbox, which is added to `queues`. */
async function createTopics(
  template: Template,
  sns: SNSClient,
  sqs: SQSClient,
  queues: Map<string, string>,
): Promise<Map<string, string>> {
  for (const { id, arn } of resourcesOf<object>(template, 'AWS::SNS::Topic')) {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: id }));
    if (TopicArn !== arn) throw new Error(`the topic is ${TopicArn}, expected ${arn}`);
  }
  const inboxes = new Map<string, string>();
  for (const { id, properties } of resourcesOf<SubscriptionProperties>(template, 'AWS::SNS::Subscription')) {
    const {
      Protocol,
      Endpoint,
      TopicArn,
      FilterPolicy,
      FilterPolicyScope,
      RawMessageDelivery,
      RedrivePolicy,
      ...rest
    } = properties;
    const unknown = Object.keys(rest)[0];
    if (unknown) throw new Error(`the local runner does not know ${unknown} of the subscription ${id}`);
    if (Protocol !== 'email' && Protocol !== 'sqs')
      throw new Error(`the local runner does not know the subscription protocol ${Protocol}`);
    let endpoint = Endpoint;
    if (Protocol === 'email') {
      const inbox = `Inbox${id}`;
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: inbox }));
      queues.set(inbox, QueueUrl);
      inboxes.set(Endpoint, inbox);
      endpoint = `arn:aws:sqs:${PLACE.region}:${PLACE.account}:${inbox}`;
    }
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: endpoint,
        Attributes: {
          ...(FilterPolicy !== undefined && {
            FilterPolicy: JSON.stringify(FilterPolicyScope ? FilterPolicy : takingArrays(FilterPolicy)),
          }),
          ...(FilterPolicyScope !== undefined && { FilterPolicyScope }),
          ...(RedrivePolicy !== undefined && { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
          ...(RawMessageDelivery !== undefined && { RawMessageDelivery: String(RawMessageDelivery) }),
        },
      }),
    );
  }
  return inboxes;
}

/**
 * SNS matches a `String.Array` by its elements, the emulator takes it for text. Only digests have one, and only of what the
 * audience wants that `format` names: so it matches by being one.
 */
function takingArrays(policy: Readonly<Record<string, readonly unknown[]>>): object {
  const arrays: readonly string[] = [MESSAGE_ATTRIBUTES.outcome, MESSAGE_ATTRIBUTES.datastoreId];
  return Object.fromEntries(
    Object.entries(policy).map(([name, values]) => [
      name,
      arrays.includes(name) ? [...values, { prefix: '[' }] : values,
    ]),
  );
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the template has no '${key}'`);
  return value;
}
