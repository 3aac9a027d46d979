import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Audience, encodeAudiences } from '../../../core/contract/audiences.ts';
import type { Time } from '../../../core/time.ts';
import { sendDigests } from '../../../lambda/handlers/send-digests.ts';
import { log } from '../../../lambda/runtime/log.ts';
import { holdForDigests } from '../../../lambda/runtime/people.ts';
import { mockClient } from '../../support/mock-client.ts';
import { FakeTable } from '../fake-table.ts';

const dynamoDB = mockClient(DynamoDBClient);
const topic = mockClient(SNSClient);
const table = { client: new DynamoDBClient({}), name: 'watches' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 27, 8);
const datastoreId = '1'.repeat(32);

let items: FakeTable;
let now: number;
/** Digests as they were sent: format, subject, and the jobs that the body names. */
let sent: { format: string; id: string; jobs: string[]; subject: string; body: string }[];
let outOfOrder: boolean;
/** Calls until the function is killed. */
let callsLeft: number;

const time: Time = { now: () => now, sleep: async () => undefined };
/** The function is gone once it has made its calls. */
function die(): void {
  if (--callsLeft < 0) throw new Error('killed');
}
const run = () => sendDigests(time)({});

beforeEach(() => {
  log.setLogLevel('SILENT');
  items = new FakeTable();
  now = START;
  sent = [];
  outOfOrder = false;
  callsLeft = Number.POSITIVE_INFINITY;
  for (const mock of [dynamoDB, topic]) mock.reset();
  items.answer(dynamoDB);
  topic.on(PublishCommand).callsFake(({ Subject = '', Message = '', MessageAttributes }) => {
    const [, id = ''] = /^DIGEST (\S+):/.exec(Subject) ?? [];
    const jobs = [...Message.matchAll(/ (job\d+)$/gm)].map(([, job]) => job);
    die();
    if (outOfOrder) throw new Error('SNS is out of order');
    sent.push({ format: MessageAttributes.format.StringValue, id, jobs, subject: Subject, body: Message });
    return {};
  });
  Object.assign(process.env, {
    EMAILS_PER_HOUR: '3',
    TIME_ZONE: 'UTC',
    WATCHES_TABLE: table.name,
    TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:people',
    POWERTOOLS_SERVICE_NAME: 'Watcher',
  });
  want({ id: 'all', channel: 'email', every: 'verdict' });
});

function want(...audiences: Audience[]): void {
  process.env.AUDIENCES = JSON.stringify(encodeAudiences(audiences));
}

function notice(job: number, outcome = 'FAILED', of = datastoreId) {
  const metadata = { id: `${of}-job${job}-finished`, publishedAt: new Date(now).toISOString() };
  return { detail: { metadata, data: { outcome, datastoreId: of, jobId: `job${job}` } } };
}

/** Whether each of some notices gets an email of its own. @param apart - milliseconds between two of them. */
async function ask(jobs: readonly number[], outcome?: string, apart = MINUTE): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const job of jobs) {
    answers.push((await holdForDigests(table, notice(job, outcome), now))?.email !== true);
    now += apart;
  }
  return answers;
}

describe('the storm guard', () => {
  test('lets an hour have so many emails, and leaves the rest to one digest at its end', async () => {
    expect(await ask([1, 2, 3, 4, 5])).toEqual([true, true, true, false, false]);
    await run();
    expect(sent).toEqual([]);
    now = START + HOUR;
    await run();
    await run();
    expect(sent).toMatchObject([{ format: 'digest-all', id: '20261127T0900Z-all', jobs: ['job4', 'job5'] }]);
    expect(sent[0]?.body).toContain('The storm guard is on');
  });

  test('stays on hour by hour until an hour fits below the limit', async () => {
    await ask([1, 2, 3, 4]);
    now = START + HOUR;
    expect(await ask([11, 12, 13, 14])).toEqual([false, false, false, false]);
    now = START + 2 * HOUR;
    expect(await ask([21, 22, 23])).toEqual([false, false, false]);
    now = START + 3 * HOUR;
    await run();
    expect(sent.at(-1)?.body.replaceAll('\n', ' ')).toContain('is off again');
    expect(await ask([31, 32])).toEqual([true, true]);
  });

  test('a success never delays a failure', async () => {
    expect(await ask([1, 2, 3, 4], 'SUCCEEDED')).toEqual([true, true, true, false]);
    expect(await ask([5, 6, 7])).toEqual([true, true, true]);
  });

  test('a minute has eight at most, and that alone does not turn it on', async () => {
    process.env.EMAILS_PER_HOUR = '20';
    expect(await ask([1, 2, 3, 4, 5, 6, 7, 8, 9], 'FAILED', 1000)).toEqual([...Array(8).fill(true), false]);
    now = START + 2 * MINUTE;
    expect(await ask([10])).toEqual([true]);
    now = START + HOUR;
    await run();
    expect(sent).toMatchObject([{ jobs: ['job9'] }]);
    expect(sent[0]?.body).toContain('too many in a minute');
    expect(await ask([11])).toEqual([true]);
  });

  test('more than the limit in one minute turns it on', async () => {
    process.env.EMAILS_PER_HOUR = '20';
    await ask(
      Array.from({ length: 21 }, (_, job) => job),
      'FAILED',
      0,
    );
    now = START + HOUR;
    expect(await ask([31])).toEqual([false]);
  });

  test('a retry gets the same answer, in a later hour as well, and takes no second email', async () => {
    expect(await ask([1, 1, 1, 2, 3])).toEqual([true, true, true, true, true]);
    expect(await ask([4])).toEqual([false]);
    now = START + 5 * HOUR;
    expect(await ask([1, 4])).toEqual([true, false]);
    expect(await ask([5])).toEqual([true]);
  });

  test('what nobody wants at once takes no email of those who want something else', async () => {
    want({ id: 'failures', channel: 'email', every: 'verdict', outcomes: ['FAILED'], datastores: ['1111'] });
    await ask([1, 2, 3, 4, 5], 'PARTIALLY_FAILED');
    for (const job of [6, 7, 8, 9]) await holdForDigests(table, notice(job, 'FAILED', '2'.repeat(32)), now);
    expect(await ask([10])).toEqual([true]);
  });
});

describe('digests', () => {
  const hourly: Audience = { id: 'hourly', channel: 'email', every: 'hour' };

  test('an hour, and a day, have one each for what their filter wants; the empty ones are not sent', async () => {
    want(
      hourly,
      { id: 'failed', channel: 'email', every: 'hour', outcomes: ['FAILED'] },
      { id: 'daily', channel: 'email', every: 'day', datastores: ['1111'] },
      { id: 'none', channel: 'email', every: 'hour', outcomes: ['ABANDONED'] },
    );
    await ask([1], 'FAILED');
    await ask([2], 'SUCCEEDED');
    for (now = START; now <= START + 24 * HOUR; now += 5 * MINUTE) await run();
    expect(sent.map(({ format, id, jobs }) => ({ format, id, jobs }))).toEqual([
      { format: 'digest-hourly', id: '20261127T0900Z-hourly', jobs: ['job1', 'job2'] },
      { format: 'digest-failed', id: '20261127T0900Z-failed', jobs: ['job1'] },
      { format: 'digest-daily', id: '20261128T0700Z-daily', jobs: ['job1', 'job2'] },
    ]);
  });

  test('what comes after its hour was closed is in the next digest', async () => {
    want(hourly);
    await ask([1]);
    now = START + HOUR + 1;
    await run();
    await ask([2]);
    await run();
    now = START + 2 * HOUR;
    await run();
    expect(sent.map(({ jobs }) => jobs)).toEqual([['job1'], ['job2']]);
  });

  test('one that failed is sent by the next run, before that of the next hour', async () => {
    want(hourly);
    await ask([1]);
    outOfOrder = true;
    now = START + HOUR;
    await expect(run()).rejects.toThrow('1 digests failed');
    outOfOrder = false;
    await ask([2]);
    now = START + 2 * HOUR;
    await run();
    expect(sent.map(({ id, jobs }) => ({ id, jobs }))).toEqual([
      { id: '20261127T0900Z-hourly', jobs: ['job1'] },
      { id: '20261127T1000Z-hourly', jobs: ['job2'] },
    ]);
  });

  test('chat gets its own, in its own format', async () => {
    want({ id: 'chat', channel: 'chat', every: 'hour' });
    expect(await holdForDigests(table, notice(1), now)).toEqual({ chat: true });
    now = START + HOUR;
    await run();
    expect(sent).toMatchObject([{ format: 'chat', subject: '' }]);
    expect(JSON.parse(sent[0]?.body ?? '').metadata.summary).toContain(
      'DIGEST 20261127T0900Z-chat: 1 FAILED',
    );
  });

  test('a failed watch of an unknown job is in those that want no data store', async () => {
    want(hourly, { id: 'one', channel: 'email', every: 'hour', datastores: ['1111'] });
    const detail = {
      metadata: { id: 'by-hand-watch-failed-0', publishedAt: new Date(now).toISOString() },
      data: { outcome: 'WATCH_FAILED' },
    };
    await holdForDigests(table, { detail }, now);
    now = START + HOUR;
    await run();
    expect(sent.map(({ format }) => format)).toEqual(['digest-hourly']);
    expect(sent[0]?.body).toContain('WATCH_FAILED unknown job');
  });

  test('what was sent is cleared away, and forgotten after seven days', async () => {
    want(hourly);
    await ask([1]);
    now = START + HOUR;
    await run();
    expect(items.get('digest-hourly', `${datastoreId}-job1-finished`)).toEqual({
      datastoreId: { S: 'digest-hourly' },
      jobId: { S: `${datastoreId}-job1-finished` },
      heldAt: { N: String(START) },
      digest: { S: '20261127T0900Z-hourly' },
      expiresAt: { N: String((START + HOUR) / 1000 + 7 * 24 * 3600) },
    });
    // Held again by a retry that comes late: it is in no second digest.
    now = START;
    await ask([1]);
    now = START + 2 * HOUR;
    await run();
    expect(sent).toHaveLength(1);
  });

  test('killed between any two calls, it sends the same digest again, or nothing, and never loses a job', async () => {
    want(hourly);
    for (let killAt = 1; ; killAt++) {
      items = new FakeTable();
      items.answer(dynamoDB);
      sent = [];
      now = START;
      await ask([1, 2, 3]);
      items.onCall = die;
      now = START + HOUR;
      callsLeft = killAt;
      await run().catch(() => undefined);
      const killed = callsLeft < 0;
      callsLeft = Number.POSITIVE_INFINITY;
      await ask([4]);
      // Once while the lease of the killed one holds.
      await run().catch(() => undefined);
      for (; now <= START + 2 * HOUR + 10 * MINUTE; now += 10 * MINUTE) await run();
      const byId = Map.groupBy(sent, ({ id }) => id);
      expect([...byId].map(([id, [first]]) => [id, first?.jobs])).toEqual([
        ['20261127T0900Z-hourly', ['job1', 'job2', 'job3']],
        ['20261127T1000Z-hourly', ['job4']],
      ]);
      for (const [, copies] of byId) expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
      if (!killed) {
        expect(killAt).toBeGreaterThan(10);
        expect(sent).toHaveLength(2);
        break;
      }
    }
  });

  test('one that failed is tried again at once: the failed run gives its lease back', async () => {
    want(hourly);
    await ask([1]);
    outOfOrder = true;
    now = START + HOUR;
    await expect(run()).rejects.toThrow('1 digests failed');
    outOfOrder = false;
    now += 1000;
    await run();
    expect(sent).toMatchObject([{ id: '20261127T0900Z-hourly', jobs: ['job1'] }]);
  });

  test('a retry that comes to another outcome replaces what is held, until a digest has it', async () => {
    want(hourly);
    await ask([1], 'UNVERIFIED');
    await ask([1], 'FAILED');
    now = START + HOUR;
    await run();
    await ask([1], 'ABANDONED');
    now = START + 2 * HOUR;
    await run();
    expect(sent.map(({ subject }) => subject)).toEqual(['DIGEST 20261127T0900Z-hourly: 1 FAILED']);
  });
});

describe('when the settings change', () => {
  const hourly: Audience = { id: 'hourly', channel: 'email', every: 'hour' };
  const daily: Audience = { id: 'daily', channel: 'email', every: 'day' };
  const failures: Audience = { id: 'failures', channel: 'email', every: 'verdict', outcomes: ['FAILED'] };
  const chat: Audience = { id: 'chat', channel: 'chat', every: 'hour' };
  const gets = () => sent.map(({ id, jobs }) => [id.split('-')[1], ...jobs]);

  test('what was held goes to those that came after it, as far as they want it', async () => {
    want(hourly, chat);
    await run();
    await ask([1], 'FAILED');
    await ask([2], 'SUCCEEDED');
    want(daily, failures);
    await run();
    // A function of before the deployment holds something for those of before.
    want(hourly, chat);
    await ask([3], 'FAILED');
    want(daily, failures);
    for (now = START + 20 * MINUTE; now <= START + 24 * HOUR; now += 5 * MINUTE) await run();
    expect(gets()).toEqual([
      ['failures', 'job1', 'job3'],
      ['daily', 'job1', 'job3', 'job2'],
    ]);
  });

  test('those that there were before do not get it a second time', async () => {
    want(hourly, daily, failures);
    await run();
    expect(await ask([1])).toEqual([true]);
    want(daily, failures);
    for (; now <= START + 24 * HOUR; now += 5 * MINUTE) await run();
    expect(gets()).toEqual([['daily', 'job1']]);
  });

  test('what chat was to get does not go to addresses', async () => {
    want(chat);
    await run();
    await ask([1]);
    want(daily);
    for (; now <= START + 24 * HOUR; now += 5 * MINUTE) await run();
    expect(gets()).toEqual([]);
  });

  test('what a digest had sent before is not sent again', async () => {
    want(hourly);
    await ask([1]);
    now = START + HOUR;
    // Killed when it had recorded that it was sent, and before that was cleared away.
    items.onCall = () => {
      if (items.get('digest-hourly', 'run')?.phase?.S === 'sent') throw new Error('killed');
    };
    await run().catch(() => undefined);
    items.onCall = () => undefined;
    expect(gets()).toEqual([['hourly', 'job1']]);
    now += 10 * MINUTE;
    want(daily);
    for (; now <= START + 24 * HOUR; now += 5 * MINUTE) await run();
    expect(gets()).toEqual([['hourly', 'job1']]);
  });

  test('killed between any two calls, it loses nothing and sends nothing twice', async () => {
    for (let killAt = 1; ; killAt++) {
      items = new FakeTable();
      items.answer(dynamoDB);
      sent = [];
      now = START;
      want(hourly);
      await run();
      await ask([1, 2]);
      want(daily);
      items.onCall = die;
      callsLeft = killAt;
      await run().catch(() => undefined);
      const killed = callsLeft < 0;
      callsLeft = Number.POSITIVE_INFINITY;
      for (; now <= START + 24 * HOUR; now += 10 * MINUTE) await run().catch(() => undefined);
      expect(gets()).toEqual([['daily', 'job1', 'job2']]);
      if (!killed) {
        expect(killAt).toBeGreaterThan(10);
        break;
      }
    }
  });

  test('settings that come back find what they held', async () => {
    want(hourly);
    await run();
    want(daily);
    await run();
    await ask([1]);
    want(hourly);
    for (; now <= START + 2 * HOUR; now += 5 * MINUTE) await run();
    expect(gets()).toEqual([['hourly', 'job1']]);
  });
});
