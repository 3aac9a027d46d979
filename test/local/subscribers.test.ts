import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type CfnElement } from 'aws-cdk-lib';
import { FilterOrPolicy, SubscriptionFilter, type Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DicomImportWatcherStack } from '../../lib/index.ts';
import { type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import { nameOf } from '../../local/template.ts';
import { eventOf, examples } from '../../scripts/contract-examples.ts';

const outdir = mkdtempSync(join(tmpdir(), 'subscribers-'));
const stack = new DicomImportWatcherStack(new App({ outdir }), 'Watch', {
  outputBuckets: ['import-output'],
  queues: ['all', { name: 'good', outcomes: ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS'] }],
});
const { watcher } = stack;
const trouble = new Queue(stack, 'Trouble');
watcher.addQueue(trouble, { outcomes: ['OVERDUE', 'WATCH_FAILED'] });
const topic = watcher.addTopic('imports') as Topic;
const fanned = new Queue(stack, 'Fanned');
topic.addSubscription(new SqsSubscription(fanned, { rawMessageDelivery: true }));
const filtered = new Queue(stack, 'Filtered');
topic.addSubscription(
  new SqsSubscription(filtered, {
    rawMessageDelivery: true,
    filterPolicyWithMessageBody: {
      detail: FilterOrPolicy.policy({
        data: FilterOrPolicy.policy({
          outcome: FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ allowlist: ['FAILED'] })),
        }),
      }),
    },
  }),
);
const idOf = (construct: { node: { defaultChild?: unknown } }) =>
  stack.getLogicalId(construct.node.defaultChild as CfnElement);

let cloud: LocalCloud;
beforeAll(async () => {
  const assembly = App.of(stack)?.synth() as ReturnType<App['synth']>;
  const { template } = assembly.getStackByName('Watch');
  const idle = () => ({ invoke: async () => undefined, stop: async () => {} });
  cloud = await startLocalCloud({ template, assembly: assembly.directory, makeFunction: idle });
});
afterAll(async () => {
  await cloud.stop();
  rmSync(outdir, { recursive: true });
});

async function received(queue: string): Promise<string[]> {
  const outcomes: string[] = [];
  for (let body = await cloud.receive(queue); body !== undefined; body = await cloud.receive(queue)) {
    outcomes.push(JSON.parse(body).detail.data.outcome);
  }
  return outcomes.sort();
}

test('each queue gets what its filter lets through, by rule or by topic', async () => {
  const all = examples();
  const put = (example: (typeof all)[number], said: object) => {
    const { detail, ...event } = eventOf(example) as Record<string, unknown>;
    const { metadata, data } = detail as { metadata: Record<string, unknown>; data: unknown };
    const { watcher: _, ...rest } = metadata;
    cloud.buses.put({
      Source: String(event.source),
      DetailType: String(event['detail-type']),
      Detail: JSON.stringify({ metadata: { ...rest, ...said }, data }),
      EventBusName: nameOf(idOf(watcher.bus)),
    });
  };
  for (const [index, example] of all.entries()) {
    put(example, { watcher: 'Another' });
    // Earlier versions did not say which watcher it is of.
    put(example, index % 2 === 0 ? { watcher: watcher.watcherName } : {});
  }
  const everything = all.map(({ outcome }) => outcome).sort();
  // Deliveries go their own way: until the last has come.
  const seen: string[] = [];
  const fan: string[] = [];
  while (seen.length < everything.length || fan.length < everything.length) {
    seen.push(...(await received(idOf(queueOf('all')))));
    fan.push(...(await received(idOf(fanned))));
  }
  expect(seen.sort()).toEqual(everything);
  expect(fan.sort()).toEqual(everything);
  expect(await received(idOf(queueOf('good')))).toEqual([
    'SUCCEEDED',
    'SUCCEEDED',
    // Of the drill.
    'SUCCEEDED',
    'SUCCEEDED_WITH_WARNINGS',
  ]);
  expect(await received(idOf(trouble))).toEqual(['OVERDUE', 'WATCH_FAILED']);
  expect(await received(idOf(filtered))).toEqual(['FAILED']);
});

function queueOf(name: string) {
  const queue = stack.queues[name];
  if (!queue) throw new Error(`there is no queue ${name}`);
  return queue;
}
