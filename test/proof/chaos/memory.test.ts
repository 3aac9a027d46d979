import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import dynalite from 'dynalite';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryStore, MemoryTable, memoryTopic, type Request } from '../../../proof/chaos/memory.ts';

/** The chaos runs rely on services in memory: here they and the emulators get the same calls and answer alike. */
const config = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const TableName = 'Watches';
const Key = { datastoreId: { S: 'd' }, jobId: { S: 'j' } };

let tables: Server;
let s3Server: FauxqsServer;
beforeAll(async () => {
  tables = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => tables.listen(0, '127.0.0.1', () => resolve()));
  s3Server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  s3Server.createBucket('bucket');
});
afterAll(async () => {
  await s3Server.stop();
  await new Promise((resolve) => tables.close(resolve));
});

/** A transport that asks a function, as `proof/chaos/transport.ts` does it. */
const asking = (answer: (request: Request) => { statusCode: number; body: Uint8Array }) => ({
  handle: async (request: unknown) => {
    const { Readable } = await import('node:stream');
    const response = answer(request as Request);
    return { response: { ...response, body: Readable.from([response.body]) } };
  },
});

test('the table answers as DynamoDB', async () => {
  const memory = new MemoryTable(0);
  const real = new DynamoDBClient({
    ...config,
    endpoint: `http://127.0.0.1:${(tables.address() as AddressInfo).port}`,
  });
  const fake = new DynamoDBClient({
    ...config,
    endpoint: 'http://127.0.0.1:1',
    requestHandler: asking((request) => memory.handle(request)) as never,
  });
  await real.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [
        { AttributeName: 'datastoreId', KeyType: 'HASH' },
        { AttributeName: 'jobId', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'datastoreId', AttributeType: 'S' },
        { AttributeName: 'jobId', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const update = (UpdateExpression: string, names: object, values?: object) =>
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression,
      ExpressionAttributeNames: names as Record<string, string>,
      ...(values && { ExpressionAttributeValues: values as never }),
    });
  const lease = (owner: string, now: number, until: number) =>
    new PutItemCommand({
      TableName,
      Item: { ...Key, owner: { S: owner }, expiresAt: { N: String(until) } },
      ConditionExpression: 'attribute_not_exists(#e) OR #e <= :e OR #o = :o',
      ExpressionAttributeNames: { '#e': 'expiresAt', '#o': 'owner' },
      ExpressionAttributeValues: { ':e': { N: String(now) }, ':o': { S: owner } },
    });
  const query = () =>
    new QueryCommand({
      TableName,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': 'datastoreId' },
      ExpressionAttributeValues: { ':pk': { S: 'd' } },
    });
  const get = () => new GetItemCommand({ TableName, Key, ConsistentRead: true });
  const calls: (() => unknown)[] = [
    get,
    () => update('SET #token = :token', { '#token': 'taskToken' }, { ':token': { S: 't' } }),
    get,
    () =>
      update(
        'SET #outcome = :outcome, #e = :e REMOVE #token',
        { '#outcome': 'outcome', '#e': 'expiresAt', '#token': 'taskToken' },
        { ':outcome': { S: 'FAILED' }, ':e': { N: '17' } },
      ),
    get,
    () =>
      update('SET #e = :e ADD #a :a', { '#e': 'e', '#a': 'ids' }, { ':e': { N: '1' }, ':a': { SS: ['x'] } }),
    () =>
      update(
        'SET #e = :e ADD #a :a',
        { '#e': 'e', '#a': 'ids' },
        { ':e': { N: '2' }, ':a': { SS: ['y', 'x'] } },
      ),
    get,
    () =>
      new BatchGetItemCommand({
        RequestItems: {
          [TableName]: { Keys: [Key, { ...Key, jobId: { S: 'other' } }], ConsistentRead: true },
        },
      }),
    () => new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key, Key] } } }),
    () => new PutItemCommand({ TableName, Item: { ...Key, position: { S: 'p' } } }),
    get,
    ...['k', 'i'].map(
      (jobId) => () =>
        new PutItemCommand({ TableName, Item: { datastoreId: { S: 'd' }, jobId: { S: jobId } } }),
    ),
    ...[undefined, { ...Key, jobId: { S: 'i' } }].map(
      (ExclusiveStartKey) => () =>
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: '#pk = :pk',
          ExpressionAttributeNames: { '#pk': 'datastoreId' },
          ExpressionAttributeValues: { ':pk': { S: 'd' } },
          ExclusiveStartKey,
        }),
    ),
    // What a query reads of a partition ends at 1 MB.
    ...['a', 'b', 'c', 'd'].map(
      (jobId) => () =>
        new PutItemCommand({
          TableName,
          Item: { datastoreId: { S: 'long' }, jobId: { S: jobId }, text: { S: 'x'.repeat(300_000) } },
        }),
    ),
    () =>
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'datastoreId' },
        ExpressionAttributeValues: { ':pk': { S: 'long' } },
      }),
    () => new DeleteItemCommand({ TableName, Key }),
    get,
    // The lease of sweeps: free, held by another one, held by the same, and over.
    ...(
      [
        ['a', 10, 20],
        ['b', 15, 30],
        ['a', 15, 30],
        ['b', 29, 40],
        ['b', 30, 40],
      ] as const
    ).flatMap(([owner, now, until]) => [() => lease(owner, now, until), get]),
    () => new PutItemCommand({ TableName, Item: { ...Key, jobId: { S: 'i' } } }),
    () => new PutItemCommand({ TableName, Item: { ...Key, datastoreId: { S: 'other' } } }),
    query,
  ];
  const ask = async (client: DynamoDBClient, call: () => unknown) => {
    try {
      const answer = await client.send(call() as GetItemCommand);
      const { Item, Items, LastEvaluatedKey, Responses } = answer as unknown as Record<string, unknown>;
      return { Item, Items, LastEvaluatedKey, Responses };
    } catch (error) {
      return (error as Error).name;
    }
  };
  for (const call of calls) expect(await ask(fake, call)).toEqual(await ask(real, call));
  real.destroy();
});

test('the table refuses what it does not know', () => {
  const memory = new MemoryTable(0);
  const ask = (operation: string, body: object) =>
    memory.handle({
      method: 'POST',
      path: '/',
      query: {},
      headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(body),
    });
  expect(() => ask('Scan', {})).toThrow('does not know Scan');
  expect(() =>
    ask('UpdateItem', {
      Key,
      UpdateExpression: 'SET #a = if_not_exists(#a, :a)',
      ExpressionAttributeNames: {},
    }),
  ).toThrow("does not know '#a = if_not_exists(#a'");
});

test('the store answers as S3', async () => {
  const memory = new MemoryStore();
  const real = new S3Client({
    ...config,
    endpoint: `http://127.0.0.1:${s3Server.port}`,
    forcePathStyle: true,
  });
  const fake = new S3Client({
    ...config,
    endpoint: 'http://127.0.0.1:1',
    forcePathStyle: true,
    requestHandler: asking((request) => memory.handle(request)) as never,
  });
  const results: unknown[][] = [];
  for (const client of [real, fake]) {
    for (const name of ['in/b.dcm', 'in/a b.dcm', 'other/c']) {
      await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: name, Body: Buffer.from(name) }));
    }
    const list = await client.send(new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'in/' }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'in/a b.dcm' }));
    const missing = await client
      .send(new GetObjectCommand({ Bucket: 'bucket', Key: 'in/none' }))
      .catch((error) => [error.name, error.$metadata.httpStatusCode]);
    results.push([
      list.Contents?.map(({ Key: key, Size }) => [key, Size]),
      list.IsTruncated,
      await Body?.transformToString(),
      missing,
    ]);
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[1]?.[3]).toEqual(['NoSuchKey', 404]);
  real.destroy();
});

test('the topic reports what is published, and refuses all else', () => {
  const messages: unknown[] = [];
  const topic = memoryTopic((message) => messages.push(message));
  const ask = (body: string) => topic({ method: 'POST', path: '/', query: {}, headers: {}, body });
  const attributes =
    'MessageAttributes.entry.1.Name=outcome&MessageAttributes.entry.1.Value.StringValue=FAILED';
  expect(ask(`Action=Publish&Subject=S&Message=M&${attributes}`).statusCode).toBe(200);
  expect(messages).toEqual([{ subject: 'S', body: 'M', attributes: { outcome: 'FAILED' } }]);
  expect(() => ask('Action=Subscribe')).toThrow('does not know Subscribe');
});
