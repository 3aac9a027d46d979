import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { DicomImportWatcher, type DicomImportWatcherProps } from '../../lib/index.ts';
import { matches, parsePattern } from '../../local/event-pattern.ts';

/** Two watchers, each in a stack of its own, and a stack of what they share. */
function two(props: (shared: Stack) => Partial<DicomImportWatcherProps>) {
  const app = new App();
  const theirs = new Stack(app, 'Shared');
  const common = props(theirs);
  const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
  const make = (stack: Stack | undefined) => () =>
    new DicomImportWatcher(stack as Stack, 'Watcher', {
      outputBuckets: [Bucket.fromBucketName(stack as Stack, 'Output', 'import-output')],
      ...common,
    });
  const [one, other] = stacks.map(make);
  return {
    theirs,
    stacks,
    one: one as never as () => DicomImportWatcher,
    other: other as never as () => DicomImportWatcher,
  };
}

const of = (stack: Stack | undefined, type: string) =>
  Object.values(Template.fromStack(stack as Stack).findResources(type)).map(({ Properties }) => Properties);

describe('watchers that share a bus', () => {
  const { stacks, one, other } = two((stack) => ({ bus: new EventBus(stack, 'Bus') }));
  const watchers = [one(), other()] as const;
  for (const watcher of watchers) {
    watcher.addQueue(`pacs-${watcher.watcherName}`);
    watcher.onImportFinished('Finished');
  }
  const patterns = stacks.map((stack) =>
    of(stack, 'AWS::Events::Rule')
      .filter(({ EventBusName }) => EventBusName)
      .map(({ EventPattern }) => parsePattern(EventPattern)),
  );
  const event = (watcher?: string) => ({
    source: 'dicom-import-watcher',
    'detail-type': 'DICOM Import Finished',
    detail: { metadata: { id: 'x', ...(watcher && { watcher }) }, data: { outcome: 'FAILED' } },
  });

  test('each report their own jobs only', () => {
    for (const [index, { watcherName }] of watchers.entries()) {
      const mine = patterns[index] ?? [];
      const others = patterns[1 - index] ?? [];
      expect(mine).toHaveLength(2);
      for (const pattern of mine) expect(matches(pattern, event(watcherName))).toBe(true);
      for (const pattern of others) expect(matches(pattern, event(watcherName))).toBe(false);
    }
  });

  test('get an event that does not say whose it is', () => {
    for (const pattern of patterns.flat()) expect(matches(pattern, event())).toBe(true);
  });
});

describe('watchers that share a topic and an address', () => {
  const people = (stack: Stack) => ({ topic: new Topic(stack, 'People') });

  test('share the subscription, with the emails of both', () => {
    const { stacks, one, other } = two(people);
    const watchers = [one(), other()];
    for (const watcher of watchers) watcher.addEmail('it@hospital.example', { outcomes: ['FAILED'] });
    expect(of(stacks[1], 'AWS::SNS::Subscription')).toEqual([]);
    expect(of(stacks[0], 'AWS::SNS::Subscription').map(({ FilterPolicy }) => FilterPolicy)).toEqual([
      {
        format: ['email', expect.stringMatching(/^digest-/), expect.stringMatching(/^digest-/)],
        outcome: ['FAILED'],
        watcher: [watchers[1]?.watcherName, watchers[0]?.watcherName, { exists: false }],
      },
    ]);
  });

  test('share it for alarms, whatever address and case', () => {
    const { stacks, one, other } = two((stack) => ({
      alarmTopic: new Topic(stack, 'Alarms'),
    }));
    one();
    other();
    expect(stacks.flatMap((stack) => of(stack, 'AWS::SNS::Subscription'))).toEqual([]);
    const both = two((stack) => ({
      alarmTopic: new Topic(stack, 'Alarms'),
      alarmEmails: ['on-call@hospital.example'],
    }));
    both.one();
    both.other();
    expect(both.stacks.flatMap((stack) => of(stack, 'AWS::SNS::Subscription'))).toMatchObject([
      { Endpoint: 'on-call@hospital.example' },
    ]);
  });

  test('are refused where they want different emails: SNS has one subscription for an address', () => {
    const { one, other } = two(people);
    one().addEmail('it@hospital.example');
    expect(() => other().addEmail('IT@hospital.example', { outcomes: ['FAILED'] })).toThrow(
      new Error(
        "an address has one subscription to a topic: 'IT@hospital.example' wants something else of 'Shared/People' by 'One/Watcher', give both the same filter or each watcher a topic",
      ),
    );
  });
});

test('watchers that share queue and key have a statement each, and the key has its statements once', () => {
  const { theirs, one, other } = two(() => ({}));
  const queue = new Queue(theirs, 'Queue', { encryptionMasterKey: new Key(theirs, 'Key') });
  for (const watcher of [one(), other()]) watcher.addQueue(queue);
  const [policy] = of(theirs, 'AWS::SQS::QueuePolicy');
  expect(policy?.PolicyDocument.Statement).toHaveLength(2);
  const [key] = of(theirs, 'AWS::KMS::Key');
  const sids = key?.KeyPolicy.Statement.flatMap(({ Sid }: { Sid?: string }) => Sid ?? []);
  expect(sids).toEqual(['EventBridge']);
});

describe('passes', () => {
  const given = () => {
    const stack = new Stack(new App(), 'Watch');
    const bucket = Bucket.fromBucketName(stack, 'Output', 'import-output');
    return { stack, watcher: new DicomImportWatcher(stack, 'Watcher', { outputBuckets: [bucket] }) };
  };

  test('a rule with any id, also one that the watcher has itself', () => {
    const { stack, watcher } = given();
    const ids = ['Topic', 'Bus', 'Sweep', 'ImportEvents', 'SweepSchedule', 'Rules'];
    for (const id of ids) expect(watcher.onImportFinished(id).node.id).toBe(id);
    const names = of(stack, 'AWS::Events::Rule').map(({ Name }) => Name);
    expect(new Set(names).size).toBe(ids.length + 4);
  });

  test('queues whose names together look like those of one', () => {
    const { stack, watcher } = given();
    watcher.addQueue('pacs');
    watcher.addQueue('pacsDeadLetters');
    watcher.addQueue('ordersFifo');
    watcher.addQueue('orders.fifo', { messageGroupId: 'imports' });
    expect(of(stack, 'AWS::SQS::Queue').flatMap(({ QueueName }) => QueueName ?? [])).toEqual([
      'pacs',
      'pacsDeadLetters',
      'ordersFifo',
      'orders.fifo',
    ]);
    const alarms = of(stack, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    expect(new Set(alarms).size).toBe(alarms.length);
  });
});
