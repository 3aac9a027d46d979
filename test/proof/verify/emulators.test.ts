import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adapt } from '../../../proof/verify/deploy/adapter.ts';
import { HeldClock } from '../../../proof/verify/deploy/held-clock.ts';
import { JumpingClock } from '../../../proof/verify/interpreter/jumping-clock.ts';

const MINUTE = 60_000;

describe('the jumping clock', () => {
  test('jumps when all rest, to the first who wants to go on', async () => {
    const clock = new JumpingClock();
    const started = clock.now();
    const passed = () => Math.floor((clock.now() - started) / MINUTE);
    const story: string[] = [];
    const { promise: busy, resolve: idle } = Promise.withResolvers<void>();
    const all = Promise.all([
      clock.take(async () => {
        await clock.rest(5);
        story.push(`first at ${passed()}`);
        await clock.rest(10);
        story.push(`first at ${passed()}`);
      }),
      clock.take(async () => {
        await clock.rest(12);
        story.push(`second at ${passed()}`);
      }),
      clock.take(async () => {
        await busy;
        story.push(`third at ${passed()}`);
      }),
    ]);
    await new Promise(setImmediate);
    expect(story).toEqual([]);
    idle();
    await all;
    expect(story).toEqual(['third at 0', 'first at 5', 'second at 12', 'first at 15']);
  });

  test('goes on where somebody failed', async () => {
    const clock = new JumpingClock();
    const failing = clock.take(() => Promise.reject(new Error('no')));
    const resting = clock.take(() => clock.rest(1));
    await expect(failing).rejects.toThrow('no');
    await resting;
  });
});

describe('the held clock', () => {
  test('ends no sleep while it is held', async () => {
    const clock = new HeldClock();
    await clock.sleep(0);
    clock.hold();
    let over = false;
    const sleeping = clock.sleep(0).then(() => {
      over = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(over).toBe(false);
    clock.release();
    await sleeping;
  });

  test('lets go of who is stopped', async () => {
    const clock = new HeldClock();
    clock.hold();
    const stopping = new AbortController();
    const sleeping = clock.sleep(0, stopping.signal);
    await new Promise(setImmediate);
    stopping.abort();
    await sleeping;
  });
});

test('a template is adapted to ministack by what that refuses, and no more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adapter-'));
  const file = join(folder, 'S.template.json');
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  const plain = { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'a', Namespace: 'b' } };
  const Metric = { MetricName: 'Errors', Namespace: 'AWS/Lambda' };
  const Metrics = [
    { Expression: 'a + b', Id: 'sum' },
    { Id: 'a', MetricStat: { Metric, Period: 300, Stat: 'Sum' } },
  ];
  const math = { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1, Metrics } };
  const schema = { Type: 'AWS::EventSchemas::Schema', Properties: {} };
  try {
    await writeFile(file, JSON.stringify({ Resources: { queue, plain, math, schema } }));
    expect(await adapt(folder, 'S')).toEqual({ resources: 4, leftOut: ['schema'], simplified: ['math'] });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      Resources: {
        queue,
        plain,
        math: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: { Threshold: 1, ...Metric, Period: 300, Statistic: 'Sum' },
        },
      },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
