import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, JsonPath, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, ImportDicom } from '../../lib/index.ts';

const ACCOUNT = '111122223333';
/** What `cdk init` sets in new apps: the partition as text where the region is known. */
const LITERAL = { '@aws-cdk/core:enablePartitionLiterals': true };

/** All that the constructs can make, with subscribers and a pipeline. */
function everything(region?: string, context = {}): Stack {
  const stack = new Stack(new App({ context }), 'All', region ? { env: { region, account: ACCOUNT } } : {});
  const watcher = new DicomImportWatcher(stack, 'Watcher', {
    outputBuckets: [Bucket.fromBucketName(stack, 'Output', 'import-output')],
    emails: ['it@hospital.example'],
    alarmEmails: ['it@hospital.example'],
    archiveFor: Duration.days(1),
    chat: true,
    schemaRegistry: true,
  });
  watcher.addQueue('worklist');
  watcher.addTopic('imports');
  const role = Role.fromRoleName(stack, 'Access', 'healthimaging-import');
  watcher.grantRead(role);
  watcher.grantStartWatch(role);
  const imported = new ImportDicom(stack, 'Import', {
    watcher,
    datastoreId: '1'.repeat(32),
    inputS3Uri: JsonPath.stringAt('$.input'),
    outputS3Uri: 's3://import-output/',
    dataAccessRole: role,
  });
  new StateMachine(stack, 'Pipeline', { definitionBody: DefinitionBody.fromChainable(imported) });
  return stack;
}

const templateOf = (stack: Stack) => JSON.stringify(Template.fromStack(stack).toJSON());
const partitionsIn = (template: string) => [
  ...new Set([...template.matchAll(/arn:([a-z-]+):/g)].map(([, partition]) => partition)),
];

test('where the region is not known, no ARN names a partition', () => {
  const template = templateOf(everything());
  expect(partitionsIn(template)).toEqual([]);
  expect(template.match(/AWS::Partition/g)?.length).toBeGreaterThan(20);
});

describe.each([
  ['aws', 'eu-west-1', 'console.aws.amazon.com', 'amazonaws.com'],
  ['aws-us-gov', 'us-gov-west-1', 'console.amazonaws-us-gov.com', 'amazonaws.com'],
  ['aws-cn', 'cn-north-1', 'console.amazonaws.cn', 'amazonaws.com.cn'],
])('in %s', (partition, region, host, suffix) => {
  test('no ARN names a partition by itself', () => {
    expect(partitionsIn(templateOf(everything(region)))).toEqual([]);
  });

  test('ARNs name this partition where the app wants it as text', () => {
    expect(partitionsIn(templateOf(everything(region, LITERAL)))).toEqual([partition]);
  });

  test('alarms and the dashboard link to its console', () => {
    const hosts = templateOf(everything(region)).match(/https:\/\/[a-z0-9-]+\.console\.[a-z.-]+/g);
    expect(hosts?.length).toBeGreaterThan(10);
    expect([...new Set(hosts)]).toEqual([`https://${region}.${host}`]);
  });

  test('the key may be used through its services', () => {
    const text = Template.fromStack(everything(region)).toJSON();
    const services = [...JSON.stringify(text).matchAll(/"kms:ViaService":(\[?.*?)[\]}]/g)].map(
      ([, via]) => via,
    );
    expect(services.length).toBeGreaterThan(5);
    for (const via of services)
      expect(via).toMatch(new RegExp(`${region}\\.(${suffix}"|",\\{"Ref":"AWS::URLSuffix")`));
  });
});

describe('a region without HealthImaging', () => {
  const warnings = (region?: string) =>
    Annotations.fromStack(everything(region)).findWarning('*', Match.stringLikeRegexp('HealthImaging is in'));

  test('is warned of, and synthesizes: AWS may have come to it since', () => {
    expect(warnings('eu-central-1').map(({ entry }) => entry.data)).toEqual([
      'HealthImaging is in us-east-1, us-west-2, ap-southeast-2, eu-west-1, eu-west-2: in eu-central-1 there may be nothing to watch [ack: dicom-import-watcher:region]',
    ]);
  });

  test.each(['us-east-1', undefined])('is not %s', (region) => {
    expect(warnings(region)).toEqual([]);
  });
});
