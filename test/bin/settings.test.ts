import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../bin/settings.ts';

const read = readSettings;
const seconds = (duration: Duration | undefined) => duration?.toSeconds();

describe('settings', () => {
  test('one bucket is enough', () => {
    expect(read({ outputBuckets: 'import-output' })).toEqual({
      outputBuckets: ['import-output'],
    });
  });

  const all = {
    regions: ['eu-west-1'],
    outputBuckets: ['one', 'two'],
    datastoreIds: ['a', 'b'],
    emails: ['it@hospital.example', 'radiology@hospital.example'],
    queues: ['pacs', 'worklist'],
    chat: true,
    archiveFor: Duration.days(30),
    schemaRegistry: false,
    disclosure: { inEvents: true, inEmails: true, manifestLinks: false },
    overdueAfter: Duration.seconds(5400),
    giveUpAfter: Duration.seconds(172800),
    logLevel: 'WARN',
  };

  test('come as lists and numbers from cdk.json', () => {
    expect(
      read({
        regions: ['eu-west-1'],
        outputBuckets: ['one', 'two'],
        datastoreIds: ['a', 'b'],
        emails: ['it@hospital.example', 'radiology@hospital.example'],
        queues: ['pacs', 'worklist'],
        chat: true,
        archiveDays: 30,
        schemaRegistry: false,
        discloseInEvents: true,
        discloseInEmails: true,
        manifestLinks: false,
        overdueAfterHours: 1.5,
        giveUpAfterHours: 48,
        logLevel: 'WARN',
      }),
    ).toEqual(all);
  });

  test('emails and queues may say what they want', () => {
    const emails = [{ address: 'it@hospital.example', outcomes: ['FAILED'], datastoreIds: ['a'] }];
    const queues = [{ name: 'pacs.fifo', messageGroupId: 'imports', outcomes: ['SUCCEEDED'] }];
    expect(read({ outputBuckets: 'one', emails, queues })).toMatchObject({ emails, queues });
  });

  test('come as text from the command line', () => {
    expect(
      read({
        regions: 'eu-west-1',
        outputBuckets: 'one,two',
        datastoreIds: ' a, b ,',
        emails: 'it@hospital.example,radiology@hospital.example',
        queues: 'pacs, worklist',
        chat: 'true',
        archiveDays: '30',
        schemaRegistry: 'false',
        discloseInEvents: 'true',
        discloseInEmails: 'true',
        manifestLinks: 'false',
        overdueAfterHours: ' 1.5 ',
        giveUpAfterHours: '48',
        logLevel: 'WARN',
      }),
    ).toEqual(all);
  });

  test('hours need not be whole: they become whole seconds', () => {
    expect(seconds(read({ outputBuckets: 'one', overdueAfterHours: 1.1 }).overdueAfter)).toBe(3960);
    expect(seconds(read({ outputBuckets: 'one', giveUpAfterHours: '2160' }).giveUpAfter)).toBe(7_776_000);
  });

  test.each([
    ['true', true],
    ['false', false],
    [true, true],
    [false, false],
  ])('chat and schemaRegistry may be %j', (value, expected) => {
    expect(read({ outputBuckets: 'one', chat: value, schemaRegistry: value })).toEqual({
      outputBuckets: ['one'],
      chat: expected,
      schemaRegistry: expected,
    });
  });

  test.each(['aws:cdk:enable-path-metadata', '@aws-cdk/core:stackRelativeExports', 'team', 'vpcId', 'stage'])(
    'of others, such as %s, are left alone',
    (name) => {
      expect(read({ outputBuckets: 'one', [name]: 'x' })).toEqual({ outputBuckets: ['one'] });
    },
  );
});

const BUCKETS = 'names of buckets, or { "name", "prefix", "keyArn" }';

describe('fails when', () => {
  const bucket = { outputBuckets: 'one' };
  const wrong = (name: string, why: string, got: string) => `'${name}' ${why}, got ${got}`;
  test.each<[string, Record<string, unknown>, string]>([
    [
      'outputBuckets is missing',
      {},
      "'outputBuckets' is not set: set it in the context of cdk.json or with -c, for instance -c outputBuckets=my-import-output",
    ],
    [
      'outputBuckets is an empty text',
      { outputBuckets: ' , ' },
      wrong('outputBuckets', 'must name at least one bucket', '" , "'),
    ],
    [
      'outputBuckets is an empty list',
      { outputBuckets: [] },
      wrong('outputBuckets', 'must name at least one bucket', '[]'),
    ],
    [
      'outputBuckets is a number',
      { outputBuckets: 5 },
      wrong('outputBuckets', `must be a list of ${BUCKETS}`, '5'),
    ],
    [
      'outputBuckets holds a number',
      { outputBuckets: ['one', 5] },
      wrong('outputBuckets', `must be a list of ${BUCKETS}`, '["one",5]'),
    ],
    [
      'datastoreIds is an object',
      { ...bucket, datastoreIds: { a: 1 } },
      wrong('datastoreIds', 'must be a list of ids of data stores', '{"a":1}'),
    ],
    [
      'emails is true',
      { ...bucket, emails: true },
      wrong(
        'emails',
        'must be a list of addresses, or { "address", "outcomes", "datastoreIds", "every" }',
        'true',
      ),
    ],
    [
      'archiveDays is an empty text',
      { ...bucket, archiveDays: '' },
      wrong('archiveDays', 'must be a number of days, 1 to 3650', '""'),
    ],
    [
      'overdueAfterHours is null',
      { ...bucket, overdueAfterHours: null },
      wrong('overdueAfterHours', 'must be a number of hours, 0.02 to 2160', 'null'),
    ],
    [
      'giveUpAfterHours is negative',
      { ...bucket, giveUpAfterHours: '-1' },
      wrong('giveUpAfterHours', 'must be 1 to 2160', '"-1"'),
    ],
    [
      'overdueAfterHours is a word',
      { ...bucket, overdueAfterHours: 'late' },
      wrong('overdueAfterHours', 'must be a number of hours, 0.02 to 2160', '"late"'),
    ],
    ['chat is yes', { ...bucket, chat: 'yes' }, wrong('chat', 'must be true or false', '"yes"')],
    ['chat is in capitals', { ...bucket, chat: 'TRUE' }, wrong('chat', 'must be true or false', '"TRUE"')],
    ['chat is a number', { ...bucket, chat: 1 }, wrong('chat', 'must be true or false', '1')],
    ['chat is an empty text', { ...bucket, chat: '' }, wrong('chat', 'must be true or false', '""')],
    [
      'archiveDays is negative',
      { ...bucket, archiveDays: -5 },
      wrong('archiveDays', 'must be 1 to 3650', '-5'),
    ],
    [
      'manifestLinks is no',
      { ...bucket, manifestLinks: 'no' },
      wrong('manifestLinks', 'must be true or false', '"no"'),
    ],
    [
      'a region is none',
      { ...bucket, regions: 'us-east-1,us-est-2' },
      wrong('regions', 'must be regions of AWS, such as us-east-1 or eu-west-1', '"us-east-1,us-est-2"'),
    ],
    [
      'regions is empty',
      { ...bucket, regions: [] },
      wrong('regions', 'must name at least one region, or be left out', '[]'),
    ],
    [
      'a region is there twice',
      { ...bucket, regions: 'eu-west-1,eu-west-1' },
      wrong('regions', 'must name each region once', '"eu-west-1,eu-west-1"'),
    ],
    [
      'data stores are named for several regions',
      { ...bucket, regions: ['us-east-1', 'eu-west-1'], datastoreIds: 'a' },
      '\'datastoreIds\' belongs to one region: leave it out, or deploy each of \'regions\' by itself, got ["us-east-1","eu-west-1"]',
    ],
    [
      'a key is named for several regions',
      { ...bucket, regions: ['us-east-1', 'eu-west-1'], encryptionKeyArn: 'arn' },
      '\'encryptionKeyArn\' belongs to one region: leave it out, or deploy each of \'regions\' by itself, got ["us-east-1","eu-west-1"]',
    ],
    [
      'giveUpAfterHours is more than HealthImaging remembers, in the unit that was typed',
      { ...bucket, giveUpAfterHours: 5000 },
      wrong('giveUpAfterHours', 'must be 1 to 2160', '5000'),
    ],
    [
      'overdueAfterHours is not less than giveUpAfterHours',
      { ...bucket, overdueAfterHours: 48, giveUpAfterHours: '48' },
      "'overdueAfterHours' must be less than 'giveUpAfterHours', which is 48, got 48",
    ],
    [
      'overdueAfterHours is not less than the default of giveUpAfterHours',
      { ...bucket, overdueAfterHours: 200 },
      "'overdueAfterHours' must be less than 'giveUpAfterHours', which is 168, got 200",
    ],
    [
      'archiveDays is half a day',
      { ...bucket, archiveDays: 1.5 },
      wrong('archiveDays', 'must be a whole number of days', '1.5'),
    ],
    [
      'logLevel is none',
      { ...bucket, logLevel: 'LOUD' },
      wrong('logLevel', 'must be one of DEBUG, INFO, WARN, ERROR', '"LOUD"'),
    ],
    ...['s3://my-output/imports/', 'arn:aws:s3:::my-output'].map(
      (name): [string, Record<string, unknown>, string] => [
        `outputBuckets is ${name}`,
        { outputBuckets: name },
        wrong(
          'outputBuckets',
          'must be names of buckets, without s3:// or arn:; give a prefix in cdk.json, as { "name": "my-import-output", "prefix": "imports/" }',
          `"${name}"`,
        ),
      ],
    ),
    ...(
      [
        ['email', 'emails'],
        ['Emails', 'emails'],
        ['overdueHours', 'overdueAfterHours'],
        ['outputBucket', 'outputBuckets'],
        ['output-buckets', 'outputBuckets'],
        ['datastoreId', 'datastoreIds'],
        ['alarmEmail', 'alarmEmails'],
        ['region', 'regions'],
        ['queue', 'queues'],
        ['giveUpHours', 'giveUpAfterHours'],
        ['loglevel', 'logLevel'],
        ['runbook', 'runbookUrl'],
      ] as const
    ).map(([typed, meant]): [string, Record<string, unknown>, string] => [
      `${typed} is written for ${meant}`,
      { ...bucket, [typed]: 'x' },
      `'${typed}' is not a setting: did you mean '${meant}'?`,
    ]),
    [
      'two are wrong',
      { archiveDays: 'x' },
      `'outputBuckets' is not set: set it in the context of cdk.json or with -c, for instance -c outputBuckets=my-import-output; ${wrong('archiveDays', 'must be a number of days, 1 to 3650', '"x"')}`,
    ],
    [
      'pollMinutes is set, which is a prop now',
      { ...bucket, pollMinutes: 5 },
      "'pollMinutes' is a prop now: `pollInterval`",
    ],
    ['sweep is set, which is a prop now', { ...bucket, sweep: false }, "'sweep' is a prop now: `sweep`"],
    [
      'sweepMinutes is set, which is a prop now',
      { ...bucket, sweepMinutes: '5' },
      "'sweepMinutes' is a prop now: `sweepInterval`",
    ],
    [
      'cloudTrailTrigger is set, which is gone',
      { ...bucket, cloudTrailTrigger: 'false' },
      "'cloudTrailTrigger' is gone: the sweep of every minute finds what it found",
    ],
    [
      'a removed setting is set, and a data store is named for several regions',
      { ...bucket, regions: 'us-east-1,eu-west-1', datastoreIds: 'a', sweep: true },
      "'datastoreIds' belongs to one region: leave it out, or deploy each of 'regions' by itself, got \"us-east-1,eu-west-1\"; 'sweep' is a prop now: `sweep`",
    ],
    [
      'removed settings are set, and others are wrong',
      { cloudTrailTrigger: true, sweepMinutes: 5, sweep: '', pollMinutes: null, chat: 'yes' },
      `'outputBuckets' is not set: set it in the context of cdk.json or with -c, for instance -c outputBuckets=my-import-output; ${wrong('chat', 'must be true or false', '"yes"')}; 'pollMinutes' is a prop now: \`pollInterval\`; 'sweep' is a prop now: \`sweep\`; 'sweepMinutes' is a prop now: \`sweepInterval\`; 'cloudTrailTrigger' is gone: the sweep of every minute finds what it found`,
    ],
  ])('%s', (_, context, message) => {
    expect(() => read(context)).toThrow(new Error(message));
  });
});
