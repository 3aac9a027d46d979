import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type ImportJobId, WATCH_ITEM } from '../contract/names.ts';
import type { ListPosition, Rounds } from '../domain/watch/sweep.ts';
import { parseWatchName, watchName } from '../domain/watch/watch-name.ts';
import { isWritten, itemKey, letExpire, query, type Table } from './watches.ts';

/** What sweeps keep in the table of watches, under keys that no data store has. */
const ROUNDS = itemKey({ datastoreId: 'sweep', jobId: 'position' });
const leaseOf = (sweep: string) => itemKey({ datastoreId: 'sweep', jobId: `lease-${sweep}` });
const UNSETTLED = 'unsettled';

/** How far the rounds of sweeps have come, or undefined where no sweep of this version or a newer one has kept it. */
export async function loadRounds({ client, name }: Table): Promise<Rounds | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: ROUNDS, ConsistentRead: true }),
  );
  const text = Item?.[WATCH_ITEM.rounds]?.S;
  return text === undefined ? undefined : (JSON.parse(text) as Rounds);
}

export async function saveRounds({ client, name }: Table, rounds: Rounds): Promise<void> {
  // An older version reads where to go on, and no more.
  const [position] = rounds.full?.lists ?? [];
  const Item = {
    ...ROUNDS,
    [WATCH_ITEM.rounds]: { S: JSON.stringify(rounds) },
    ...(position && { [WATCH_ITEM.position]: { S: JSON.stringify(position) } }),
  };
  await client.send(new PutItemCommand({ TableName: name, Item }));
}

/** At which data store a sweep of running jobs was cut off. */
const RUNNING = itemKey({ datastoreId: 'sweep', jobId: 'running' });

export async function loadRunningPosition({ client, name }: Table): Promise<string | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: RUNNING, ConsistentRead: true }),
  );
  const text = Item?.[WATCH_ITEM.position]?.S;
  return text === undefined ? undefined : (JSON.parse(text) as ListPosition).datastoreId;
}

/** @param datastoreId - undefined: the sweep came to its end. */
export async function saveRunningPosition({ client, name }: Table, datastoreId?: string): Promise<void> {
  if (datastoreId === undefined) {
    await client.send(new DeleteItemCommand({ TableName: name, Key: RUNNING }));
    return;
  }
  const Item = { ...RUNNING, [WATCH_ITEM.position]: { S: JSON.stringify({ datastoreId }) } };
  await client.send(new PutItemCommand({ TableName: name, Item }));
}

/**
 * Makes sure that no other sweep of this kind runs.
 * @param sweep - its kind; `owner`: this one, and no other; `now`, and `until` when it is free again although nobody gave it
 * back: milliseconds since the epoch.
 * @returns whether this one may run.
 */
export async function takeLease(
  { client, name }: Table,
  sweep: string,
  { owner, now, until }: { readonly owner: string; readonly now: number; readonly until: number },
): Promise<boolean> {
  return isWritten(
    client.send(
      new PutItemCommand({
        TableName: name,
        Item: {
          ...leaseOf(sweep),
          [WATCH_ITEM.owner]: { S: owner },
          [WATCH_ITEM.expiresAt]: { N: String(Math.ceil(until / 1000)) },
        },
        // The second try of a call whose answer was lost finds its own.
        ConditionExpression: 'attribute_not_exists(#e) OR #e <= :e OR #o = :o',
        ExpressionAttributeNames: { '#e': WATCH_ITEM.expiresAt, '#o': WATCH_ITEM.owner },
        ExpressionAttributeValues: { ':e': { N: String(Math.floor(now / 1000)) }, ':o': { S: owner } },
      }),
    ),
  );
}

/** Gives a lease back, unless it is another sweep's by now. */
export async function giveBackLease({ client, name }: Table, sweep: string, owner: string): Promise<void> {
  await isWritten(
    client.send(
      new DeleteItemCommand({
        TableName: name,
        Key: leaseOf(sweep),
        ConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': WATCH_ITEM.owner },
        ExpressionAttributeValues: { ':o': { S: owner } },
      }),
    ),
  );
}

/** A job whose verdict is not final, although it ended or was given up. */
export interface UnsettledJob extends ImportJobId {
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

const asUnsettled = (job: ImportJobId) => ({ datastoreId: UNSETTLED, jobId: watchName(job) });

/** All jobs whose verdict is not final although they ended or were given up, by the names of their watches. */
export async function unsettledJobs(table: Table): Promise<Map<string, UnsettledJob>> {
  const found = new Map<string, UnsettledJob>();
  for await (const items of query(table, UNSETTLED, { '#e': WATCH_ITEM.expiresAt })) {
    for (const item of items) {
      const key = item[WATCH_ITEM.sortKey]?.S ?? '';
      const job = parseWatchName(key);
      if (job) found.set(key, { ...job, expiresAt: Number(item[WATCH_ITEM.expiresAt]?.N ?? 0) });
    }
  }
  return found;
}

/**
 * Lets the sweep look at a job by its id until its verdict is final.
 * @param expiresAt - seconds since the epoch.
 * @throws WatchError `WatchesUnavailable` when the table cannot answer now.
 */
export function noteUnsettled(table: Table, job: ImportJobId, expiresAt: string): Promise<void> {
  return letExpire(table, asUnsettled(job), expiresAt);
}

export async function forgetUnsettled({ client, name }: Table, job: ImportJobId): Promise<void> {
  await client.send(new DeleteItemCommand({ TableName: name, Key: itemKey(asUnsettled(job)) }));
}
