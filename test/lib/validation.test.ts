import { App, CfnParameter, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import {
  DicomImportWatcher,
  DicomImportWatcherStack,
  type DicomImportWatcherStackProps,
} from '../../lib/index.ts';
import { Encryption } from '../../lib/private/encryption.ts';
import { HandlerFunction } from '../../lib/private/handler-function.ts';
import { roleOf } from '../../lib/private/permissions.ts';

const make = (props: Partial<DicomImportWatcherStackProps>) =>
  new DicomImportWatcherStack(new App(), 'Watch', { outputBuckets: ['import-output'], ...props });

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

const STORE = '0123456789abcdef0123456789abcdef';

describe('fails when', () => {
  const { seconds, minutes, hours, millis } = Duration;
  const token = () => Lazy.number({ produce: () => 3600 });
  const budget = (events: number, excess: number) =>
    `the checks would take ${events} history events before 'giveUpAfter', ${excess} more than the 12500 allowed: poll less often ('pollInterval') or give up sooner`;

  test.each<[string, Partial<DicomImportWatcherStackProps>, string]>([
    [
      'outputBuckets is empty',
      { outputBuckets: [] },
      "'outputBuckets' must name at least one bucket, got none",
    ],
    [
      'outputBuckets holds an ARN',
      { outputBuckets: ['good-bucket', 'arn:aws:s3:::bad'] },
      "each of 'outputBuckets' must be a bucket name, got 'arn:aws:s3:::bad'",
    ],
    [
      'outputBuckets holds capitals',
      { outputBuckets: ['Bucket'] },
      "each of 'outputBuckets' must be a bucket name, got 'Bucket'",
    ],
    [
      'outputBuckets holds two letters',
      { outputBuckets: ['ab'] },
      "each of 'outputBuckets' must be a bucket name, got 'ab'",
    ],
    [
      'outputBuckets holds one twice',
      { outputBuckets: ['one', 'two', 'one'] },
      "each of 'outputBuckets' must be there once, got 'one' twice",
    ],
    [
      'outputBuckets holds one twice with the same prefix',
      { outputBuckets: ['one', { name: 'one', prefix: 'a/' }, { name: 'one', prefix: 'a/' }] },
      "each of 'outputBuckets' must be there once, got 'one/a/' twice",
    ],
    [
      'datastoreIds is empty',
      { datastoreIds: [] },
      "'datastoreIds' must name at least one data store or be left out, got none",
    ],
    [
      'datastoreIds holds something else',
      { datastoreIds: [STORE, STORE.toUpperCase()] },
      `each of 'datastoreIds' must be 32 characters of 0-9 and a-z, got '${STORE.toUpperCase()}'`,
    ],
    [
      'datastoreIds holds one twice',
      { datastoreIds: [STORE, STORE] },
      `each of 'datastoreIds' must be there once, got '${STORE}' twice`,
    ],
    [
      'emails holds one without @',
      { emails: ['it@hospital.example', 'hospital.example'] },
      "each of 'emails' must be an email address, got 'hospital.example'",
    ],
    [
      'emails holds JSON, as a text of the command line',
      { emails: ['[{"adress":"it@hospital.example"}]'] },
      `each of 'emails' must be an email address, got '[{"adress":"it@hospital.example"}]'`,
    ],
    [
      'emails holds one twice',
      { emails: ['it@hospital.example', 'it@hospital.example'] },
      "each subscriber must be added once, got 'it@hospital.example' twice",
    ],
    [
      'overdueAfter is as long as giveUpAfter',
      { overdueAfter: hours(2), giveUpAfter: hours(2) },
      "'overdueAfter' must be shorter than 'giveUpAfter', got 7200 s and 7200 s",
    ],
    [
      'overdueAfter is too short',
      { overdueAfter: seconds(59) },
      "'overdueAfter' must be a whole number of seconds from 60 to 7776000, got 59",
    ],
    [
      'overdueAfter is longer than giveUpAfter',
      { overdueAfter: seconds(7201), giveUpAfter: hours(2) },
      "'overdueAfter' must be shorter than 'giveUpAfter', got 7201 s and 7200 s",
    ],
    [
      'overdueAfter is no whole number of seconds',
      { overdueAfter: millis(60_500) },
      "'overdueAfter' must be a whole number of seconds from 60 to 7776000, got 60.5",
    ],
    [
      'overdueAfter is known only at deployment',
      { overdueAfter: seconds(token()) },
      "'overdueAfter' must be known at synthesis, got a token",
    ],
    [
      'sweepInterval is no whole number of minutes',
      { sweepInterval: seconds(90) },
      "'sweepInterval' must be a whole number of minutes, got 90 s",
    ],
    [
      'sweepInterval is no whole number of seconds',
      { sweepInterval: millis(60_500) },
      "'sweepInterval' must be a whole number of seconds from 60 to 86400, got 60.5",
    ],
    [
      'sweepInterval is known only at deployment',
      { sweepInterval: minutes(token()) },
      "'sweepInterval' must be known at synthesis, got a token",
    ],
    [
      'sweepInterval is wrong though there is no sweep',
      { sweep: false, sweepInterval: seconds(61) },
      "'sweepInterval' must be a whole number of minutes, got 61 s",
    ],
    [
      'sweepInterval is too short',
      { sweepInterval: seconds(30) },
      "'sweepInterval' must be a whole number of seconds from 60 to 86400, got 30",
    ],
    [
      'sweepInterval is longer than a day',
      { sweepInterval: hours(25) },
      "'sweepInterval' must be a whole number of seconds from 60 to 86400, got 90000",
    ],
    [
      'giveUpAfter is too short',
      { giveUpAfter: seconds(3599) },
      "'giveUpAfter' must be a whole number of seconds from 3600 to 7776000, got 3599",
    ],
    [
      'giveUpAfter is too long',
      { giveUpAfter: seconds(90 * 24 * 3600 + 1) },
      "'giveUpAfter' must be a whole number of seconds from 3600 to 7776000, got 7776001",
    ],
    [
      'giveUpAfter is no whole number of seconds',
      { giveUpAfter: millis(3_600_500) },
      "'giveUpAfter' must be a whole number of seconds from 3600 to 7776000, got 3600.5",
    ],
    [
      'giveUpAfter is known only at deployment',
      { giveUpAfter: seconds(token()) },
      "'giveUpAfter' must be known at synthesis, got a token",
    ],
    [
      'pollInterval is zero',
      { pollInterval: seconds(0) },
      "'pollInterval' must be a whole number of seconds from 1 to 86400, got 0",
    ],
    [
      'pollInterval is no whole number of seconds',
      { pollInterval: millis(1500) },
      "'pollInterval' must be a whole number of seconds from 1 to 86400, got 1.5",
    ],
    [
      'pollInterval is longer than a day',
      { pollInterval: hours(25) },
      "'pollInterval' must be a whole number of seconds from 1 to 86400, got 90000",
    ],
    [
      'pollInterval is known only at deployment',
      { pollInterval: seconds(token()) },
      "'pollInterval' must be known at synthesis, got a token",
    ],
    [
      'the checks would take more than their half of the history',
      { pollInterval: seconds(30) },
      // A wait of 23 s in the phase with the shortest waits, 7 days long, and the last check.
      budget((26_296 + 1) * 13 + 37, (26_296 + 1) * 13 + 37 - 12500),
    ],
    [
      'giveUpAfter is a little too late for the checks',
      { pollInterval: minutes(15), giveUpAfter: minutes(719 * 15) },
      budget(960 * 13 + 37, 17),
    ],
    [
      'logLevel is none',
      { logLevel: 'LOUD' as never },
      "'logLevel' must be one of DEBUG, INFO, WARN, ERROR, got 'LOUD'",
    ],
    [
      'alarmEmails holds one without @',
      { alarmEmails: ['hospital.example'] },
      "each of 'alarmEmails' must be an email address, got 'hospital.example'",
    ],
    [
      'alarmEmails holds one twice',
      { alarmEmails: ['it@hospital.example', 'it@hospital.example'] },
      "each of 'alarmEmails' must be there once, got 'it@hospital.example' twice",
    ],
    [
      'encryptionKeyArn is the id of a key',
      { encryptionKeyArn: '0123abcd' },
      "'encryptionKeyArn' must be the ARN of a KMS key, got '0123abcd'",
    ],
    [
      'the key of an output bucket is an alias',
      { outputBuckets: [{ name: 'import-output', keyArn: 'alias/output' }] },
      "'outputBuckets.keyArn' must be the ARN of a KMS key, got 'alias/output'",
    ],
    [
      'a prefix has a wildcard',
      { outputBuckets: [{ name: 'import-output', prefix: 'imports/*' }] },
      "'outputBuckets.prefix' must be a prefix of keys without wildcards or a first slash, got 'imports/*'",
    ],
    [
      'a prefix begins with a slash',
      { outputBuckets: [{ name: 'import-output', prefix: '/imports/' }] },
      "'outputBuckets.prefix' must be a prefix of keys without wildcards or a first slash, got '/imports/'",
    ],
    ...(['outputBuckets', 'datastoreIds', 'emails', 'alarmEmails'] as const).map(
      (name): [string, Partial<DicomImportWatcherStackProps>, string] => [
        `${name} is a list that is known only at deployment`,
        { [name]: Fn.split(',', Fn.importValue('List')) },
        `'${name}' must be a list whose length is known at synthesis, got a token: name each entry, which may be a token`,
      ],
    ),
  ])('%s', (_, props, message) => {
    expect(messageOf(() => make(props))).toBe(message);
  });

  test('the construct gets no bucket', () => {
    const stack = new Stack(new App(), 'Watch');
    expect(messageOf(() => new DicomImportWatcher(stack, 'Watcher', { outputBuckets: [] }))).toBe(
      "'outputBuckets' must name at least one bucket, got none",
    );
  });

  test('a handler was not bundled', () => {
    const stack = new Stack(new App(), 'Watch');
    const props = {
      handler: 'no-such-handler',
      watcher: 'watcher',
      logLevel: 'INFO' as const,
      logRetention: RetentionDays.ONE_DAY,
      description: '',
      environment: {},
      timeout: seconds(1),
      memorySize: 128,
      deadLetterQueue: new Queue(stack, 'Queue'),
      encryption: new Encryption(stack, 'Encryption', {}),
      encrypted: [],
      onEvents: false,
    };
    expect(messageOf(() => new HandlerFunction(stack, 'Function', props))).toBe(
      "there is no bundle of 'no-such-handler', run 'npm run build' first",
    );
  });
});

test('fails when a function has no role', () => {
  expect(messageOf(() => roleOf({} as never))).toBe('a function has no role');
});

describe('passes', () => {
  test.each<[string, Partial<DicomImportWatcherStackProps>]>([
    [
      'a bucket with two prefixes',
      { outputBuckets: [{ name: 'one', prefix: 'a/' }, { name: 'one', prefix: 'b/' }, 'one-b'] },
    ],
    [
      'the shortest times',
      {
        overdueAfter: Duration.minutes(1),
        giveUpAfter: Duration.hours(1),
        sweepInterval: Duration.minutes(1),
        // The shortest that an hour has room for.
        pollInterval: Duration.seconds(5),
      },
    ],
    [
      'the longest times',
      {
        overdueAfter: Duration.seconds(90 * 24 * 3600 - 1),
        giveUpAfter: Duration.days(90),
        sweepInterval: Duration.days(1),
        pollInterval: Duration.days(1),
      },
    ],
    [
      'checks that just fit',
      // 957 waits of 675 s, the last check and the overdue notice: 12,491 of 12,500 history events.
      {
        giveUpAfter: Duration.seconds(957 * 675),
        pollInterval: Duration.minutes(15),
      },
    ],
    ['the longest and the shortest bucket name', { outputBuckets: ['a'.repeat(63), 'a.b'] }],
  ])('%s', (_, props) => {
    expect(() => make(props)).not.toThrow();
  });

  test('a bucket, a data store, an address, a key and a level that are known only at deployment', () => {
    const template = Template.fromStack(
      make({
        outputBuckets: [Lazy.string({ produce: () => 'Anything At All' }), Fn.importValue('Bucket')],
        datastoreIds: [Fn.importValue('Store')],
        emails: [Fn.importValue('Address')],
        alarmEmails: [Fn.importValue('AlarmAddress')],
        encryptionKeyArn: Fn.importValue('Key'),
        logLevel: Fn.importValue('Level') as 'INFO',
      }),
    );
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_LOG_LEVEL: { 'Fn::ImportValue': 'Level' } } },
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { datastoreId: [{ 'Fn::ImportValue': 'Store' }] } },
    });
    template.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: { 'Fn::ImportValue': 'Address' } });
    expect(JSON.stringify(template.toJSON())).toContain(':s3:::Anything At All/*-DicomImport-*');
  });

  test('a CloudFormation parameter of the same stack', () => {
    const stack = new Stack(new App(), 'Watch');
    const store = new CfnParameter(stack, 'Store').valueAsString;
    const email = new CfnParameter(stack, 'Email').valueAsString;
    new DicomImportWatcher(stack, 'Watcher', {
      outputBuckets: [new Bucket(stack, 'Output')],
      datastoreIds: [store],
      emails: [email],
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { datastoreId: [{ Ref: 'Store' }] } },
    });
    template.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: { Ref: 'Email' } });
  });
});
