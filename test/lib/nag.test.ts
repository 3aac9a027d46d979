import { readFileSync } from 'node:fs';
import { type App, CfnResource, Validations } from 'aws-cdk-lib';
import { NagPack } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { APPS } from '../../proof/verify/apps.ts';
import { findings } from '../../proof/verify/validators/nag.ts';

const defaults = APPS.defaults();
const everything = APPS.everything();

interface Acknowledged {
  readonly of: IConstruct;
  readonly rule: string;
  readonly reason: string;
}

function acknowledged(of: App): Acknowledged[] {
  return of.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) =>
        Object.entries(data as Record<string, string>).map(([rule, reason]) => ({
          of: construct,
          rule: rule.replace(/^Annotation::/, ''),
          reason,
        })),
      ),
  );
}

/** What cdk-nag asks before it reports a finding. */
interface Private {
  isAcknowledged(): boolean;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['the default app', defaults],
  ['an app with everything turned on', everything],
])('%s', (_, of) => {
  test('has no finding', () => {
    expect(findings(of)).toEqual([]);
  });

  test('acknowledges what would be found, nothing else, and each on one resource', () => {
    const all = acknowledged(of);
    expect(all.filter((each) => !CfnResource.isCfnResource(each.of))).toEqual([]);
    vi.spyOn(NagPack.prototype as unknown as Private, 'isAcknowledged').mockReturnValue(false);
    const found = findings(of);
    expect(found.length).toBeGreaterThan(20);
    const told = new Set(all.map(({ of: { node }, rule }) => `${node.path} | ${rule}`));
    expect(found).toEqual([...told].sort());
  });
});

test('docs/security.md lists what is acknowledged, with the reasons', () => {
  const security = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  const [, table = ''] = security.split('## What compliance rules find');
  const documented = [...table.matchAll(/^\| `(.+?)` +\| (.+?) +\| (.+?) +\|$/gm)].flatMap(
    ([, rule, resources = '', reason]) =>
      resources.split(', ').map((resource) => `${rule} | ${resource} | ${reason}`),
  );
  const told = [defaults, everything]
    .flatMap(acknowledged)
    .map(({ of: { node }, rule, reason }) => `${readable(rule)} | ${nameOf(node.path)} | ${reason}`);
  expect([...new Set(told)].sort()).toEqual(documented.sort());
});

/** A rule, for all of the names that ARNs have in the two apps. */
function readable(rule: string): string {
  return rule.replace(/arn:<AWS::Partition>:[\w-]*:(<AWS::Region>)?:(<AWS::AccountId>)?:/, '');
}

function nameOf(path: string): string {
  return path.replace(/^Watch\/Watcher\//, '').replace(/(\/(Service)?Role)?(\/Policy)?(\/Resource)+$/, '');
}
