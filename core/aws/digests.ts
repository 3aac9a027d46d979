import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Audience } from '../contract/audiences.ts';
import { DIGEST_ITEM, WATCH_ITEM } from '../contract/names.ts';
import type { DigestEntry } from '../domain/digests/entry.ts';
import { isWritten, itemKey, query, type StoredItem, type Table, type Value } from './watches.ts';

/** How a notice reaches those who want each at once: by an email of its own, or with the next digest. */
export type Decision = 'email' | 'digest';

const keyOf = (partition: string, sort: string) => itemKey({ datastoreId: partition, jobId: sort });

/** @returns whether it was done: not where the condition does not hold. @throws whatever else DynamoDB answers. */
function update(
  { client, name }: Table,
  key: ReturnType<typeof keyOf>,
  UpdateExpression: string,
  ConditionExpression: string,
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, Value>>,
): Promise<boolean> {
  const input = {
    TableName: name,
    Key: key,
    UpdateExpression,
    ConditionExpression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
  return isWritten(client.send(new UpdateItemCommand(input)));
}

async function read({ client, name }: Table, key: ReturnType<typeof keyOf>) {
  const { Item } = await client.send(new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true }));
  return Item as StoredItem | undefined;
}

/** What was decided on a notice, if anything. */
export async function loadDecision(table: Table, eventId: string): Promise<Decision | undefined> {
  const item = await read(table, keyOf(DIGEST_ITEM.decisions, eventId));
  return item?.[DIGEST_ITEM.decision]?.S as Decision | undefined;
}

/** Decides on a notice for good. @returns what holds: a decision that was made in the meantime stays. */
export async function saveDecision(
  table: Table,
  eventId: string,
  decision: Decision,
  expiresAt: string,
): Promise<Decision> {
  const saved = await update(
    table,
    keyOf(DIGEST_ITEM.decisions, eventId),
    'SET #d = :d, #e = :e',
    'attribute_not_exists(#d)',
    { '#d': DIGEST_ITEM.decision, '#e': WATCH_ITEM.expiresAt },
    { ':d': { S: decision }, ':e': { N: expiresAt } },
  );
  return saved ? decision : ((await loadDecision(table, eventId)) ?? decision);
}

/** An hour of the storm guard. */
export interface GuardHour {
  /** When it began, and what is counted in it: failures and successes on their own. */
  readonly name: string;
  readonly emailsPerHour: number;
  readonly emailsPerMinute: number;
}

/**
 * Counts a notice in an hour, and takes one of the emails of a minute in it. The same event is counted once, however often it
 * asks: sets are counted, no numbers.
 * @param minute - 0 to 59.
 */
export async function takeEmail(
  table: Table,
  { name, emailsPerHour, emailsPerMinute }: GuardHour,
  minute: number,
  eventId: string,
  expiresAt: string,
): Promise<'taken' | 'hour is full' | 'minute is full'> {
  const key = keyOf(DIGEST_ITEM.guard, name);
  const take = (attribute: string, most: number) =>
    update(
      table,
      key,
      'SET #e = :e ADD #a :id',
      'attribute_not_exists(#a) OR size(#a) < :most OR contains(#a, :one)',
      { '#a': attribute, '#e': WATCH_ITEM.expiresAt },
      {
        ':e': { N: expiresAt },
        ':id': { SS: [eventId] },
        ':one': { S: eventId },
        ':most': { N: String(most) },
      },
    );
  if (await take(DIGEST_ITEM.emails, emailsPerHour)) {
    const minuteOf = `${DIGEST_ITEM.emailsInMinute}${minute}`;
    return (await take(minuteOf, emailsPerMinute)) ? 'taken' : 'minute is full';
  }
  await update(
    table,
    key,
    'SET #t = :t',
    'attribute_exists(#e)',
    { '#t': DIGEST_ITEM.tripped, '#e': WATCH_ITEM.expiresAt },
    { ':t': { S: 'yes' } },
  );
  return 'hour is full';
}

/** Whether more notices came in an hour than it may have emails. */
export async function isTripped(table: Table, hour: Pick<GuardHour, 'name'>): Promise<boolean> {
  return (await read(table, keyOf(DIGEST_ITEM.guard, hour.name)))?.[DIGEST_ITEM.tripped] !== undefined;
}

const partitionOf = (audience: string) => `${DIGEST_ITEM.pending}${audience}`;

/**
 * Holds a notice for the next digest of an audience, unless it is in a digest already. A retry that comes to another outcome
 * replaces what was held.
 * @param now - milliseconds since the epoch.
 */
export async function hold(
  table: Table,
  audience: string,
  eventId: string,
  entry: DigestEntry,
  now: number,
  expiresAt: string,
): Promise<void> {
  const key = keyOf(partitionOf(audience), eventId);
  const text = { S: JSON.stringify(entry) };
  const isNew = await update(
    table,
    key,
    'SET #n = :n, #h = :h, #e = :e',
    'attribute_not_exists(#h)',
    { '#n': DIGEST_ITEM.entry, '#h': DIGEST_ITEM.heldAt, '#e': WATCH_ITEM.expiresAt },
    { ':n': text, ':h': { N: String(now) }, ':e': { N: expiresAt } },
  );
  if (isNew) return;
  await update(
    table,
    key,
    'SET #n = :n',
    'attribute_exists(#n) AND attribute_not_exists(#d)',
    { '#n': DIGEST_ITEM.entry, '#d': DIGEST_ITEM.digest },
    { ':n': text },
  );
}

/**
 * How far a digest has come: it collects, and its content is then sealed, sent and cleared away. Whoever goes on after a crash
 * sends the same again, or nothing.
 */
export type DigestPhase = 'collecting' | 'sealed' | 'sent' | 'closed';

/** The last digest of an audience. */
export interface DigestRun {
  /** When it was due, in milliseconds since the epoch. */
  readonly boundary: number;
  readonly phase: DigestPhase;
}

/**
 * Makes the caller the only one who works on the digests of an audience, until a time after which it is surely gone.
 * @returns the last digest, or undefined where somebody else works on them.
 */
export async function leaseRun(
  table: Table,
  audience: string,
  now: number,
  until: number,
): Promise<DigestRun | undefined> {
  const key = keyOf(partitionOf(audience), DIGEST_ITEM.run);
  const leased = await update(
    table,
    key,
    'SET #l = :until',
    'attribute_not_exists(#l) OR #l < :now',
    { '#l': DIGEST_ITEM.lease },
    { ':until': { N: String(until) }, ':now': { N: String(now) } },
  );
  return leased ? loadRun(table, audience) : undefined;
}

/** The last digest of an audience, with a boundary of 0 where there was none. */
export async function loadRun(table: Table, audience: string): Promise<DigestRun> {
  const item = await read(table, keyOf(partitionOf(audience), DIGEST_ITEM.run));
  return {
    boundary: Number(item?.[DIGEST_ITEM.boundary]?.N ?? 0),
    phase: (item?.[DIGEST_ITEM.phase]?.S ?? 'closed') as DigestPhase,
  };
}

/** Records how far a digest has come. @param lease - until when the caller is alone; 0 gives it back. */
export async function saveRun(
  table: Table,
  audience: string,
  { boundary, phase }: DigestRun,
  lease: number,
): Promise<void> {
  await update(
    table,
    keyOf(partitionOf(audience), DIGEST_ITEM.run),
    'SET #b = :b, #p = :p, #l = :l',
    'attribute_exists(#l)',
    { '#b': DIGEST_ITEM.boundary, '#p': DIGEST_ITEM.phase, '#l': DIGEST_ITEM.lease },
    { ':b': { N: String(boundary) }, ':p': { S: phase }, ':l': { N: String(lease) } },
  );
}

/** Gives the lease back, so that another run need not wait for its end. */
export async function releaseRun(table: Table, audience: string, lease: number): Promise<void> {
  await update(
    table,
    keyOf(partitionOf(audience), DIGEST_ITEM.run),
    'SET #l = :none',
    '#l = :lease',
    { '#l': DIGEST_ITEM.lease },
    { ':none': { N: '0' }, ':lease': { N: String(lease) } },
  );
}

/** A notice that is held. */
export interface HeldNotice {
  readonly eventId: string;
  /** JSON of its entry. */
  readonly entry: string;
  /** Milliseconds since the epoch. */
  readonly heldAt: number;
  /** The id of the digest that it is in, if any. */
  readonly digest?: string;
}

/** What is in no digest yet and was held before a time, page by page. */
export function pendingNotices(table: Table, audience: string, before: number): AsyncGenerator<HeldNotice[]> {
  return notices(table, audience, 'attribute_exists(#n) AND attribute_not_exists(#d) AND #h < :before', {
    ':before': { N: String(before) },
  });
}

/** What a digest holds and was not cleared away, page by page. */
export function noticesOf(table: Table, audience: string, digest: string): AsyncGenerator<HeldNotice[]> {
  return notices(table, audience, 'attribute_exists(#n) AND #d = :d', { ':d': { S: digest } });
}

/** All that is held for an audience and was not cleared away, page by page. */
export function heldNotices(table: Table, audience: string): AsyncGenerator<HeldNotice[]> {
  return notices(table, audience, 'attribute_exists(#n)', {});
}

async function* notices(
  table: Table,
  audience: string,
  filter: string,
  values: Readonly<Record<string, Value>>,
): AsyncGenerator<HeldNotice[]> {
  const { entry, heldAt, digest } = DIGEST_ITEM;
  const names = { '#n': entry, '#h': heldAt, '#d': digest };
  for await (const items of query(table, partitionOf(audience), names, { filter, values })) {
    yield items.map((item) => ({
      eventId: item[WATCH_ITEM.sortKey]?.S ?? '',
      entry: item[entry]?.S ?? '',
      heldAt: Number(item[heldAt]?.N),
      ...(item[digest]?.S && { digest: item[digest].S }),
    }));
  }
}

/** An audience that there is, or was before the settings changed. Times are milliseconds since the epoch. */
export interface KnownAudience {
  readonly id: string;
  readonly channel: string;
  readonly since: number;
  readonly goneSince?: number;
}

/** The audiences that the table knows, also those that are gone. */
export async function knownAudiences(table: Table): Promise<KnownAudience[]> {
  const { audiences, since, channel, goneSince } = DIGEST_ITEM;
  const known: KnownAudience[] = [];
  for await (const items of query(table, audiences, { '#s': since, '#c': channel, '#g': goneSince })) {
    for (const item of items) {
      known.push({
        id: item[WATCH_ITEM.sortKey]?.S ?? '',
        channel: item[channel]?.S ?? '',
        since: Number(item[since]?.N),
        ...(item[goneSince]?.N && { goneSince: Number(item[goneSince].N) }),
      });
    }
  }
  return known;
}

/** Makes an audience known that is new, or that is back. @param since - milliseconds since the epoch. */
export async function knowAudience(table: Table, { id, channel }: Audience, since: number): Promise<void> {
  await update(
    table,
    keyOf(DIGEST_ITEM.audiences, id),
    'SET #s = :s, #c = :c REMOVE #g, #e',
    'attribute_not_exists(#s) OR attribute_exists(#g)',
    {
      '#s': DIGEST_ITEM.since,
      '#c': DIGEST_ITEM.channel,
      '#g': DIGEST_ITEM.goneSince,
      '#e': WATCH_ITEM.expiresAt,
    },
    { ':s': { N: String(since) }, ':c': { S: channel } },
  );
}

/** Records that an audience is gone. @param since - milliseconds since the epoch. @param expiresAt - epoch seconds, as text. */
export async function leaveAudience(
  table: Table,
  id: string,
  since: number,
  expiresAt: string,
): Promise<void> {
  await update(
    table,
    keyOf(DIGEST_ITEM.audiences, id),
    'SET #g = :g, #e = :e',
    'attribute_not_exists(#g)',
    { '#g': DIGEST_ITEM.goneSince, '#e': WATCH_ITEM.expiresAt },
    { ':g': { N: String(since) }, ':e': { N: expiresAt } },
  );
}

/** Puts a notice into a digest, unless it is in one. */
export async function claim(table: Table, audience: string, eventId: string, digest: string): Promise<void> {
  await update(
    table,
    keyOf(partitionOf(audience), eventId),
    'SET #d = :d',
    'attribute_exists(#n) AND attribute_not_exists(#d)',
    { '#d': DIGEST_ITEM.digest, '#n': DIGEST_ITEM.entry },
    { ':d': { S: digest } },
  );
}

/** Clears a notice away that was sent with a digest: what is left lets nobody hold it a second time. */
export async function clear(
  table: Table,
  audience: string,
  eventId: string,
  digest: string,
  expiresAt: string,
): Promise<void> {
  await update(
    table,
    keyOf(partitionOf(audience), eventId),
    'SET #e = :e REMOVE #n',
    '#d = :d',
    { '#d': DIGEST_ITEM.digest, '#n': DIGEST_ITEM.entry, '#e': WATCH_ITEM.expiresAt },
    { ':d': { S: digest }, ':e': { N: expiresAt } },
  );
}
