import {
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { PublishCommand, type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
import type { TaskRunner } from './state-machine.ts';

export interface TaskClients {
  readonly dynamoDB: DynamoDBClient;
  readonly eventBridge: EventBridgeClient;
  readonly sns: SNSClient;
  /** Invokes a function by ARN. */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
}

/**
 * The service integrations that the definition uses, with the error names that Step Functions gives.
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
 * @returns a runner that rejects for any other resource.
 */
export function taskRunner({ dynamoDB, eventBridge, sns, invoke }: TaskClients): TaskRunner {
  const updateItem = (parameters: unknown) =>
    dynamoDB.send(new UpdateItemCommand(parameters as UpdateItemCommandInput));
  const integrations: Record<string, { prefix: string; run: (parameters: unknown) => Promise<unknown> }> = {
    'arn:aws:states:::dynamodb:updateItem': { prefix: 'DynamoDB', run: updateItem },
    'arn:aws:states:::aws-sdk:dynamodb:updateItem': { prefix: 'DynamoDb', run: updateItem },
    'arn:aws:states:::sns:publish': {
      prefix: 'SNS',
      run: (parameters) => sns.send(new PublishCommand(parameters as PublishCommandInput)),
    },
    'arn:aws:states:::events:putEvents': {
      prefix: 'EventBridge',
      run: (parameters) => putEvents(eventBridge, parameters),
    },
  };
  return async (resource, parameters) => {
    if (resource.startsWith('arn:aws:lambda:')) return invoke(resource, parameters);
    const integration = integrations[resource];
    if (!integration) throw new Error(`the local runner does not know the resource ${resource}`);
    try {
      const { $metadata: _, ...output } = (await integration.run(parameters)) as { $metadata?: unknown };
      return output;
    } catch (error) {
      const { name, message } = error as Error;
      throw Object.assign(new Error(message), {
        name: name.includes('.') ? name : `${integration.prefix}.${name}`,
      });
    }
  };
}

/** Step Functions takes `Detail` as an object, and fails the task when any entry failed. */
async function putEvents(client: EventBridgeClient, parameters: unknown): Promise<unknown> {
  const { Entries } = parameters as { Entries: (PutEventsRequestEntry & { Detail: unknown })[] };
  const entries = Entries.map((entry) => ({
    ...entry,
    Detail: typeof entry.Detail === 'string' ? entry.Detail : JSON.stringify(entry.Detail),
  }));
  const result = await client.send(new PutEventsCommand({ Entries: entries }));
  if (result.FailedEntryCount) {
    throw Object.assign(new Error(JSON.stringify(result.Entries)), { name: 'EventBridge.FailedEntry' });
  }
  return result;
}
