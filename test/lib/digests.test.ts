import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { decodeAudiences } from '../../core/contract/audiences.ts';
import { DicomImportWatcher, type DicomImportWatcherProps, type EmailSubscriber } from '../../lib/index.ts';
import { passedLimits } from '../../proof/verify/validators/limits.ts';

function given(props: Partial<DicomImportWatcherProps> = {}, add?: (watcher: DicomImportWatcher) => void) {
  const stack = new Stack(new App(), 'Watch');
  const outputBuckets = [Bucket.fromBucketName(stack, 'Output', 'import-output')];
  const watcher = new DicomImportWatcher(stack, 'Watcher', { outputBuckets, ...props });
  add?.(watcher);
  return Template.fromStack(stack);
}

/** Types and ids of all resources. */
const idsOf = (template: Template) => Object.keys(template.toJSON().Resources);

/** What a function gets of who wants what. */
function audiencesOf(template: Template, of: string) {
  const [fn] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(([id]) =>
    id.includes(of),
  );
  const text = fn?.[1].Properties.Environment.Variables.AUDIENCES;
  return text === undefined ? undefined : decodeAudiences(text);
}

const filterOf = (template: Template, address: string) =>
  Object.values(template.findResources('AWS::SNS::Subscription')).find(
    ({ Properties }) => Properties.Endpoint === address,
  )?.Properties.FilterPolicy;

test('nobody who gets emails: not one resource, and no guard', () => {
  for (const props of [{}, { chat: true }, { alarmEmails: ['on-call@hospital.example'] }]) {
    const template = given(props);
    expect(idsOf(template).filter((id) => /Digest/.test(id))).toEqual([]);
    expect(audiencesOf(template, 'SummarizeImport')).toBeUndefined();
  }
});

test.each<[string, Parameters<typeof given>]>([
  ['a setting', [{ emails: ['a@hospital.example'] }]],
  ['a call afterwards', [{}, (watcher) => watcher.addEmail('a@hospital.example')]],
  ['chat that wants digests', [{ chat: true, chatEvery: 'day' }]],
])('the first who gets emails brings function, rule and alarm: %s', (_, arguments_) => {
  const template = given(...arguments_);
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: Match.stringLikeRegexp('-digest-late$'),
    MetricName: 'DigestDelay',
    Period: 1800,
    Threshold: 1800,
    Statistic: 'Maximum',
    TreatMissingData: 'breaching',
  });
  for (const fn of ['CheckImportJob', 'SummarizeImport', 'OnWatchEnded', 'Sweep', 'SendDigests']) {
    expect(audiencesOf(template, fn)).toHaveLength(1);
  }
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ EMAILS_PER_HOUR: '20', TIME_ZONE: 'UTC' }) },
  });
});

test('an address gets emails of single verdicts and their digests, or digests only; the same wishes are one audience', () => {
  const emails: EmailSubscriber[] = [
    { address: 'a@hospital.example', outcomes: ['FAILED', 'ABANDONED'] },
    { address: 'b@hospital.example', outcomes: ['ABANDONED', 'FAILED'], every: 'verdict' },
    { address: 'c@hospital.example', every: 'hour' },
    { address: 'd@hospital.example', every: 'day', datastoreIds: ['1'.repeat(32)] },
  ];
  const template = given({ emails });
  const audiences = audiencesOf(template, 'SendDigests');
  expect(audiences).toEqual([
    { id: expect.any(String), channel: 'email', every: 'verdict', outcomes: ['ABANDONED', 'FAILED'] },
    { id: expect.any(String), channel: 'email', every: 'hour' },
    { id: expect.any(String), channel: 'email', every: 'day', datastores: ['1'.repeat(10)] },
  ]);
  const [verdict, hour, day] = (audiences ?? []).map(({ id }) => `digest-${id}`);
  expect(filterOf(template, 'a@hospital.example')).toEqual({
    format: ['email', verdict],
    watcher: [expect.stringMatching(/^WatchWatcher/), { exists: false }],
    outcome: ['FAILED', 'ABANDONED'],
  });
  expect(filterOf(template, 'c@hospital.example')).toEqual({ format: [hour] });
  expect(filterOf(template, 'd@hospital.example')).toEqual({ format: [day] });
});

test('chat is an audience where there are digests', () => {
  const audiences = audiencesOf(given({ chat: true, emails: ['a@hospital.example'] }), 'Sweep');
  expect(audiences?.map(({ channel, every }) => [channel, every])).toEqual([
    ['chat', 'verdict'],
    ['email', 'verdict'],
  ]);
});

test('two watchers that share a topic and an address have digests of their own', () => {
  const stack = new Stack(new App(), 'Watch');
  const topic = new Topic(stack, 'People');
  const outputBuckets = [Bucket.fromBucketName(stack, 'Output', 'import-output')];
  for (const id of ['One', 'Two']) {
    const emails = ['a@hospital.example', { address: 'b@hospital.example', every: 'day' as const }];
    new DicomImportWatcher(stack, id, { outputBuckets, topic, emails });
  }
  const template = Template.fromStack(stack);
  const { format } = filterOf(template, 'a@hospital.example');
  expect(new Set(format).size).toBe(3);
  expect(filterOf(template, 'b@hospital.example').format).toHaveLength(2);
});

test('audiences whose ids of data stores end alike are known by all of their characters', () => {
  const alike = [`a${'0'.repeat(31)}`, `b${'0'.repeat(31)}`];
  const template = given({ emails: [{ address: 'a@hospital.example', datastoreIds: alike }] });
  expect(audiencesOf(template, 'Sweep')?.[0]?.datastores).toEqual(alike);
});

test('50 addresses, each with a data store of its own, stay within every limit', () => {
  const ids = Array.from({ length: 100 }, (_, index) => String(index).padStart(32, '0'));
  const emails = ids
    .slice(0, 50)
    .map((id, index) => ({ address: `a${index}@hospital.example`, datastoreIds: [id] }));
  expect(passedLimits(given({ datastoreIds: ids, emails }).toJSON() as never)).toEqual([]);
});

describe('synthesis fails when', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a cadence is none',
      () => given({ emails: [{ address: 'a@hospital.example', every: 'week' as never }] }),
      "'every' must be one of verdict, hour, day, got 'week'",
    ],
    [
      'chat has a cadence and is off',
      () => given({ chatEvery: 'hour' }),
      "'chatEvery' is for chat: set 'chat', got 'hour' without it",
    ],
    [
      'the guard lets nothing through',
      () => given({ emailsPerHour: 0 }),
      "'emailsPerHour' must be a whole number from 1 to 480, got 0",
    ],
    [
      'there is no such time zone',
      () => given({ timeZone: 'Europe/Atlantis' }),
      "'timeZone' must be a name of the IANA database, such as UTC, Europe/Berlin or America/New_York, got 'Europe/Atlantis'",
    ],
    [
      'the time zone is an offset',
      () => given({ timeZone: '+01:00' }),
      "'timeZone' must be a name of the IANA database, such as UTC, Europe/Berlin or America/New_York, got '+01:00'",
    ],
  ])('%s', (_, synthesize, message) => {
    expect(synthesize).toThrow(new Error(message));
  });

  test('what all addresses want does not fit into a function', () => {
    const ids = Array.from({ length: 100 }, (_, index) => String(index).padStart(32, '0'));
    const emails = ids.map((_, index) => ({
      address: `a${index}@hospital.example`,
      datastoreIds: ids.slice(index, index + 30),
    }));
    expect(() => given({ emails })).toThrow(
      /^the 'outcomes' and 'datastoreIds' of all 'emails' must have 2000 characters at most, got 2\d{3}: give more addresses the same/,
    );
  });
});
