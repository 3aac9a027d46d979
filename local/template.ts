/** A synthesized CloudFormation template, as far as the local runner reads it. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are as many shapes as there are resource types
  readonly Properties?: any;
}

/** What stands in for the account that the template would be deployed to. */
export const PLACE = { account: '000000000000', region: 'us-east-1', partition: 'aws' } as const;

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': PLACE.account,
  'AWS::Region': PLACE.region,
  'AWS::Partition': PLACE.partition,
  'AWS::URLSuffix': 'amazonaws.com',
};

const arn = (service: string, resource: string) =>
  `arn:${PLACE.partition}:${service}:${PLACE.region}:${PLACE.account}:${resource}`;

/** Per type: what `Ref` gives for a logical id (or the name of a state machine), and the ARN that `Fn::GetAtt Arn` gives. */
const IDENTITIES: Readonly<Record<string, { ref: (id: string) => string; arn: (id: string) => string }>> = {
  'AWS::CloudWatch::Alarm': { ref: (id) => id, arn: (id) => arn('cloudwatch', `alarm:${id}`) },
  'AWS::DynamoDB::Table': { ref: (id) => id, arn: (id) => arn('dynamodb', `table/${id}`) },
  'AWS::Events::EventBus': { ref: (id) => id, arn: (id) => arn('events', `event-bus/${id}`) },
  'AWS::Events::Rule': { ref: (id) => id, arn: (id) => arn('events', `rule/${id}`) },
  'AWS::IAM::Role': {
    ref: (id) => id,
    arn: (id) => `arn:${PLACE.partition}:iam::${PLACE.account}:role/${id}`,
  },
  'AWS::KMS::Key': { ref: (id) => id, arn: (id) => arn('kms', `key/${id}`) },
  'AWS::Lambda::Function': { ref: (id) => id, arn: (id) => arn('lambda', `function:${id}`) },
  'AWS::Logs::LogGroup': { ref: (id) => id, arn: (id) => arn('logs', `log-group:${id}:*`) },
  'AWS::SNS::Topic': { ref: (id) => arn('sns', id), arn: (id) => arn('sns', id) },
  'AWS::SQS::Queue': { ref: (id) => id, arn: (id) => arn('sqs', id) },
  'AWS::StepFunctions::StateMachine': {
    ref: (id) => arn('states', `stateMachine:${id}`),
    arn: (id) => arn('states', `stateMachine:${id}`),
  },
};

/** The last part of an ARN that this module made. */
export function nameOf(resourceArn: string): string {
  return resourceArn.split(/[:/]/).at(-1) ?? resourceArn;
}

/** The resources of one type, with their intrinsic functions resolved; the caller knows the shape of their properties. */
export function resourcesOf<Properties>(
  template: Template,
  type: string,
): { id: string; arn: string; properties: Properties }[] {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({
      id,
      arn: IDENTITIES[type]?.arn(physicalName(template, id)) ?? '',
      properties: resolve(template, resource.Properties ?? {}) as Properties,
    }));
}

/**
 * Resolves the intrinsic functions that the template uses.
 * @throws Error for any other: what cannot be resolved must not run as something else.
 */
export function resolve(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => resolve(template, entry));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined || !(name === 'Ref' || name.startsWith('Fn::'))) {
    return Object.fromEntries(entries.map(([key, entry]) => [key, resolve(template, entry)]));
  }
  switch (name) {
    case 'Ref':
      return (
        PSEUDO_PARAMETERS[argument] ?? identity(template, argument).ref(physicalName(template, argument))
      );
    case 'Fn::GetAtt':
      return attribute(template, argument);
    case 'Fn::Join':
      return (resolve(template, argument[1]) as string[]).join(argument[0]);
    case 'Fn::Sub':
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, key) => String(resolve(template, { Ref: key })));
    case 'Fn::Split':
      return (resolve(template, argument[1]) as string).split(argument[0]);
    case 'Fn::Select':
      return (resolve(template, argument[1]) as unknown[])[Number(argument[0])];
    default:
      throw new Error(`the local runner does not know ${name}`);
  }
}

function attribute(template: Template, [id, name]: [string, string]): string {
  const { ref, arn: arnOf } = identity(template, id);
  switch (name) {
    case 'Arn':
    case 'TopicArn':
      return arnOf(physicalName(template, id));
    case 'Name':
    case 'QueueName':
    case 'TopicName':
      // Of topics and state machines, `Ref` is the ARN.
      return nameOf(ref(physicalName(template, id)));
    default:
      throw new Error(
        `the local runner does not know the attribute ${name} of ${template.Resources[id]?.Type}`,
      );
  }
}

/** The logical id serves as the name, but for state machines: policies name those of theirs. */
function physicalName(template: Template, id: string): string {
  return template.Resources[id]?.Properties?.StateMachineName ?? id;
}

function identity(template: Template, id: string) {
  const type = template.Resources[id]?.Type ?? 'a missing resource';
  const known = IDENTITIES[type];
  if (!known) throw new Error(`the local runner cannot refer to ${type} '${id}'`);
  return known;
}
