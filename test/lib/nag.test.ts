import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { App, CfnResource, Duration, Stack, Validations } from 'aws-cdk-lib';
import { BackupPlan } from 'aws-cdk-lib/aws-backup';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NagPack,
  NIST80053R5Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { DicomImportWatcherStack, type DicomImportWatcherStackProps } from '../../lib/index.ts';

function app(props: (stack: Stack) => Partial<DicomImportWatcherStackProps> = () => ({})): App {
  const app = new App();
  const { watcher } = new DicomImportWatcherStack(app, 'Watch', {
    outputBuckets: ['import-output'],
    ...props(new Stack(app, 'Other')),
  });
  watcher.addQueue('pacs');
  return app;
}

/** The app as it is without settings, and with everything turned on that can be. */
const defaults = app();
const everything = app((other) => ({
  outputBuckets: [
    {
      name: 'import-output',
      prefix: 'imports/',
      keyArn: 'arn:aws:kms:us-east-1:111122223333:key/0123abcd-0123-abcd-0123-0123456789ab',
    },
  ],
  emails: ['radiology@hospital.example'],
  alarmEmails: ['on-call@hospital.example'],
  queues: ['archive', { name: 'orders.fifo', messageGroupId: 'imports' }],
  chat: true,
  archiveFor: Duration.days(30),
  cloudTrailTrigger: true,
  vpc: Vpc.fromVpcAttributes(other, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['us-east-1a'],
    privateSubnetIds: ['subnet-1'],
  }),
  backupPlan: BackupPlan.fromBackupPlanId(other, 'Plan', 'plan'),
}));

/** What the packs find: `<resource> | <rule>`. */
function findings(of: App): string[] {
  const packs = [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, ServerlessChecks];
  return packs
    .flatMap((Pack) => new Pack(of).validateScope(of).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${constructPath} | ${ruleName}`),
    )
    .sort();
}

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

/** What cdk-nag asks before it tells of a finding. */
interface Private {
  isAcknowledged(): boolean;
}

afterEach(() => {
  jest.restoreAllMocks();
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
    jest.spyOn(NagPack.prototype as unknown as Private, 'isAcknowledged').mockReturnValue(false);
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
