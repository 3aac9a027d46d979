import { App, Duration, NestedStack, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher } from '../../lib/index.ts';
import { idOf, ruleName, rulePrefix, uniqueName } from '../../lib/private/names.ts';

/** The property that names a resource, by type: no two of an account and region can have the same. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::EventSchemas::Schema': 'SchemaName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};
/** Properties that look like names of the resource, and are none. */
const NO_NAMES = ['MetricName', 'DisplayName'];

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** The names of all that a template names, as CloudFormation makes them. Names that are left to it are unique. */
function namesOf(stack: Stack, region: string): string[] {
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
  return Object.values(Resources).flatMap(({ Type, Properties = {} }) => {
    const named = Object.keys(Properties).filter(
      (key) => /Name$|Alias/.test(key) && !NO_NAMES.includes(key) && !isReference(Properties[key]),
    );
    // A type that is named and not known here has to be looked at first.
    expect([Type, named]).toEqual([Type, named.length > 0 ? [NAMED_BY[Type]] : []]);
    // A schema is named within its registry, which is left to CloudFormation.
    const within =
      'RegistryName' in Properties ? ` of ${stack.stackName} ${JSON.stringify(Properties.RegistryName)}` : '';
    return named.map((key) => `${Type} ${textOf(Properties[key], region)}${within}`);
  });
}

function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('Ref' in value || 'Fn::GetAtt' in value);
}

/** @throws where a name is made of anything but text and the region. */
function textOf(value: unknown, region: string): string {
  const text = JSON.stringify(value).replaceAll('{"Ref":"AWS::Region"}', JSON.stringify(region));
  const { 'Fn::Join': [, parts] = ['', [text]] } = JSON.parse(text) as { 'Fn::Join'?: [string, unknown[]] };
  if (!parts.every((part) => typeof part === 'string')) throw new Error(`a name of another kind: ${text}`);
  return parts.join('');
}

function addWatcher(scope: Construct, id = 'Watcher'): void {
  const bucket = Bucket.fromBucketName(scope, `${id}Output`, 'import-output');
  new DicomImportWatcher(scope, id, {
    outputBuckets: [bucket],
    archiveFor: Duration.days(1),
    schemaRegistry: true,
  });
}

function stackOf(props: StackProps, id = 'Imaging', app = new App()): Stack {
  const stack = new Stack(app, id, props);
  addWatcher(stack);
  return stack;
}

function nestedIn(stackName: string): Stack {
  const nested = new NestedStack(new Stack(new App(), 'Imaging', { stackName }), 'Nested');
  addWatcher(nested);
  return nested;
}

test.each<[string, () => Stack[]]>([
  [
    'in one stack',
    () => {
      const stack = stackOf({});
      addWatcher(stack, 'Second');
      return [stack];
    },
  ],
  [
    'in two stacks of an app',
    () => {
      const app = new App();
      return [stackOf({}, 'Imaging', app), stackOf({}, 'Imaging2', app)];
    },
  ],
  [
    'in two stacks whose constructs have the same ids',
    () => [stackOf({ stackName: 'test' }), stackOf({ stackName: 'production' })],
  ],
  ['in nested stacks whose constructs have the same ids', () => [nestedIn('test'), nestedIn('production')]],
])('two watchers %s have no name in common', (_, make) => {
  const stacks = make();
  const names = stacks.flatMap((stack) => namesOf(stack, 'us-east-1'));
  // Of each watcher its alarms, schemas, rules, dashboard, bus, log group and state machine.
  expect(names).toHaveLength(2 * (14 + 3 + 4 + 1 + 1 + 1 + 1));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('a stack in two regions has no dashboard in common, the only names that regions share', () => {
  const dashboards = ['us-east-1', 'eu-west-1'].flatMap((region) =>
    namesOf(stackOf({}), region).filter((name) => name.startsWith('AWS::CloudWatch::Dashboard')),
  );
  expect(dashboards).toEqual([expect.stringMatching(/-us-east-1$/), expect.stringMatching(/-eu-west-1$/)]);
});

describe('ids that are written alike', () => {
  const long = 'x'.repeat(90);
  const PATHS = [
    ['my-app', 'Default'],
    ['myapp', 'Default'],
    ['my-app', 'Watcher'],
    ['my', 'app-Watcher'],
    ['my', 'app', 'Watcher'],
    ['my-app', 'Default', 'Watcher'],
    ['my-app', `${long}-one`],
    ['my-app', `${long}-two`],
  ] as const;

  test('make other names of watchers and of rules', () => {
    const watchers = PATHS.map(([stackName, ...ids]) =>
      ids.reduce<Construct>((scope, id) => new Construct(scope, id), new Stack(new App(), stackName)),
    );
    const names = watchers.map((watcher) => uniqueName(watcher, 80));
    expect(new Set(names).size).toBe(PATHS.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9]{5,72}[0-9A-F]{8}$/);
    const prefixes = watchers.map(rulePrefix);
    expect(new Set(prefixes).size).toBe(PATHS.length);
    for (const prefix of prefixes) expect(prefix).toMatch(/^[A-Za-z0-9]{5,32}[0-9A-F]{8}-$/);
  });

  test('of rules make other names, which EventBridge takes', () => {
    const names = [...PATHS, ['Failed!'], ['Failed'], ['Failed', 'Part2'], ['Failed-Part2']].map((ids) =>
      ruleName(`${'P'.repeat(40)}-`, ids),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^P{40}-[\w-]{1,23}$/);
  });

  test('make other constructs of resources that are passed in', () => {
    const app = new App();
    const resources = ['my-app', 'myapp'].map((id) => new Construct(new Stack(app, id), 'Default'));
    expect(new Set(resources.map(idOf)).size).toBe(2);
  });
});

test('names stay: another one would be another resource', () => {
  const names = namesOf(stackOf({ stackName: 'hospital' }), 'us-east-1').filter(
    (name) => !/Alarm|Schema/.test(name),
  );
  expect(names.map((name) => name.replaceAll('"', '')).sort()).toEqual([
    'AWS::CloudWatch::Dashboard hospitalWatcherFF82B6EF-us-east-1',
    'AWS::Events::EventBus hospitalWatcherFF82B6EF',
    'AWS::Events::Rule hospitalWatcherFF82B6EF-ImportEvents',
    'AWS::Events::Rule hospitalWatcherFF82B6EF-RunningSweepSchedule',
    'AWS::Events::Rule hospitalWatcherFF82B6EF-SweepSchedule',
    'AWS::Events::Rule hospitalWatcherFF82B6EF-WatchFailures',
    'AWS::Logs::LogGroup /aws/vendedlogs/states/hospitalWatcherFF82B6EF',
    'AWS::StepFunctions::StateMachine hospitalWatcherFF82B6EF',
  ]);
});
