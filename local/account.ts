import { createServer, type IncomingMessage } from 'node:http';
import { matches, parsePattern } from './event-pattern.ts';
import { listen } from './services.ts';
import { nameOf, resolve, resourcesOf, type Template } from './template.ts';

/** A subscription, of an email address if nothing else is said. Without an ARN it waits for its confirmation. */
export interface EmailSubscription {
  readonly topicArn: string;
  readonly address: string;
  /** @default 'email' */
  readonly protocol?: string;
  arn?: string;
  authenticated?: boolean;
  /** Not given: it gets everything. */
  filterPolicy?: unknown;
  filterPolicyScope?: string;
}

/**
 * What stands for CloudFormation, CloudWatch and the reads of EventBridge and SNS, which the local cloud does not have. A test
 * changes what they answer.
 */
export interface Account {
  readonly env: Readonly<Record<string, string>>;
  /** Names of rules that somebody disabled, and of those whose targets were taken away. */
  readonly disabledRules: Set<string>;
  readonly rulesWithoutTargets: Set<string>;
  readonly subscriptions: EmailSubscription[];
  /** Confirmation emails: the subscription of each token. */
  readonly tokens: Map<string, EmailSubscription>;
  /** By name of alarm; those that are not in it are OK. */
  readonly alarms: Map<string, { state?: string; actionsEnabled?: boolean; deleted?: boolean }>;
  /** Times (milliseconds) and values of each metric, by name. */
  readonly metrics: Map<string, readonly (readonly [at: number, value: number])[]>;
  /** Operations that are refused, as `sns:ListSubscriptionsByTopic`. */
  readonly denied: Set<string>;
  /** Seconds by which the clock of AWS is ahead. */
  clockAhead: number;
  /** When the stack was deployed last. */
  deployedAt: Date;
  /** Outputs of the stack, by name. */
  readonly outputs: Map<string, string>;
  /** The logical ids of a type. */
  idsOf(type: string): string[];
  /** As they came: `sns:ConfirmSubscription` with its parameters. */
  readonly calls: { readonly operation: string; readonly parameters: Record<string, unknown> }[];
  stop(): Promise<void>;
}

export const STACK = 'DicomImportWatcher';

// biome-ignore lint/suspicious/noExplicitAny: parameters are as many shapes as there are operations
type Parameters = Record<string, any>;
interface Request {
  readonly service: string;
  readonly operation: string;
  readonly parameters: Parameters;
  readonly protocol: 'query' | 'json';
}

/** @param services - where EventBridge and SNS are: what is not answered here goes on to them. */
export async function startAccount(
  template: Template & { readonly Outputs?: Record<string, { Value: unknown }> },
  services: { readonly eventBridge: string; readonly sns: string },
): Promise<Account> {
  const subscriptions: EmailSubscription[] = [];
  for (const { id, properties } of resourcesOf<{
    Protocol: string;
    Endpoint: string;
    TopicArn: string;
    FilterPolicy?: unknown;
  }>(template, 'AWS::SNS::Subscription')) {
    const { Protocol, Endpoint, TopicArn, FilterPolicy: filterPolicy } = properties;
    if (Protocol !== 'email') continue;
    const arn = `${TopicArn}:${id}`;
    subscriptions.push({ topicArn: TopicArn, address: Endpoint, arn, authenticated: true, filterPolicy });
  }
  const state = {
    disabledRules: new Set<string>(),
    rulesWithoutTargets: new Set<string>(),
    subscriptions,
    tokens: new Map<string, EmailSubscription>(),
    alarms: new Map(),
    metrics: new Map(),
    denied: new Set<string>(),
    clockAhead: 0,
    deployedAt: new Date('2026-01-02T00:00:00Z'),
    outputs: new Map(
      Object.entries(template.Outputs ?? {}).map(([name, { Value }]) => [
        name,
        String(resolve(template, Value)),
      ]),
    ),
    idsOf: (type: string) =>
      Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === type),
    calls: [] as Account['calls'],
  };
  const server = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray());
    const request = parse(incoming, body.toString('utf8'));
    const { operation, parameters, protocol } = request;
    const name = `${request.service}:${operation}`;
    state.calls.push({ operation: name, parameters });
    response.setHeader('date', new Date(Date.now() + state.clockAhead * 1000).toUTCString());
    try {
      if (state.denied.has(name)) throw refusal('AccessDenied', `not authorized to perform: ${name}`, 403);
      const answer = OPERATIONS[name]?.(template, state as Account, parameters, services.sns);
      if (answer === undefined) {
        const endpoint = request.service === 'sns' ? services.sns : services.eventBridge;
        const headers = Object.entries(incoming.headers).filter(([key]) =>
          /^(content-type|x-amz-target)$/.test(key),
        );
        const forwarded = await fetch(endpoint, {
          method: 'POST',
          headers: headers as [string, string][],
          body,
        });
        response.writeHead(forwarded.status, { 'content-type': forwarded.headers.get('content-type') ?? '' });
        response.end(Buffer.from(await forwarded.arrayBuffer()));
      } else if (protocol === 'query') {
        const xml = `<${operation}Response><${operation}Result>${toXml(answer)}</${operation}Result></${operation}Response>`;
        response.writeHead(200, { 'content-type': 'text/xml' }).end(xml);
      } else {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
      }
    } catch (error) {
      const { name: code, message, status = 400 } = error as Error & { status?: number };
      const text =
        protocol === 'query'
          ? `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
          : JSON.stringify({ __type: code, message });
      response.writeHead(status).end(text);
    }
  });
  const { endpoint, stop } = await listen(server);
  const env = Object.fromEntries(
    ['CLOUDFORMATION', 'CLOUDWATCH', 'EVENTBRIDGE', 'SNS'].map((name) => [
      `AWS_ENDPOINT_URL_${name}`,
      endpoint,
    ]),
  );
  return Object.assign(state, { env, stop });
}

function parse({ headers }: IncomingMessage, body: string): Request {
  const target = headers['x-amz-target'];
  if (target === undefined) {
    const { Action = '', Version = '', ...parameters } = Object.fromEntries(new URLSearchParams(body));
    const service = Version === '2010-05-15' ? 'cloudformation' : 'sns';
    return { service, operation: Action, parameters, protocol: 'query' };
  }
  const [prefix = '', operation = ''] = String(target).split('.');
  const service = prefix === 'AWSEvents' ? 'events' : 'cloudwatch';
  return { service, operation, parameters: JSON.parse(body || '{}'), protocol: 'json' };
}

type Operation = (template: Template, account: Account, parameters: Parameters, sns: string) => unknown;

/** What each operation answers. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'cloudformation:DescribeStacks': (_, { outputs, deployedAt }, { StackName }) => {
    if (StackName !== STACK) throw refusal('ValidationError', `Stack with id ${StackName} does not exist`);
    const Outputs = [...outputs].map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
    return {
      Stacks: [
        {
          StackName,
          StackStatus: 'UPDATE_COMPLETE',
          CreationTime: '2026-01-01T00:00:00Z',
          LastUpdatedTime: deployedAt.toISOString(),
          Outputs,
        },
      ],
    };
  },
  // In two pages.
  'cloudformation:ListStackResources': (template, _, { NextToken }) => {
    const all = Object.entries(template.Resources).map(([LogicalResourceId, { Type }]) => ({
      LogicalResourceId,
      ResourceType: Type,
      PhysicalResourceId: physicalId(template, LogicalResourceId, Type),
      ResourceStatus: 'CREATE_COMPLETE',
      LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
    }));
    const middle = Math.ceil(all.length / 2);
    return NextToken
      ? { StackResourceSummaries: all.slice(middle) }
      : { StackResourceSummaries: all.slice(0, middle), NextToken: 'more' };
  },
  'events:DescribeRule': (template, { disabledRules }, { Name }) => {
    const { EventPattern, ScheduleExpression, State } = template.Resources[Name]?.Properties ?? {};
    return {
      Name,
      State: disabledRules.has(Name) ? 'DISABLED' : State,
      ...(EventPattern && { EventPattern: JSON.stringify(resolve(template, EventPattern)) }),
      ...(ScheduleExpression && { ScheduleExpression }),
    };
  },
  // In two pages.
  'events:ListRules': (template, { disabledRules }, { EventBusName, NextToken }) => {
    const all = resourcesOf<{ EventBusName?: string; EventPattern?: unknown; State: string }>(
      template,
      'AWS::Events::Rule',
    )
      .filter(({ properties }) => nameOf(properties.EventBusName ?? 'default') === nameOf(EventBusName))
      .map(({ id, properties: { EventPattern, State } }) => ({
        Name: id,
        State: disabledRules.has(id) ? 'DISABLED' : State,
        ...(EventPattern !== undefined && { EventPattern: JSON.stringify(EventPattern) }),
      }));
    const middle = Math.ceil(all.length / 2);
    return NextToken ? { Rules: all.slice(middle) } : { Rules: all.slice(0, middle), NextToken: 'more' };
  },
  'events:TestEventPattern': (_template, _account, { EventPattern, Event }) => ({
    Result: matches(parsePattern(JSON.parse(EventPattern)), JSON.parse(Event)),
  }),
  'events:ListTargetsByRule': (template, { rulesWithoutTargets }, { Rule }) => ({
    Targets: rulesWithoutTargets.has(Rule)
      ? []
      : resolve(template, template.Resources[Rule]?.Properties.Targets ?? []),
  }),
  'sns:ListSubscriptionsByTopic': (_, { subscriptions }, { TopicArn }) => ({
    Subscriptions: subscriptions
      .filter(({ topicArn }) => topicArn === TopicArn)
      .map(({ topicArn, address, protocol = 'email', arn = 'PendingConfirmation' }) => ({
        TopicArn: topicArn,
        Protocol: protocol,
        SubscriptionArn: arn,
        Endpoint: address,
      })),
  }),
  'sns:GetSubscriptionAttributes': (_, { subscriptions }, { SubscriptionArn }) => {
    const found = subscriptions.find(({ arn }) => arn === SubscriptionArn);
    if (!found) throw refusal('NotFound', 'Subscription does not exist', 404);
    const { authenticated, filterPolicy, filterPolicyScope } = found;
    const attributes = {
      ConfirmationWasAuthenticated: authenticated,
      FilterPolicy: filterPolicy === undefined ? undefined : JSON.stringify(filterPolicy),
      FilterPolicyScope: filterPolicyScope,
    };
    const entry = Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [{ key, value }],
    );
    return { Attributes: { entry } };
  },
  'sns:ConfirmSubscription': (_, { tokens }, { Token, TopicArn, AuthenticateOnUnsubscribe }) => {
    const subscription = tokens.get(Token);
    if (subscription?.topicArn !== TopicArn) throw refusal('InvalidParameter', 'Invalid parameter: Token');
    if (subscription && subscription.arn === undefined) {
      subscription.arn = `${TopicArn}:${Token}`;
      subscription.authenticated = AuthenticateOnUnsubscribe === 'true';
    }
    return { SubscriptionArn: subscription?.arn };
  },
  'cloudwatch:DescribeAlarms': (template, { alarms }, { AlarmNames }) => ({
    MetricAlarms: resourcesOf<{ AlarmName: string; AlarmDescription: string }>(
      template,
      'AWS::CloudWatch::Alarm',
    )
      .map(({ properties }) => properties)
      .filter(({ AlarmName }) => AlarmNames.includes(AlarmName) && !alarms.get(AlarmName)?.deleted)
      .map(({ AlarmName, AlarmDescription }) => ({
        AlarmName,
        AlarmDescription,
        StateValue: alarms.get(AlarmName)?.state ?? 'OK',
        ActionsEnabled: alarms.get(AlarmName)?.actionsEnabled ?? true,
      })),
  }),
  'cloudwatch:GetMetricData': (_, { metrics }, { MetricDataQueries, StartTime }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }: Parameters) => {
      const { MetricName, Dimensions } = MetricStat.Metric;
      const outcome = Dimensions.find(({ Name }: Parameters) => Name === 'outcome')?.Value;
      const data = (metrics.get(outcome ? `${MetricName} ${outcome}` : MetricName) ?? []).filter(
        ([at]) => at >= StartTime * 1000,
      );
      return { Id, Timestamps: data.map(([at]) => at / 1000), Values: data.map(([, value]) => value) };
    }),
  }),
};

function physicalId(template: Template, id: string, type: string): string {
  if (type === 'AWS::SQS::Queue') return `http://sqs.us-east-1.localhost/000000000000/${id}`;
  if (type === 'AWS::CloudWatch::Alarm') return template.Resources[id]?.Properties.AlarmName;
  try {
    return String(resolve(template, { Ref: id }));
  } catch {
    return id;
  }
}

/** XML as the query protocol has it: an array is a list of members, unless it is one of entries. */
function toXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `<member>${toXml(each)}</member>`).join('');
  if (typeof value !== 'object' || value === null) {
    return String(value).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  }
  return Object.entries(value)
    .flatMap(([key, each]) =>
      key === 'entry' ? (each as unknown[]).map((one) => [key, one] as const) : [[key, each] as const],
    )
    .map(([key, each]) => `<${key}>${toXml(each)}</${key}>`)
    .join('');
}

function refusal(name: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), { name, status });
}
