import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Duration, type StackProps } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DicomImportWatcherStackProps } from '../../lib/index.ts';
import { definitionOf, VARIANTS } from '../../scripts/definition.ts';
import { recordDefinitions } from '../../scripts/record-definition.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-definitions-'));
  said = [];
  vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation((text) => said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const record = (changelog: string) =>
  recordDefinitions('1.2.0', changelog, pathToFileURL(join(folder, '1.2.0/')));

describe('the definitions of a version', () => {
  test.each([
    '## Unreleased\n\n- 1.2.0 is next\n',
    '## 1.2.0-beta\n',
    '## 1.2.01\n',
    '## 11.2.0\n',
    '### 1.2.0\n',
    '',
  ])('are recorded where the changelog is %j', (changelog) => {
    expect(record(`# Changelog\n\n${changelog}`)).toBe(0);
    expect(said).toEqual([]);
    expect(readdirSync(join(folder, '1.2.0')).sort()).toEqual(['chat.json', 'default.json']);
    for (const [name, props] of Object.entries(VARIANTS)) {
      const text = readFileSync(join(folder, '1.2.0', `${name}.json`), 'utf8');
      expect(JSON.parse(text)).toEqual(definitionOf(props));
    }
  });

  test.each(['## 1.2.0', '## 1.2.0 (2026-03-04)', '## [1.2.0] - 2026-03-04', '## v1.2.0'])(
    'are not overwritten once the changelog says %j',
    (heading) => {
      expect(record(`# Changelog\n\n## Unreleased\n\n${heading}\n\n- more\n`)).toBe(1);
      expect(said).toEqual([
        'CHANGELOG.md calls 1.2.0 released, and executions may run on its definitions: raise the version in package.json.',
      ]);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});

test('no setting adds states but those whose definitions are recorded', () => {
  // What is placed elsewhere or made by others changes ARNs.
  type Elsewhere =
    | 'bus'
    | 'topic'
    | 'alarmTopic'
    | 'vpc'
    | 'vpcSubnets'
    | 'securityGroups'
    | 'backupPlan'
    | 'encryptionKeyArn';
  type Options = Omit<DicomImportWatcherStackProps, keyof StackProps | Elsewhere>;
  const all: Required<Options> = {
    outputBuckets: [{ name: 'output', prefix: 'imports/' }],
    queues: ['worklist'],
    datastoreIds: ['0123456789abcdef0123456789abcdef'],
    emails: ['radiology-it@hospital.example'],
    chat: true,
    chatEvery: 'verdict',
    emailsPerHour: 20,
    timeZone: 'UTC',
    archiveFor: Duration.days(30),
    schemaRegistry: true,
    disclosure: { inEvents: true, inEmails: true, manifestLinks: false },
    pollInterval: Duration.minutes(5),
    overdueAfter: Duration.hours(1),
    giveUpAfter: Duration.days(2),
    sweep: false,
    sweepInterval: Duration.hours(1),
    dashboard: false,
    alarmEmails: ['radiology-it@hospital.example'],
    runbookUrl: 'https://hospital.example/runbook',
    logLevel: 'DEBUG',
    logRetention: RetentionDays.ONE_WEEK,
  };
  const states = (props: Partial<DicomImportWatcherStackProps>) => Object.keys(definitionOf(props).States);
  expect(states(all).sort()).toEqual(states({ chat: true }).sort());
  expect(Object.values(VARIANTS)).toContainEqual({ chat: true });
});
