import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
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
