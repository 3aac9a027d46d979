import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../bin/settings.ts';

const read = (context: Record<string, unknown>) => readSettings((name) => context[name]);

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
    overdueAfter: Duration.hours(1.5),
    giveUpAfter: Duration.hours(48),
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

  test('zero is a value', () => {
    for (const overdueAfterHours of [0, '0']) {
      expect(read({ outputBuckets: 'one', overdueAfterHours }).overdueAfter).toEqual(Duration.hours(0));
    }
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

  test('that nobody knows are not looked at', () => {
    const asked: string[] = [];
    readSettings((name) => {
      asked.push(name);
      return name === 'outputBuckets' ? 'one' : undefined;
    });
    expect(asked).toEqual([
      'regions',
      'outputBuckets',
      'datastoreIds',
      'emails',
      'queues',
      'chat',
      'archiveDays',
      'schemaRegistry',
      'discloseInEvents',
      'discloseInEmails',
      'manifestLinks',
      'overdueAfterHours',
      'giveUpAfterHours',
      'alarmEmails',
      'encryptionKeyArn',
      'logLevel',
      // To say what takes their place.
      'pollMinutes',
      'sweep',
      'sweepMinutes',
      'cloudTrailTrigger',
    ]);
  });
});

describe('fails when', () => {
  const bucket = { outputBuckets: 'one' };
  const wrong = (name: string, why: string, got: string) => `'${name}' is wrong: ${why}, got ${got}`;
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
      wrong('outputBuckets', 'Invalid input: expected array, received number', '5'),
    ],
    [
      'outputBuckets holds a number',
      { outputBuckets: ['one', 5] },
      wrong('outputBuckets', 'each must be a name or { "name", "prefix", "keyArn" }', '["one",5]'),
    ],
    [
      'datastoreIds is an object',
      { ...bucket, datastoreIds: { a: 1 } },
      wrong('datastoreIds', 'Invalid input: expected array, received object', '{"a":1}'),
    ],
    [
      'emails is true',
      { ...bucket, emails: true },
      wrong('emails', 'Invalid input: expected array, received boolean', 'true'),
    ],
    [
      'archiveDays is an empty text',
      { ...bucket, archiveDays: '' },
      wrong('archiveDays', 'Invalid input: expected number, received string', '""'),
    ],
    [
      'overdueAfterHours is null',
      { ...bucket, overdueAfterHours: null },
      wrong('overdueAfterHours', 'Invalid input: expected number, received null', 'null'),
    ],
    [
      'giveUpAfterHours is negative',
      { ...bucket, giveUpAfterHours: '-1' },
      wrong('giveUpAfterHours', 'Too small: expected number to be >=0', '"-1"'),
    ],
    [
      'overdueAfterHours is a word',
      { ...bucket, overdueAfterHours: 'late' },
      wrong('overdueAfterHours', 'Invalid input: expected number, received NaN', '"late"'),
    ],
    ['chat is yes', { ...bucket, chat: 'yes' }, wrong('chat', 'must be true or false', '"yes"')],
    ['chat is in capitals', { ...bucket, chat: 'TRUE' }, wrong('chat', 'must be true or false', '"TRUE"')],
    ['chat is a number', { ...bucket, chat: 1 }, wrong('chat', 'must be true or false', '1')],
    ['chat is an empty text', { ...bucket, chat: '' }, wrong('chat', 'must be true or false', '""')],
    [
      'archiveDays is negative',
      { ...bucket, archiveDays: -5 },
      wrong('archiveDays', 'Too small: expected number to be >=0', '-5'),
    ],
    [
      'manifestLinks is no',
      { ...bucket, manifestLinks: 'no' },
      wrong('manifestLinks', 'must be true or false', '"no"'),
    ],
    [
      'a region is none',
      { ...bucket, regions: 'us-east-1,us-est-2' },
      wrong('regions', 'each must be a region of AWS, such as us-east-1', '"us-east-1,us-est-2"'),
    ],
    [
      'regions is empty',
      { ...bucket, regions: [] },
      wrong('regions', 'must name at least one region or be left out', '[]'),
    ],
    [
      'a region is there twice',
      { ...bucket, regions: 'eu-west-1,eu-west-1' },
      wrong('regions', 'each must be there once', '"eu-west-1,eu-west-1"'),
    ],
    [
      'data stores are named for several regions',
      { ...bucket, regions: ['us-east-1', 'eu-west-1'], datastoreIds: 'a' },
      '\'datastoreIds\' is of one region: leave it out, or deploy each of \'regions\' by itself, got ["us-east-1","eu-west-1"]',
    ],
    [
      'a key is named for several regions',
      { ...bucket, regions: ['us-east-1', 'eu-west-1'], encryptionKeyArn: 'arn' },
      '\'encryptionKeyArn\' is of one region: leave it out, or deploy each of \'regions\' by itself, got ["us-east-1","eu-west-1"]',
    ],
    [
      'two are wrong',
      { archiveDays: 'x' },
      `'outputBuckets' is not set: set it in the context of cdk.json or with -c, for instance -c outputBuckets=my-import-output; ${wrong('archiveDays', 'Invalid input: expected number, received NaN', '"x"')}`,
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
      "'datastoreIds' is of one region: leave it out, or deploy each of 'regions' by itself, got \"us-east-1,eu-west-1\"; 'sweep' is a prop now: `sweep`",
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
