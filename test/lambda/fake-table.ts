import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AwsStub } from 'aws-sdk-client-mock';
import { condition } from '../../proof/chaos/memory.ts';

export type Item = Record<string, { S?: string; N?: string; SS?: string[] }>;
// biome-ignore lint/suspicious/noExplicitAny: as the mock has it
type Stub = AwsStub<any, any, any> & { readonly send: DynamoDBClient['send'] | unknown };

const idOf = ({ datastoreId, jobId }: Item) => `${datastoreId?.S}/${jobId?.S}`;

/** The table of watches in memory: as much of DynamoDB as the handlers use of it. */
export class FakeTable {
  readonly items = new Map<string, Item>();
  /** Called before each call is answered; what it throws is the answer. */
  onCall: () => void = () => undefined;
  createdAt = new Date('2026-01-02T00:00:00Z');

  put(datastoreId: string, jobId: string, item: Item): void {
    this.items.set(`${datastoreId}/${jobId}`, {
      datastoreId: { S: datastoreId },
      jobId: { S: jobId },
      ...item,
    });
  }

  get(datastoreId: string, jobId: string): Item | undefined {
    return this.items.get(`${datastoreId}/${jobId}`);
  }

  /** Answers for a mocked client. */
  answer(mock: Stub): void {
    mock.on(GetItemCommand).callsFake(({ Key }) => {
      this.onCall();
      const Item = this.items.get(idOf(Key));
      return Item ? { Item } : {};
    });
    mock.on(BatchGetItemCommand).callsFake(({ RequestItems }) => {
      const [[name, { Keys }]] = Object.entries(RequestItems) as [[string, { Keys: Item[] }]];
      const ids = Keys.map(idOf);
      // As DynamoDB does (API reference, `BatchGetItem`).
      if (new Set(ids).size < ids.length || ids.length < 1 || ids.length > 100) {
        throw new DynamoDBServiceException({
          name: 'ValidationException',
          $fault: 'client',
          message: 'Provided list of item keys contains duplicates',
          $metadata: { httpStatusCode: 400 },
        });
      }
      const found = ids.flatMap((id) => this.items.get(id) ?? []);
      return { Responses: { [name]: found }, UnprocessedKeys: {} };
    });
    mock.on(UpdateItemCommand).callsFake(({ Key, ...update }) => {
      this.onCall();
      const item: Item = { ...(this.items.get(idOf(Key)) ?? Key) };
      this.#demand(Key, update);
      const [, removed = ''] = / REMOVE (.+)/.exec(update.UpdateExpression) ?? [];
      for (const [alias] of removed.matchAll(/#\w+/g)) delete item[update.ExpressionAttributeNames[alias]];
      for (const [, alias = '', value = ''] of update.UpdateExpression.matchAll(/(#\w+)(?: =)? (:\w+)/g)) {
        const name = update.ExpressionAttributeNames[alias];
        const { SS, ...rest } = update.ExpressionAttributeValues[value];
        item[name] = SS ? { SS: [...new Set([...(item[name]?.SS ?? []), ...SS])] } : rest;
      }
      this.items.set(idOf(Key), item);
      return {};
    });
    mock.on(QueryCommand).callsFake((query) => {
      this.onCall();
      const Items = [...this.items.values()].filter(
        (item) =>
          item.datastoreId?.S === query.ExpressionAttributeValues[':pk'].S &&
          (!query.FilterExpression || condition(query.FilterExpression, query as never)(item)),
      );
      return { Items };
    });
    mock.on(PutItemCommand).callsFake(({ Item, ...put }) => {
      this.#demand(Item, put);
      this.items.set(idOf(Item), Item);
      return {};
    });
    mock.on(DeleteItemCommand).callsFake(({ Key, ...deletion }) => {
      this.#demand(Key, deletion);
      this.items.delete(idOf(Key));
      return {};
    });
    mock.on(DescribeTableCommand).callsFake(() => ({ Table: { CreationDateTime: this.createdAt } }));
  }

  /** @throws ConditionalCheckFailedException where an item is not as the call demands it. */
  #demand(key: Item, { ConditionExpression, ...names }: { readonly ConditionExpression?: string }): void {
    const known = this.items.get(idOf(key)) ?? {};
    if (!ConditionExpression || condition(ConditionExpression, names as never)(known)) return;
    throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  }
}
