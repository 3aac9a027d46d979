import {
  BatchGetItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ERRORS, type ImportJobId, WATCH_ITEM } from '../contract/names.ts';
import { finishedId, RECORD_AS, type ToldVerdicts } from '../domain/watch/told.ts';
import { describe, WatchError } from './errors.ts';

/** The table of watches. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

/** What the table knows of a job. */
export interface WatchRecord extends ToldVerdicts {
  readonly taskToken?: string;
  readonly overdueEventId?: string;
  /** JSON of the verdict that was recorded last, as the watch put it out. */
  readonly verdict?: string;
  /** Of the notices on failed watches that are on the bus and were sent to people. */
  readonly failureEventIds: readonly string[];
  /** Of those that are on the bus. An earlier version did not record them until people had them, too. */
  readonly failureEventIdsOnBus: readonly string[];
}

/** What the table knows of a job that is not in it. */
export const NO_RECORD: WatchRecord = { failureEventIds: [], failureEventIdsOnBus: [] };

/** What is written to an attribute, and what is read of an item. */
export type Value = { S: string } | { N: string } | { SS: string[] };
export type StoredItem = Record<string, { S?: string; N?: string; SS?: string[] }>;

/** The key of the item of a job. */
export const itemKey = ({ datastoreId, jobId }: ImportJobId) => ({
  [WATCH_ITEM.partitionKey]: { S: datastoreId },
  [WATCH_ITEM.sortKey]: { S: jobId },
});

function parseRecord(item: StoredItem | undefined): WatchRecord {
  const taskToken = item?.[WATCH_ITEM.taskToken]?.S;
  const outcome = item?.[WATCH_ITEM.outcome]?.S;
  const laterOutcome = item?.[WATCH_ITEM.laterOutcome]?.S;
  const overdueEventId = item?.[WATCH_ITEM.overdueEventId]?.S;
  const verdict = item?.[WATCH_ITEM.verdict]?.S;
  return {
    ...(taskToken && { taskToken }),
    ...(outcome && { outcome }),
    ...(laterOutcome && { laterOutcome }),
    ...(overdueEventId && { overdueEventId }),
    ...(verdict && { verdict }),
    failureEventIds: item?.[WATCH_ITEM.failureEventIds]?.SS ?? [],
    failureEventIdsOnBus: item?.[WATCH_ITEM.failureEventIdsOnBus]?.SS ?? [],
  };
}

/** @throws WatchError `WatchesUnavailable` when the table cannot answer now. */
export async function findWatch({ client, name }: Table, job: ImportJobId): Promise<WatchRecord> {
  try {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: name, Key: itemKey(job), ConsistentRead: true }),
    );
    return parseRecord(Item as StoredItem | undefined);
  } catch (error) {
    throw new WatchError(ERRORS.watchesUnavailable, `GetItem: ${describe(error)}`);
  }
}

/**
 * What the table knows of up to 100 jobs, by `<datastoreId>-<jobId>`.
 * @throws Error where the table did not answer for all of them: the next sweep asks again.
 */
export async function findWatches(
  { client, name }: Table,
  jobs: readonly ImportJobId[],
): Promise<(job: ImportJobId) => WatchRecord> {
  const records = new Map<string, WatchRecord>();
  const keyOf = ({ datastoreId, jobId }: ImportJobId) => `${datastoreId}-${jobId}`;
  // DynamoDB refuses a key that is asked for twice, as that of a job is of which two watches failed.
  const unique = new Map(jobs.map((job) => [keyOf(job), itemKey(job)]));
  if (unique.size > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [name]: { Keys: [...unique.values()], ConsistentRead: true } },
      }),
    );
    if (UnprocessedKeys?.[name]) throw new Error('the table of watches is throttled');
    for (const item of (Responses?.[name] ?? []) as StoredItem[]) {
      const job = {
        datastoreId: item[WATCH_ITEM.partitionKey]?.S ?? '',
        jobId: item[WATCH_ITEM.sortKey]?.S ?? '',
      };
      records.set(keyOf(job), parseRecord(item));
    }
  }
  return (job) => records.get(keyOf(job)) ?? NO_RECORD;
}

/**
 * Notes that a verdict was published, where the table forgot: the first, or the one that superseded it.
 * @param verdict - JSON of the verdict, as the watch put it out. Default: what the table has of one stays.
 */
export async function recordOutcome(
  table: Table,
  job: ImportJobId,
  which: keyof typeof RECORD_AS,
  { outcome, verdict }: { readonly outcome: string; readonly verdict?: string | undefined },
  expiresAt: string,
) {
  await update(table, job, `SET #a = :a, #i = :i, #e = :e${verdict === undefined ? '' : ', #v = :v'}`, {
    '#a': [RECORD_AS[which].outcome, { S: outcome }],
    '#i': [RECORD_AS[which].eventId, { S: finishedId(job, which === 'later') }],
    '#e': [WATCH_ITEM.expiresAt, { N: expiresAt }],
    ...(verdict !== undefined && { '#v': [WATCH_ITEM.verdict, { S: verdict }] }),
  });
}

/** Prolongs the life of an item, or begins one. @throws Error where the table takes no writes. */
export async function keepItem(table: Table, job: ImportJobId, expiresAt: string) {
  await update(table, job, 'SET #e = :e', { '#e': [WATCH_ITEM.expiresAt, { N: expiresAt }] });
}

/** Notes how far the notice on a failure has come. */
export async function recordFailure(
  table: Table,
  job: ImportJobId,
  attribute: 'failureEventIds' | 'failureEventIdsOnBus',
  eventId: string,
) {
  await update(table, job, 'ADD #a :a', { '#a': [WATCH_ITEM[attribute], { SS: [eventId] }] });
}

/**
 * Sets when the table may forget an item, which begins with this where it is not there. For a job that never was: what its watch
 * has left there would stay for ever.
 * @throws WatchError `WatchesUnavailable` when the table cannot answer now.
 */
export async function letExpire(table: Table, job: ImportJobId, expiresAt: string): Promise<void> {
  try {
    await keepItem(table, job, expiresAt);
  } catch (error) {
    throw new WatchError(ERRORS.watchesUnavailable, `UpdateItem: ${describe(error)}`);
  }
}

/** @returns whether it was written: not where its condition does not hold. @throws whatever else DynamoDB answers. */
export async function isWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    // By its name: bundles have no class of it (scripts/bundle/lean-sdk.ts).
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** The items of a partition, page by page: their sort key and some attributes, by the aliases that a filter knows. */
export async function* query(
  { client, name }: Table,
  partition: string,
  names: Readonly<Record<string, string>>,
  {
    filter,
    values = {},
  }: { readonly filter?: string; readonly values?: Readonly<Record<string, Value>> } = {},
): AsyncGenerator<StoredItem[]> {
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: name,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        FilterExpression: filter,
        ProjectionExpression: ['#sk', ...Object.keys(names)].join(', '),
        ExpressionAttributeNames: { '#pk': WATCH_ITEM.partitionKey, '#sk': WATCH_ITEM.sortKey, ...names },
        ExpressionAttributeValues: { ':pk': { S: partition }, ...values },
        ExclusiveStartKey,
      }),
    );
    yield Items as StoredItem[];
    ExclusiveStartKey = LastEvaluatedKey as Record<string, never> | undefined;
  } while (ExclusiveStartKey);
}

async function update(
  { client, name }: Table,
  job: ImportJobId,
  expression: string,
  attributes: Record<`#${string}`, [name: string, value: Value]>,
): Promise<void> {
  const entries = Object.entries(attributes);
  await client.send(
    new UpdateItemCommand({
      TableName: name,
      Key: itemKey(job),
      UpdateExpression: expression,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([alias, [attribute]]) => [alias, attribute])),
      ExpressionAttributeValues: Object.fromEntries(
        entries.map(([alias, [, value]]) => [alias.replace('#', ':'), value]),
      ),
    }),
  );
}

/** When the watcher was deployed: the table is as old as it. Milliseconds since the epoch. */
export async function deployedAt({ client, name }: Table): Promise<number> {
  const { Table: description } = await client.send(new DescribeTableCommand({ TableName: name }));
  return description?.CreationDateTime?.getTime() ?? 0;
}
