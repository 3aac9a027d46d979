import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { readable, synthesize } from './synthesize.ts';

interface Policy {
  readonly Roles: readonly string[];
  readonly PolicyDocument: {
    readonly Statement: readonly {
      readonly Effect: string;
      readonly Action: string | readonly string[];
      readonly Resource: string | readonly string[];
    }[];
  };
}

/** Who may do what with what: a line for each action of each resource. */
function granted(template: Template): string[] {
  const rows = readable(template, 'AWS::IAM::ManagedPolicy').flatMap(
    ({ properties }: { properties: Policy }) =>
      properties.PolicyDocument.Statement.flatMap(({ Effect, Action, Resource }) =>
        [Action].flat().flatMap((action) =>
          [Resource].flat().map((resource) => {
            expect(Effect).toBe('Allow');
            const role = properties.Roles.join().replace(/^Watcher|(Service)?Role$/g, '');
            return `${role} | ${action} | ${resource.replace(/^arn:aws:[\w-]+:[\w-]*:\d*:/, '')}`;
          }),
        ),
      ),
  );
  return [...new Set(rows)].sort();
}

const security = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const documented = [...security.matchAll(/^\| (\w+) +\| `([\w-]+:\w+)` +\| `(.+?)` +\| (.+?) +\|$/gm)].map(
  ([, role, action, resource, why]) => ({ row: `${role} | ${action} | ${resource}`, resource, why }),
);

test('docs/security.md lists what each role may do, and nothing else', () => {
  expect(granted(synthesize())).toEqual(documented.map(({ row }) => row).sort());
});

test('a permission on everything has its reason', () => {
  const everything = documented.filter(({ resource }) => resource === '*');
  expect(everything.length).toBeGreaterThan(0);
  for (const { why } of everything) expect(why).toMatch(/no resource|AWS's own/);
});

test('no role has a managed policy', () => {
  const roles = readable(synthesize(), 'AWS::IAM::Role');
  expect(roles.flatMap(({ properties }) => properties.ManagedPolicyArns ?? [])).toEqual([]);
});

test('roles are assumed on behalf of this account only', () => {
  for (const { id, properties } of readable(synthesize(), 'AWS::IAM::Role')) {
    const [{ Condition }] = properties.AssumeRolePolicyDocument.Statement;
    const account = { 'aws:SourceAccount': '000000000000' };
    expect([id, Condition]).toEqual([
      id,
      id === 'WatcherWorkflowRole'
        ? {
            StringEquals: account,
            ArnLike: { 'aws:SourceArn': ['arn:aws:states:us-east-1:000000000000:stateMachine:WatchWatcher'] },
          }
        : { StringEqualsIfExists: account },
    ]);
  }
});

test('a check of a job has no use of the key through Step Functions, which it does not call', () => {
  const [policy] = readable(synthesize(), 'AWS::IAM::ManagedPolicy').filter(({ id }) =>
    id.includes('CheckImportJob'),
  );
  const statements = policy?.properties.PolicyDocument.Statement ?? [];
  const [use] = statements.filter(({ Action }: { Action: string | string[] }) =>
    [Action].flat().includes('kms:Decrypt'),
  );
  expect(use.Condition).toEqual({
    StringEquals: {
      'kms:ViaService': ['dynamodb.us-east-1.amazonaws.com', 'lambda.us-east-1.amazonaws.com'],
    },
  });
});

interface ResourceStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

test('resource policies let in services only, on behalf of this account', () => {
  const template = synthesize({
    emails: ['a@hospital.example'],
    queues: ['pacs'],
    archiveFor: Duration.days(1),
  });
  const policies = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key'].flatMap((type) =>
    readable(template, type).flatMap(({ id, properties }) =>
      (properties.PolicyDocument ?? properties.KeyPolicy).Statement.map((statement: ResourceStatement) => ({
        id,
        ...statement,
      })),
    ),
  );
  expect(policies.length).toBeGreaterThan(15);
  for (const { id, Sid, Effect, Principal, Condition = {} } of policies as ({
    id: string;
  } & ResourceStatement)[]) {
    if (Effect === 'Deny') continue;
    // The account itself, whose IAM decides.
    if (JSON.stringify(Principal) === '{"AWS":"arn:aws:iam::000000000000:root"}') continue;
    // It tells nothing but that there is a key.
    if (Sid === 'EventBridgeLooksAtKey') continue;
    expect([id, Object.keys(Principal as object)]).toEqual([id, ['Service']]);
    const values = Object.values(Condition).flatMap((each) => Object.values(each));
    expect([id, JSON.stringify(values)]).toEqual([id, expect.stringContaining('000000000000')]);
  }
  for (const { properties } of readable(template, 'AWS::Lambda::Permission')) {
    expect(properties).toMatchObject({
      Principal: 'events.amazonaws.com',
      SourceArn: expect.stringMatching(/^arn:aws:events:us-east-1:000000000000:rule\//),
    });
  }
  // Without a policy, a bus and a function are the account's alone.
  template.resourceCountIs('AWS::Events::EventBusPolicy', 0);
  template.resourceCountIs('AWS::Lambda::Url', 0);
});

test('each line of docs/threat-model.md names a test that there is', () => {
  const model = readFileSync(new URL('../../docs/threat-model.md', import.meta.url), 'utf8');
  const rows = [...model.matchAll(/^\| (?!somebody|---).*\|$/gm)].map(([row]) => row);
  const named = [...model.matchAll(/\| `(test\/.+?\.ts)`: (.+?) +\|$/gm)];
  expect(named).toHaveLength(rows.length - 1);
  for (const [, file = '', title = ''] of named) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect([file, title, source.includes(`'${title}'`)]).toEqual([file, title, true]);
  }
});
