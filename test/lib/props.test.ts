import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import type { DicomImportWatcherStackProps } from '../../lib/index.ts';
import { synthesize } from './synthesize.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync(['lib/*.ts', 'lib/pipeline/*.ts'], { cwd: root }).map((file) =>
  readFileSync(`${root}/${file}`, 'utf8'),
);

/** Each optional prop with the `@default` of its docstring. */
const documented = sources.flatMap((text) =>
  [...text.matchAll(/((?:^ +\/?\*.*\n)*)^ +readonly (\w+)\?:/gm)].map(([, comment = '', name = '']) => [
    name,
    comment.match(/@default (.+?)(?: \*\/)?$/m)?.[1],
  ]),
);

test('every optional prop says what it is by default', () => {
  const expected: Record<string, string> = {
    datastoreIds: '- every data store of the account in the region',
    emails: '- no email',
    bus: '- a bus of its own',
    topic: '- a topic of its own',
    chat: 'false',
    archiveFor: '- they are not kept',
    schemaRegistry: 'false',
    disclosure: '- links to the manifests, nothing else',
    pollInterval: '- 45 minutes, doubled with each check up to 4 hours; where `sweep` is false, 45 minutes',
    overdueAfter: '- 6 hours, or half of `giveUpAfter` where that is shorter',
    giveUpAfter: 'Duration.days(7)',
    logLevel: "'INFO'",
    logRetention: 'RetentionDays.THREE_MONTHS',
    alarmTopic: '- a topic of its own',
    alarmEmails: '- nobody gets an email about alarms',
    backupPlan: '- point-in-time recovery only',
    encryptionKey: '- a key of its own, rotated each year and kept when the stack goes',
    encryptionKeyArn: '- a key of its own, rotated each year and kept when the stack goes',
    prefix: '- nothing: the whole bucket',
    keyArn: '- none that needs a permission',
    vpc: '- in no VPC',
    vpcSubnets: '- the private ones',
    securityGroups: '- one of its own for each function, which lets nothing in',
    runbookUrl: '- alarms name the section of docs/runbook.md',
    dashboard: 'true',
    sweep: 'true',
    sweepInterval: 'Duration.minutes(15)',
    chatEvery: "'verdict'",
    every: "'verdict'",
    emailsPerHour: '20',
    timeZone: "'UTC'",
    queues: '- no queue',
    outcomes: '- all, and notices of overdue jobs and failed watches',
    messageGroupId: '- none, for a queue that is not FIFO',
    resultPath: "'$.dicomImport'",
    failOn: '- none: the next state can branch on the outcome',
    repairWithin: 'Duration.days(2)',
    jobName: '- none',
    inputOwnerAccountId: '- none: the bucket is of this account and region',
    importConfiguration: '- none',
    clientToken: '- of the execution, the data store, the input and the output',
    inEvents: 'false',
    inEmails: 'false',
    manifestLinks: 'true',
  };
  expect(documented.toSorted()).toEqual(
    [
      ...Object.entries(expected),
      // Members of two interfaces.
      ['datastoreIds', '- all that are watched'],
      ['prefix', expected.prefix],
    ].toSorted(),
  );
});

test('the time between two checks grows by default, and where the sweep finds ends', () => {
  const environmentOf = (props: Partial<DicomImportWatcherStackProps>) =>
    Object.values(synthesize(props).findResources('AWS::Lambda::Function')).flatMap(({ Properties }) =>
      Object.entries(Properties.Environment?.Variables ?? {}),
    );
  const longest = (props: Partial<DicomImportWatcherStackProps>) =>
    environmentOf(props).filter(([name]) => /POLL_INTERVAL/.test(name));
  expect(longest({})).toEqual([
    ['POLL_INTERVAL_SECONDS', '2700'],
    ['LONGEST_POLL_INTERVAL_SECONDS', '14400'],
  ]);
  expect(longest({ sweep: false })).toEqual([['POLL_INTERVAL_SECONDS', '2700']]);
  expect(longest({ pollInterval: Duration.minutes(45) })).toEqual([['POLL_INTERVAL_SECONDS', '2700']]);
});

test('the defaults are the documented ones', () => {
  const explicit = synthesize({
    overdueAfter: Duration.hours(6),
    giveUpAfter: Duration.days(7),
    sweep: true,
    sweepInterval: Duration.minutes(15),
    chatEvery: 'verdict',
    emailsPerHour: 20,
    timeZone: 'UTC',
    emails: [],
    queues: [],
    chat: false,
    schemaRegistry: false,
    disclosure: { inEvents: false, inEmails: false, manifestLinks: true },
  });
  expect(synthesize().toJSON()).toEqual(explicit.toJSON());
});
