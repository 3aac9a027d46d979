import type { Template } from '../../../local/template.ts';

/** A resource of a template, with all that is known only at deployment written as long as it gets. */
interface Sized {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are as many shapes as there are resource types
  readonly properties: any;
}

/** What is too large: what, how large, and how large it may be. */
type Check = (
  resource: Sized,
  all: (type: string) => Sized[],
) => [what: string, size: number, limit: number][];

const size = (value: unknown) =>
  Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value ?? ''));
const list = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The limits that text of a template can pass without a word from CDK, cfn-lint or cdk-nag, by resource type. */
const CHECKS: Readonly<Record<string, Check>> = {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  'AWS::IAM::ManagedPolicy': ({ properties }) => [['characters', size(properties.PolicyDocument), 6_144]],
  'AWS::IAM::Role': ({ id, properties }, all) => {
    const of = (type: string) => all(type).filter((each) => list(each.properties.Roles).includes(nameOf(id)));
    const inline = [...list(properties.Policies), ...of('AWS::IAM::Policy').map((each) => each.properties)];
    const documents = inline.map((each) => size((each as { PolicyDocument: unknown }).PolicyDocument));
    const managed = of('AWS::IAM::ManagedPolicy').length + list(properties.ManagedPolicyArns).length;
    return [
      ['characters of inline policies', sum(documents), 10_240],
      ['managed policies', managed, 10],
      ['characters of the trust policy', size(properties.AssumeRolePolicyDocument), 2_048],
    ];
  },
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  'AWS::Events::Rule': ({ properties }) => [
    ['characters of the pattern', size(properties.EventPattern), 2_048],
    ['characters of the name', size(properties.Name), 64],
    ['targets', list(properties.Targets).length, 5],
    ...(list(properties.Targets) as { Input?: unknown }[]).map(({ Input }): [string, number, number] => [
      'characters of the input',
      size(Input),
      8_192,
    ]),
  ],
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
  'AWS::SQS::QueuePolicy': ({ properties: { PolicyDocument } }) => [
    ['statements', list(PolicyDocument.Statement).length, 20],
    ['bytes', size(PolicyDocument), 8_192],
  ],
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  'AWS::Lambda::Function': ({ properties: { Environment } }) => [
    [
      'bytes of the environment',
      sum(Object.entries(Environment?.Variables ?? {}).map(([key, value]) => size(key) + size(value))),
      4_096,
    ],
  ],
  // https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
  'AWS::SNS::Subscription': ({ properties: { FilterPolicy = {} } }) => [
    ['keys of the filter', Object.keys(FilterPolicy).length, 5],
    [
      'combinations of the filter',
      Object.values(FilterPolicy).reduce<number>((all, of) => all * list(of).length, 1),
      150,
    ],
    ['bytes of the filter', size(FilterPolicy), 256_000],
  ],
  'AWS::SNS::TopicPolicy': ({ properties }) => [['bytes', size(properties.PolicyDocument), 30_720]],
  // https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
  'AWS::KMS::Key': ({ properties }) => [['bytes of the policy', size(properties.KeyPolicy), 32_768]],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
  'AWS::CloudWatch::Alarm': ({ properties }) => [
    ['metrics', list(properties.Metrics).length, 10],
    ['characters of the name', size(properties.AlarmName), 255],
    ['characters of the description', size(properties.AlarmDescription), 1_024],
  ],
  'AWS::CloudWatch::Dashboard': ({ properties }) => {
    const { widgets } = JSON.parse(properties.DashboardBody);
    const alarms = widgets.map(
      (widget: { properties: { alarms?: unknown[] } }) => widget.properties.alarms?.length ?? 0,
    );
    return [
      ['widgets', widgets.length, 500],
      ['alarms of a widget', Math.max(...alarms), 100],
    ];
  },
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  'AWS::StepFunctions::StateMachine': ({ properties }) => [
    ['bytes of the definition', size(properties.DefinitionString), 1_048_576],
    ['characters of the name', size(properties.StateMachineName), 80],
  ],
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;

/** Each limit of AWS that a template passes, in words. */
export function passedLimits({ Resources }: Template): string[] {
  const sized = Object.entries(Resources).map(([id, { Type, Properties = {} }]) => ({
    type: Type,
    id,
    properties: longest(Properties) as Sized['properties'],
  }));
  const all = (type: string) => sized.filter((each) => each.type === type);
  const passed = sized.flatMap((resource) =>
    (CHECKS[resource.type]?.(resource, all) ?? [])
      .filter(([, count, limit]) => count > limit)
      .map(([what, count, limit]) => `${resource.id}: ${count} ${what}, ${limit} allowed`),
  );
  if (sized.length > MAX_RESOURCES) passed.push(`${sized.length} resources, ${MAX_RESOURCES} allowed`);
  return passed;
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': '111122223333',
  'AWS::Partition': 'aws-us-gov',
  'AWS::Region': 'ap-southeast-2',
  'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** As CloudFormation makes it of the names of a stack and a resource. */
function nameOf(id: string): string {
  return `Production-Imaging-Import-Watcher-${id}-0123456789AB`;
}

/** Everything that is known only at deployment as text. */
function longest(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(longest);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name = '', argument] = []] = entries;
  if (entries.length === 1) {
    if (name === 'Fn::Join') return (argument[1] as unknown[]).map(longest).join(argument[0]);
    if (name === 'Ref') return PSEUDO_PARAMETERS[argument] ?? nameOf(argument);
    if (name === 'Fn::GetAtt')
      return `arn:aws-us-gov:dynamodb:ap-southeast-2:111122223333:table/${nameOf(argument[0])}`;
    // What another stack exports: the id of a data store at least.
    if (name.startsWith('Fn::')) return '0'.repeat(32);
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, longest(each)]));
}
