import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';

/** An event of the EventBridge schema registry, as the CDK's service spec ships it: the schema is that of `detail`. */
export interface PublishedEvent {
  readonly source: string;
  readonly detailType: string;
  /** The members of `detail`, by name. */
  readonly members: Readonly<Record<string, { readonly type: string; readonly required: boolean }>>;
}

/** All events of one source. */
export async function publishedEvents(source: string): Promise<PublishedEvent[]> {
  const spec = await loadAwsServiceSpec();
  return [...spec.all('event')]
    .filter((event) => event.source === source)
    .map((event) => ({
      source: event.source,
      detailType: event.detailType,
      members: Object.fromEntries(
        Object.entries(spec.get('eventTypeDefinition', event.rootProperty.$ref).properties).map(
          ([name, { type, required = false }]) => [name, { type: type.type, required }],
        ),
      ),
    }));
}

/** The JSON Schema of `detail`, which has the published members and no others. */
export function detailSchema({ members }: PublishedEvent): object {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(members).map(([name, { type }]) => [name, { type }])),
    required: Object.keys(members).filter((name) => members[name]?.required),
    additionalProperties: false,
  };
}

/** An event as a rule's target gets it, with the members that the schema requires: given ones, and some of the type. */
export function generated(event: PublishedEvent, given: Readonly<Record<string, unknown>> = {}) {
  const detail = Object.entries(event.members)
    .filter(([, { required }]) => required)
    .map(([name, { type }]) => [name, given[name] ?? sample(name, type)]);
  return {
    version: '0',
    id: '7cf0fb1c-8720-4d48-baa3-6eb97b35a10e',
    'detail-type': event.detailType,
    source: event.source,
    account: '111122223333',
    time: '2024-03-14T00:01:00Z',
    region: 'us-west-2',
    resources: [],
    detail: Object.fromEntries(detail),
  };
}

function sample(name: string, type: string): unknown {
  if (type === 'string') return `some-${name}`;
  if (type === 'integer') return 1;
  throw new Error(`the member ${name} has the type ${type}, which nobody here has seen yet`);
}
