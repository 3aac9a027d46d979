/**
 * The services that a chaos run needs thousands of times a second, in memory and without a socket: the parts of
 * DynamoDB, S3 and SNS that the handlers, the state machine and the simulator call. What they do is held to the emulators
 * by `test/proof/chaos/memory.test.ts`. Anything else is refused.
 */

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
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): Response {
  const type = { 'content-type': 'application/x-amz-json-1.0' };
  return { statusCode, headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(body)) };
}

function xml(statusCode: number, body: string): Response {
  return { statusCode, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

export function textOf({ body = '' }: Request): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

type Value = { S?: string; N?: string; SS?: string[] };
type Item = Record<string, Value>;

/** One table with the keys `datastoreId` and `jobId`, and the expressions that the product uses. */
export class MemoryTable {
  readonly items = new Map<string, Item>();
  readonly #createdAt: number;

  /** @param createdAt - milliseconds since the epoch. */
  constructor(createdAt: number) {
    this.#createdAt = createdAt;
  }

  handle(request: Request): Response {
    const operation = request.headers['x-amz-target']?.split('.').at(-1);
    const input = JSON.parse(textOf(request));
    switch (operation) {
      case 'DescribeTable':
        return json(200, { Table: { CreationDateTime: this.#createdAt / 1000 } });
      case 'GetItem':
        return json(200, { Item: this.items.get(keyOf(input.Key)) });
      case 'BatchGetItem': {
        const tables = Object.entries(input.RequestItems as Record<string, { Keys: Item[] }>);
        if (tables.some(([, { Keys }]) => new Set(Keys.map(keyOf)).size < Keys.length)) {
          const message = 'Provided list of item keys contains duplicates';
          return json(400, { __type: 'ValidationException', message });
        }
        const itemsOf = ({ Keys }: { Keys: Item[] }) =>
          Keys.map((key) => this.items.get(keyOf(key))).filter(Boolean);
        const Responses = Object.fromEntries(tables.map(([name, keys]) => [name, itemsOf(keys)]));
        return json(200, { Responses, UnprocessedKeys: {} });
      }
      case 'PutItem': {
        if (!isMet(this.items.get(keyOf(input.Item)), input)) {
          const __type = 'ConditionalCheckFailedException';
          return json(400, { __type, message: 'The conditional request failed' });
        }
        this.items.set(keyOf(input.Item), input.Item);
        return json(200, {});
      }
      case 'DeleteItem':
        this.items.delete(keyOf(input.Key));
        return json(200, {});
      case 'Query': {
        const { ExpressionAttributeValues: values, FilterExpression, ExclusiveStartKey } = input;
        const after = ExclusiveStartKey?.jobId.S ?? '';
        const read = pageOf(
          [...this.items.values()]
            .filter((item) => item.datastoreId?.S === values[':pk'].S && sortKeyOf(item) > after)
            .sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1)),
        );
        const Items = read.items.filter((item) => !FilterExpression || holds(FilterExpression, item, input));
        const last = read.rest ? read.items.at(-1) : undefined;
        const LastEvaluatedKey = last && { datastoreId: last.datastoreId, jobId: last.jobId };
        return json(200, { Items, Count: Items.length, LastEvaluatedKey });
      }
      case 'UpdateItem': {
        const known = this.items.get(keyOf(input.Key));
        if (input.ConditionExpression && !holds(input.ConditionExpression, known ?? {}, input)) {
          const message = 'The conditional request failed';
          return json(400, { __type: 'ConditionalCheckFailedException', message });
        }
        const item = { ...input.Key, ...known };
        update(item, input);
        this.items.set(keyOf(input.Key), item);
        return json(200, {});
      }
      default:
        throw new Error(`the table in memory does not know ${operation}`);
    }
  }
}

/** `attribute_not_exists(#a) OR #b <= :b OR #c = :c`, and no more. */
function isMet(item: Item | undefined, input: Partial<Update> & { ConditionExpression?: string }): boolean {
  return (input.ConditionExpression?.split(' OR ') ?? ['']).some((part) => {
    if (part === '') return true;
    const [, absent, name, operator, value] =
      /^(?:attribute_not_exists\((#\w+)\)|(#\w+) (<=|=) (:\w+))$/.exec(part) ?? [];
    const attribute = item?.[found(input.ExpressionAttributeNames?.[absent ?? name ?? ''], part)];
    if (absent) return attribute === undefined;
    const given = found(input.ExpressionAttributeValues?.[value ?? ''], part);
    return operator === '=' ? attribute?.S === given.S : Number(attribute?.N) <= Number(given.N);
  });
}

function keyOf({ datastoreId, jobId }: Item): string {
  return `${datastoreId?.S}/${jobId?.S}`;
}

const sortKeyOf = ({ jobId }: Item) => jobId?.S ?? '';

/** What DynamoDB reads of a partition at once; it does not say whether anything is left. */
const PAGE_BYTES = 1_000_000;

function pageOf(items: readonly Item[]): { readonly items: readonly Item[]; readonly rest: boolean } {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += JSON.stringify(item).length;
    return bytes > PAGE_BYTES;
  });
  return end < 0 ? { items, rest: false } : { items: items.slice(0, end + 1), rest: true };
}

interface Update {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, Value>;
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

/** Whether a condition or a filter holds: terms with `AND`, and these with `OR`, and no more. */
export function holds(
  expression: string,
  item: Item,
  {
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values = {},
  }: Omit<Update, 'UpdateExpression'>,
): boolean {
  const term = (text: string): boolean => {
    const [, does, name = '', size = '', is, value = ''] = found(
      /^(?:(attribute_exists|attribute_not_exists|contains)\()?(?:(#\w+)|size\((#\w+)\))(?: (<|=) |, )?(:\w+)?\)?$/.exec(
        text,
      ) ?? undefined,
      text,
    );
    const has = item[found(names[name || size], text)];
    if (does === 'attribute_exists') return has !== undefined;
    if (does === 'attribute_not_exists') return has === undefined;
    const given = found(values[value], text);
    if (does === 'contains') return has?.SS?.includes(given.S ?? '') === true;
    if (has === undefined) return false;
    if (is === '=') return has.S === given.S && has.N === given.N;
    return (size ? (has.SS?.length ?? 0) : Number(has.N)) < Number(given.N);
  };
  return expression.split(' OR ').some((each) => each.split(' AND ').every(term));
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the table in memory does not know '${what}'`);
  return value;
}

/** Buckets, by path: `/bucket/key`. */
export class MemoryStore {
  readonly objects = new Map<string, Uint8Array>();

  handle({ method, path, query, body = '' }: Request): Response {
    if (query['list-type'] === '2') return this.#list(path, String(query.prefix ?? ''));
    const key = decodeURIComponent(path);
    if (method === 'PUT') {
      this.objects.set(key, typeof body === 'string' ? Buffer.from(body) : body);
      return xml(200, '');
    }
    if (method !== 'GET') throw new Error(`the store in memory does not know ${method}`);
    const object = this.objects.get(key);
    if (!object) return s3Error(404, 'NoSuchKey');
    return { statusCode: 200, headers: { 'content-length': String(object.length) }, body: object };
  }

  #list(path: string, prefix: string): Response {
    const root = `${path.replace(/\/$/, '')}/`;
    const contents = [...this.objects]
      .filter(([key]) => key.startsWith(root + prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([key, { length }]) =>
          `<Contents><Key>${key.slice(root.length)}</Key><Size>${length}</Size></Contents>`,
      );
    return xml(
      200,
      `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
    );
  }
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
