/**
 * The services that a chaos run needs thousands of times a second, in memory and without a socket: the parts of
 * DynamoDB, S3 and SNS that the handlers, the state machine and the simulator call. What they do is held to the emulators
 * by `test/proof/chaos/memory.test.ts`. Anything else is refused.
 */

import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** A request as the SDK's clients hand it to their transport. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}
export interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): Response {
  const type = { 'content-type': 'application/x-amz-json-1.0' };
  return { statusCode, headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(body)) };
}

function xml(statusCode: number, body: string): Response {
  return { statusCode, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

export function textOf({ body = '' }: Pick<Request, 'body'>): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

type Value = { S?: string; N?: string; SS?: string[] };
type Item = Record<string, Value>;

/** One table with the keys `datastoreId` and `jobId`, and the expressions that the product uses. */
export class MemoryTable {
  /** Units of capacity that its calls used. */
  readonly units = { read: 0, write: 0 };
  /** By partition, then by sort key. Read them as they are; change them with {@link put} and {@link delete}. */
  readonly partitions = new Map<string, Map<string, Item>>();
  readonly #createdAt: number;

  /** @param createdAt - milliseconds since the epoch. */
  constructor(createdAt: number) {
    this.#createdAt = createdAt;
  }

  *items(): Generator<Item> {
    for (const partition of this.partitions.values()) yield* partition.values();
  }

  /** The items of a partition, in no order. */
  partition(name: string): ReadonlyMap<string, Item> {
    return this.partitions.get(name) ?? new Map();
  }

  get({ datastoreId, jobId }: Item): Item | undefined {
    return this.partition(datastoreId?.S ?? '').get(jobId?.S ?? '');
  }

  put(item: Item): void {
    const name = item.datastoreId?.S ?? '';
    const partition = this.partitions.get(name) ?? new Map();
    this.partitions.set(name, partition.set(item.jobId?.S ?? '', item));
  }

  delete({ datastoreId, jobId }: Item): void {
    this.partitions.get(datastoreId?.S ?? '')?.delete(jobId?.S ?? '');
  }

  /** Deletes what has expired, as DynamoDB does some time later. @param now - milliseconds since the epoch. */
  expire(now: number): void {
    for (const item of this.items()) if (Number(item.expiresAt?.N) * 1000 < now) this.delete(item);
  }

  handle(request: Request): Response {
    const operation = request.headers['x-amz-target']?.split('.').at(-1) ?? '';
    try {
      return json(200, this.operate(operation, JSON.parse(textOf(request))));
    } catch (error) {
      const { name: __type, message } = error as Error;
      // Not one of DynamoDB's: what the table does not know.
      if (__type === 'Error') throw error;
      return json(400, { __type, message });
    }
  }

  /** @throws Error with DynamoDB's name for it. */
  // biome-ignore lint/suspicious/noExplicitAny: the input of any of the operations below
  operate(operation: string, input: any): object {
    switch (operation) {
      case 'DescribeTable':
        return { Table: { CreationDateTime: this.#createdAt / 1000 } };
      case 'GetItem':
        this.units.read += unitsOf([this.get(input.Key)], READ_BYTES);
        return { Item: this.get(input.Key) };
      case 'BatchGetItem': {
        const tables = Object.entries(input.RequestItems as Record<string, { Keys: Item[] }>);
        if (tables.some(([, { Keys }]) => new Set(Keys.map(keyOf)).size < Keys.length)) {
          throw failure('ValidationException', 'Provided list of item keys contains duplicates');
        }
        const itemsOf = ({ Keys }: { Keys: Item[] }) => Keys.map((key) => this.get(key)).filter(Boolean);
        for (const [, { Keys }] of tables) {
          for (const key of Keys) this.units.read += unitsOf([this.get(key)], READ_BYTES);
        }
        const Responses = Object.fromEntries(tables.map(([name, keys]) => [name, itemsOf(keys)]));
        return { Responses, UnprocessedKeys: {} };
      }
      case 'PutItem':
        this.units.write += unitsOf([input.Item], WRITE_BYTES);
        demand(this.get(input.Item), input);
        this.put(input.Item);
        return {};
      case 'DeleteItem':
        this.units.write += unitsOf([this.get(input.Key)], WRITE_BYTES);
        demand(this.get(input.Key), input);
        this.delete(input.Key);
        return {};
      case 'Query': {
        const { ExpressionAttributeValues: values, FilterExpression, ExclusiveStartKey } = input;
        const after = ExclusiveStartKey?.jobId.S ?? '';
        const read = pageOf(
          [...this.partition(values[':pk'].S)]
            .filter(([key]) => key > after)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([, item]) => item),
        );
        this.units.read += unitsOf(read.items, READ_BYTES);
        const Items = FilterExpression ? read.items.filter(condition(FilterExpression, input)) : read.items;
        const last = read.rest ? read.items.at(-1) : undefined;
        const LastEvaluatedKey = last && { datastoreId: last.datastoreId, jobId: last.jobId };
        return { Items, Count: Items.length, LastEvaluatedKey };
      }
      case 'UpdateItem': {
        const known = this.get(input.Key);
        this.units.write += unitsOf([known], WRITE_BYTES);
        demand(known, input);
        const item = { ...input.Key, ...known };
        update(item, input);
        this.put(item);
        return {};
      }
      default:
        throw new Error(`the table in memory does not know ${operation}`);
    }
  }
}

const failure = (name: string, message: string) => Object.assign(new Error(message), { name });
/** @throws Error `ConditionalCheckFailedException` where an item is not as the call demands it. */
function demand(
  item: Item = {},
  { ConditionExpression, ...names }: Aliases & { ConditionExpression?: string },
): void {
  if (ConditionExpression && !condition(ConditionExpression, names)(item)) {
    throw failure('ConditionalCheckFailedException', 'The conditional request failed');
  }
}

function keyOf({ datastoreId, jobId }: Item): string {
  return `${datastoreId?.S}/${jobId?.S}`;
}

/** What DynamoDB reads of a partition at once; it does not say whether anything is left. */
const PAGE_BYTES = 1_000_000;

/** What a unit reads, consistently, or writes. */
const READ_BYTES = 4096;
const WRITE_BYTES = 1024;

function unitsOf(items: readonly (Item | undefined)[], bytes: number): number {
  const size = items.reduce((sum, item) => sum + (item ? sizeOf(item) : 0), 0);
  return Math.max(1, Math.ceil(size / bytes));
}

/** An item that changes is another object. */
const SIZES = new WeakMap<Item, number>();

function sizeOf(item: Item): number {
  const size = SIZES.get(item) ?? JSON.stringify(item).length;
  SIZES.set(item, size);
  return size;
}

function pageOf(items: readonly Item[]): { readonly items: readonly Item[]; readonly rest: boolean } {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += sizeOf(item);
    return bytes > PAGE_BYTES;
  });
  return end < 0 ? { items, rest: false } : { items: items.slice(0, end + 1), rest: true };
}

interface Aliases {
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, Value>;
}
interface Update extends Aliases {
  readonly UpdateExpression: string;
}

/** `SET #a = :a, #b = :b REMOVE #c ADD #d :d`, and no more. */
function update(item: Item, { UpdateExpression, ...input }: Update): void {
  const nameOf = (alias: string) => found(input.ExpressionAttributeNames[alias], alias);
  const givenFor = (alias: string) => found(input.ExpressionAttributeValues?.[alias], alias);
  for (const [, verb, clause = ''] of UpdateExpression.matchAll(
    /(SET|REMOVE|ADD) (.*?)(?= (?:SET|REMOVE|ADD) |$)/g,
  )) {
    for (const part of clause.split(', ')) {
      const [, name = '', value = ''] =
        found(/^(#\w+)(?: = | )?(:\w+)?$/.exec(part) ?? undefined, part) ?? [];
      if (verb === 'REMOVE') delete item[nameOf(name)];
      else if (verb === 'SET') item[nameOf(name)] = givenFor(value);
      else {
        const { SS } = givenFor(value);
        if (!SS) throw new Error('the table in memory adds to sets of text only');
        item[nameOf(name)] = { SS: [...new Set([...(item[nameOf(name)]?.SS ?? []), ...SS])] };
      }
    }
  }
}

/** What a condition or a filter demands of an item: terms with `AND`, and these with `OR`, and no more. */
export function condition(
  expression: string,
  { ExpressionAttributeNames: names, ExpressionAttributeValues: values = {} }: Aliases,
): (item: Item) => boolean {
  const term = (text: string): ((item: Item) => boolean) => {
    const [, does, name = '', size = '', is, value = ''] = found(
      /^(?:(attribute_exists|attribute_not_exists|contains)\()?(?:(#\w+)|size\((#\w+)\))(?: (<=|<|=) |, )?(:\w+)?\)?$/.exec(
        text,
      ) ?? undefined,
      text,
    );
    const attribute = found(names[name || size], text);
    if (does === 'attribute_exists') return (item) => item[attribute] !== undefined;
    if (does === 'attribute_not_exists') return (item) => item[attribute] === undefined;
    const given = found(values[value], text);
    if (does === 'contains') return (item) => item[attribute]?.SS?.includes(given.S ?? '') === true;
    return ({ [attribute]: has }) => {
      if (has === undefined) return false;
      if (is === '=') return has.S === given.S && has.N === given.N;
      const number = size ? (has.SS?.length ?? 0) : Number(has.N);
      return number < Number(given.N) || (is === '<=' && number === Number(given.N));
    };
  };
  const either = expression.split(' OR ').map((each) => each.split(' AND ').map(term));
  return (item) => either.some((all) => all.every((holds) => holds(item)));
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the table in memory does not know '${what}'`);
  return value;
}

/** Buckets, by path: `/bucket/key`. */
export class MemoryStore {
  readonly #objects = new Map<string, Uint8Array>();
  /** The paths below each folder, which ends with a slash. */
  readonly #below = new Map<string, Set<string>>();

  get(path: string): Uint8Array | undefined {
    return this.#objects.get(path);
  }

  has(path: string): boolean {
    return this.#objects.has(path);
  }

  put(path: string, bytes: Uint8Array): void {
    this.#objects.set(path, bytes);
    for (const folder of foldersOf(path)) {
      const paths = this.#below.get(folder) ?? new Set();
      this.#below.set(folder, paths.add(path));
    }
  }

  delete(path: string): void {
    this.#objects.delete(path);
    for (const folder of foldersOf(path)) {
      const paths = this.#below.get(folder);
      paths?.delete(path);
      if (paths?.size === 0) this.#below.delete(folder);
    }
  }

  /** The paths that begin like this, with the bucket's name and a slash at least, sorted. */
  list(prefix: string): string[] {
    const below = this.#below.get(prefix.slice(0, prefix.lastIndexOf('/') + 1)) ?? [];
    return [...below].filter((path) => path.startsWith(prefix)).sort();
  }

  handle({ method, path, query, body = '' }: Request): Response {
    if (query['list-type'] === '2') return this.#list(path, String(query.prefix ?? ''));
    const key = decodeURIComponent(path);
    if (method === 'PUT') {
      this.put(key, typeof body === 'string' ? Buffer.from(body) : body);
      return xml(200, '');
    }
    if (method !== 'GET') throw new Error(`the store in memory does not know ${method}`);
    const object = this.get(key);
    if (!object) return s3Error(404, 'NoSuchKey');
    return { statusCode: 200, headers: { 'content-length': String(object.length) }, body: object };
  }

  #list(path: string, prefix: string): Response {
    const root = `${path.replace(/\/$/, '')}/`;
    const contents = this.list(root + prefix).map(
      (key) =>
        `<Contents><Key>${key.slice(root.length)}</Key><Size>${this.get(key)?.length}</Size></Contents>`,
    );
    return xml(
      200,
      `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
    );
  }
}

/** A client for what is none of our troubles, HealthImaging's own reads and writes: its calls do not become requests. */
export function clientOf(store: MemoryStore, put: (path: string, bytes: Uint8Array) => void): S3Client {
  const answer = (command: unknown): object => {
    if (command instanceof ListObjectsV2Command) {
      const { Bucket, Prefix = '' } = command.input;
      const root = `/${Bucket}/`;
      const paths = store.list(root + Prefix);
      return {
        Contents: paths.map((path) => ({ Key: path.slice(root.length), Size: store.get(path)?.length })),
      };
    }
    if (command instanceof GetObjectCommand) {
      const bytes = store.get(`/${command.input.Bucket}/${command.input.Key}`);
      if (!bytes) throw new NoSuchKey({ message: 'NoSuchKey', $metadata: {} });
      return { Body: { transformToByteArray: async () => bytes } };
    }
    if (command instanceof PutObjectCommand) {
      const { Bucket, Key, Body } = command.input;
      put(`/${Bucket}/${Key}`, Body as Uint8Array);
      return {};
    }
    throw new Error(`the store in memory does not know ${(command as object).constructor.name}`);
  };
  return { send: async (command: unknown) => answer(command) } as unknown as S3Client;
}

function foldersOf(path: string): string[] {
  return [...path.matchAll(/(?<!^)\//g)].map(({ index }) => path.slice(0, index + 1));
}

export function s3Error(statusCode: number, code: string): Response {
  return xml(statusCode, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

/** A message as a topic got it. */
export interface Message {
  readonly subject: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The topic, which so many addresses have confirmed: reports every message that is published. */
export function memoryTopic(onMessage: (message: Message) => void, confirmed = 1) {
  return (request: Request): Response => {
    const form = new URLSearchParams(textOf(request));
    if (form.get('Action') === 'GetTopicAttributes') {
      const entry = `<entry><key>SubscriptionsConfirmed</key><value>${confirmed}</value></entry>`;
      const result = `<GetTopicAttributesResult><Attributes>${entry}</Attributes></GetTopicAttributesResult>`;
      return xml(200, `<GetTopicAttributesResponse>${result}</GetTopicAttributesResponse>`);
    }
    if (form.get('Action') !== 'Publish')
      throw new Error(`the topic in memory does not know ${form.get('Action')}`);
    const attributes: Record<string, string> = {};
    for (let i = 1; form.has(`MessageAttributes.entry.${i}.Name`); i++) {
      const entry = `MessageAttributes.entry.${i}`;
      attributes[form.get(`${entry}.Name`) ?? ''] = form.get(`${entry}.Value.StringValue`) ?? '';
    }
    onMessage({ subject: form.get('Subject') ?? '', body: form.get('Message') ?? '', attributes });
    return xml(
      200,
      '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
    );
  };
}
