import { AsyncLocalStorage } from 'node:async_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { PLACE } from '../../local/template.ts';

/** A call of AWS as IAM sees it. */
export interface Call {
  /** The function that made it. */
  readonly caller: string;
  readonly action: string;
  /** ARNs, or nothing where the call names none that IAM could look at. */
  readonly resources: readonly string[];
  /** Context of the request, by condition key. */
  readonly context: Readonly<Record<string, string>>;
}

/** Runs before a call, which waits for it and fails with what it throws. */
export type Interception = (call: Call) => void | Promise<void>;

const arn = (service: string, resource: string) =>
  `arn:${PLACE.partition}:${service}:${PLACE.region}:${PLACE.account}:${resource}`;

// biome-ignore lint/suspicious/noExplicitAny: inputs are as many shapes as there are operations
type Input = Record<string, any>;
interface Service {
  readonly client: { readonly prototype: object };
  /** The prefix of its actions. */
  readonly prefix: string;
  readonly resources: (input: Input) => readonly string[];
}
const SERVICES: readonly Service[] = [
  {
    client: DynamoDBClient,
    prefix: 'dynamodb',
    resources: ({ TableName, RequestItems }) =>
      (TableName ? [TableName] : Object.keys(RequestItems ?? {})).map((name) =>
        arn('dynamodb', `table/${name}`),
      ),
  },
  {
    client: EventBridgeClient,
    prefix: 'events',
    resources: ({ Entries }) =>
      (Entries as { EventBusName: string }[]).map(({ EventBusName }) =>
        arn('events', `event-bus/${EventBusName}`),
      ),
  },
  {
    client: MedicalImagingClient,
    prefix: 'medical-imaging',
    resources: ({ datastoreId }) => [datastoreId ? arn('medical-imaging', `datastore/${datastoreId}`) : '*'],
  },
  {
    client: S3Client,
    prefix: 's3',
    resources: ({ Bucket, Key }) => [`arn:${PLACE.partition}:s3:::${Bucket}${Key ? `/${Key}` : ''}`],
  },
  {
    client: SFNClient,
    prefix: 'states',
    // A task token is of a state machine, but does not say so.
    resources: ({ stateMachineArn, executionArn }) => [stateMachineArn ?? executionArn].filter(Boolean),
  },
  { client: SNSClient, prefix: 'sns', resources: ({ TopicArn }) => [TopicArn] },
];
/** Where the action is not called as the operation is. */
const ACTIONS: Readonly<Record<string, string>> = { 's3:ListObjectsV2': 's3:ListBucket' };

const caller = new AsyncLocalStorage<string>();
const calls: Call[] = [];
let intercept: Interception = () => {};

/** Runs a function so that its calls are recorded as made by it. */
export function runAs<T>(name: string, run: () => Promise<T>): Promise<T> {
  return caller.run(name, run);
}

/** Records every call that functions make from now on, in this process. */
export function recordCalls(interception: Interception = () => {}): readonly Call[] {
  intercept = interception;
  return calls;
}

interface Sender {
  send(command: { input: Input; constructor: { name: string } }, ...rest: unknown[]): Promise<unknown>;
}
for (const { client, prefix, resources } of SERVICES) {
  const prototype = client.prototype as Sender;
  const { send } = prototype;
  prototype.send = async function (this: Sender, command, ...rest) {
    const name = caller.getStore();
    if (name !== undefined) {
      const operation = `${prefix}:${command.constructor.name.replace(/Command$/, '')}`;
      const { input } = command;
      const call: Call = {
        caller: name,
        action: ACTIONS[operation] ?? operation,
        resources: resources(input),
        context: 'Prefix' in input ? { 's3:prefix': input.Prefix } : {},
      };
      calls.push(call);
      await intercept(call);
    }
    return send.call(this, command, ...rest);
  };
}
