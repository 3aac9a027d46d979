import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseDicomImportEvent } from '../../../core/contract/events.ts';
import { JOB_ID } from '../../../core/contract/patterns.ts';
import { WatchDicomImport } from '../../../lib/index.ts';
import type { EmailSubscription } from '../../../local/account.ts';
import { EMAIL } from '../../../local/demo-stack.ts';
import { pipelineDefinition } from '../../../proof/fixtures/pipeline-definition.ts';
import { startPipeline } from '../../support/pipeline.ts';
import { recordCalls } from '../../support/recorded-calls.ts';
import { type Ran, tooWide, unwrapped } from '../run-cli.ts';
import { drillSchema } from '../schemas.ts';
import { ended, startCli, startOnTerminal } from '../start-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

const ON_CALL = 'on-call@hospital.example';
const NIGHT = 'night@hospital.example';

let world: WatchedAccount;
let subscribed: readonly EmailSubscription[];
beforeAll(async () => {
  world = await startWatchedAccount({
    emails: [
      EMAIL,
      { address: ON_CALL, outcomes: ['FAILED', 'WATCH_FAILED'] },
      { address: NIGHT, outcomes: ['FAILED', 'WATCH_FAILED'] },
    ],
    alarmEmails: ['alarms@hospital.example'],
    queues: [{ name: 'refused', outcomes: ['PARTIALLY_FAILED'] }],
  });
  subscribed = world.account.subscriptions.map((each) => ({ ...each }));
});
beforeEach(() => {
  const { subscriptions, denied, disabledRules, calls } = world.account;
  subscriptions.splice(0, Number.POSITIVE_INFINITY, ...subscribed.map((each) => ({ ...each })));
  denied.clear();
  disabledRules.clear();
  calls.splice(0);
});
afterEach(async () => {
  await world.watched.clock.idle();
  await world.watched.takeMessages();
  for (const address of world.watched.cloud.inboxes.keys()) await inbox(address);
});
afterAll(() => world.stop());

const drill = (...args: string[]) => world.cli('drill', ...args);
const json = ({ stdout }: Ran) => drillSchema.parse(JSON.parse(stdout));
/** The same by the built command, whose standard input is a pipe that has ended. */
const builtDrill = (...args: string[]) =>
  world.watched.clock.run(() => {
    const child = startCli(['drill', ...args], world.env);
    child.stdin.end();
    return ended(child);
  });
const sentBy = (operation: string) =>
  world.account.calls.filter((call) => call.operation === operation).map(({ parameters }) => parameters);
/** Puts other subscriptions in the place of those of the topic. */
function subscribe(...others: Partial<EmailSubscription>[]): void {
  const topicArn = world.account.outputs.get('TopicArn') ?? '';
  const all = others.map((each, i) => ({ topicArn, address: EMAIL, arn: `${topicArn}:${i}`, ...each }));
  world.account.subscriptions.splice(0, Number.POSITIVE_INFINITY, ...all);
}
async function inbox(address: string): Promise<{ Subject: string; Message: string }[]> {
  const { cloud } = world.watched;
  return (await world.watched.drain(cloud.inboxes.get(address) ?? '')).map((body) => JSON.parse(body));
}

describe('people', () => {
  test('everybody gets one email that says it is a test, whatever the filter is', async () => {
    const { status, stdout, stderr } = await drill();
    expect(status).toBe(0);
    const id = /^Drill +(drill\w+)$/m.exec(stdout)?.[1] ?? '';
    expect(id).toMatch(JOB_ID.pattern);
    expect(stdout).toMatch(/^Messages +2$/m);
    for (const address of [EMAIL, ON_CALL, NIGHT]) {
      expect(stdout).toMatch(new RegExp(`^${address} +confirmed +1$`, 'm'));
      const [email, ...more] = await inbox(address);
      expect(more).toEqual([]);
      expect(email?.Subject).toBe(`TEST: DICOM import ${id}`);
      expect(email?.Message).toMatch(/^TEST: this is a drill\. No import job/);
      expect(email?.Message).toContain('dicom-import-watcher drill\n');
      expect(email?.Message).toContain('You do not need to do anything.');
      expect(email?.Message).not.toMatch(/s3:|https:/);
    }
    // Those of alarms are on another topic.
    expect(await inbox('alarms@hospital.example')).toEqual([]);
    expect(unwrapped(stderr)).toContain('not whether a mailbox took the email');
    expect(stderr).toContain('dead-letter queue');
    expect(tooWide(stdout).filter((line) => !line.includes('arn:'))).toEqual([]);
    expect((await world.watched.takeMessages()).events).toEqual([]);
  });

  test('the built command does it, too; as JSON', async () => {
    const ran = await builtDrill('--json');
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
    const { drillId, messages, subscriptions, systems, otherSubscriptions } = json(ran);
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      expect(message).toMatchObject({
        messageId: expect.any(String),
        error: null,
        attributes: { test: ['true'], watcher: [expect.any(String)] },
      });
    }
    expect(subscriptions.map(({ address, state, emails }) => [address, state, emails])).toEqual(
      [EMAIL, ON_CALL, NIGHT].map((address) => [address, 'confirmed', 1]),
    );
    expect({ systems, otherSubscriptions }).toEqual({ systems: null, otherSubscriptions: 0 });
    expect((await inbox(EMAIL)).map(({ Subject }) => Subject)).toEqual([`TEST: DICOM import ${drillId}`]);
  });

  test('two addresses with nothing in common, and one that gets all: a list of values', async () => {
    subscribe({ filterPolicy: { outcome: ['FAILED'] } }, { filterPolicy: { outcome: ['OVERDUE'] } }, {});
    expect(json(await drill('--json')).subscriptions.map(({ emails }) => emails)).toEqual([1, 1, 1]);
    expect(sentBy('sns:Publish')).toEqual([
      expect.objectContaining({
        'MessageAttributes.entry.2.Name': 'outcome',
        'MessageAttributes.entry.2.Value.DataType': 'String.Array',
        'MessageAttributes.entry.2.Value.StringValue': expect.stringMatching(/^\["\w+","\w+"\]$/),
      }),
    ]);
  });

  test('who gets more than one is named, with why', async () => {
    subscribe(
      { filterPolicy: { outcome: [{ exists: false }] } },
      { filterPolicy: { outcome: ['FAILED'] } },
      { address: ON_CALL, filterPolicy: {} },
    );
    const { status, stdout } = await drill();
    expect(status).toBe(0);
    expect(unwrapped(stdout)).toContain(
      `${ON_CALL} confirmed 2 its filter also lets through what others need`,
    );
  });

  test('a filter that the command does not know is named, and is a failure if nothing of it is known', async () => {
    subscribe(
      { address: ON_CALL, filterPolicy: { outcome: [{ prefix: 'FAIL' }] } },
      { address: NIGHT, filterPolicy: { outcome: [{ prefix: 'FAIL' }, 'OVERDUE'] } },
      { filterPolicy: { detail: { outcome: ['FAILED'] } }, filterPolicyScope: 'MessageBody' },
    );
    const ran = await drill('--json');
    expect(ran.status).toBe(1);
    const has = (what: string) => `its filter has ${what}, which this command does not know`;
    expect(json(ran).subscriptions.map(({ emails, why }) => [emails, why])).toEqual([
      [0, has('prefix (outcome)')],
      [1, `perhaps more: ${has('prefix (outcome)')}`],
      [0, has('MessageBody')],
    ]);
  });

  test('other subscriptions of the topic are counted', async () => {
    subscribe({ protocol: 'email-json' }, { protocol: 'sqs', address: 'arn:aws:sqs:us-east-1:1:q' });
    const { status, stdout, stderr } = await drill();
    expect(status).toBe(0);
    expect(stdout).not.toContain('sqs');
    expect(unwrapped(stderr)).toContain('The topic also has 1 subscription of others (sqs)');
  });

  test('a message that SNS refused is reported, with the addresses that miss it', async () => {
    world.account.denied.add('sns:Publish');
    const { status, stdout } = await drill();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Messages +0$/m);
    expect(unwrapped(stdout)).toContain(
      `${EMAIL} confirmed 0 SNS did not take the message: These credentials do not allow this action.`,
    );
  });
});

describe('addresses that are not confirmed', () => {
  test('get nothing, and are named with what to do', async () => {
    const pending = world.account.subscriptions.find(({ address }) => address === EMAIL);
    if (pending) delete pending.arn;
    const { status, stdout, stderr } = await drill();
    expect(status).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${EMAIL} +pending +0 +the subscription is not$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${ON_CALL} +confirmed +1$`, 'm'));
    expect(stderr).toContain("  dicom-import-watcher confirm --token '<link of the confirmation email>'\n");
  });

  test('all of them: nothing is sent', async () => {
    subscribe({ arn: undefined }, { address: ON_CALL, arn: undefined });
    const ran = await drill('--json');
    expect(ran.status).toBe(1);
    const { messages, subscriptions } = json(ran);
    expect(messages).toEqual([]);
    expect(subscriptions.map(({ state, emails }) => [state, emails])).toEqual([
      ['pending', 0],
      ['pending', 0],
    ]);
    expect(sentBy('sns:Publish')).toEqual([]);
  });

  test('that were deleted are no failure: nobody waits for their email', async () => {
    subscribe({}, { address: ON_CALL, arn: 'Deleted' });
    const ran = await drill('--json');
    expect(ran.status).toBe(0);
    expect(json(ran).subscriptions[1]).toMatchObject({ state: 'deleted', emails: 0 });
  });
});

describe('systems', () => {
  test('get a test event, after the rules that see it were listed', async () => {
    const ran = await drill('--systems', '--yes', '--json');
    expect(ran.status).toBe(0);
    const { drillId, systems } = json(ran);
    const { events } = await world.watched.takeMessages();
    expect(events).toHaveLength(1);
    const event = parseDicomImportEvent(events[0]);
    expect(event).toMatchObject({
      'detail-type': 'DICOM Import Finished',
      detail: {
        metadata: { id: systems?.eventId, test: true },
        data: { outcome: 'SUCCEEDED', jobId: drillId, summary: expect.stringMatching(/^TEST: /) },
      },
    });
    expect(JSON.stringify(event)).not.toContain('s3:');
    // The rule of the queue for refused files does not see it.
    expect(systems?.rules).toEqual([
      {
        name: expect.stringMatching(/Verdicts/),
        targets: [expect.stringMatching(/^arn:aws:sqs:.*Verdicts/)],
      },
    ]);
    expect(unwrapped(ran.stderr)).toContain(`1 rule will see it: ${systems?.rules[0]?.name}: arn:aws:sqs:`);
    expect(await inbox(ON_CALL)).toHaveLength(1);
  });

  test('whoever is asked and says no sends nothing; yes sends it', async () => {
    for (const [answer, status, events] of [
      ['n', 1, 0],
      ['', 1, 0],
      ['y', 0, 1],
    ] as const) {
      await world.watched.clock.run(async () => {
        const terminal = startOnTerminal(['drill', '--systems'], world.env);
        await terminal.until(/Send it\? \[y\/N\] $/);
        expect(terminal.shown()).toContain('1 rule will see it:');
        expect(sentBy('sns:Publish').concat(sentBy('events:PutEvents'))).toEqual([]);
        terminal.pty.write(`${answer}\r`);
        expect(await terminal.ended).toBe(status);
        expect(terminal.shown().includes('Nothing was sent.')).toBe(status === 1);
      });
      await world.watched.clock.idle();
      expect((await world.watched.takeMessages()).events).toHaveLength(events);
    }
  });

  test('Ctrl-C at the question ends it as anywhere', async () => {
    await world.watched.clock.run(async () => {
      const terminal = startOnTerminal(['drill', '--systems'], world.env);
      await terminal.until(/\[y\/N\] $/);
      terminal.pty.write('\u0003');
      expect(await terminal.ended).toBe(130);
    });
    expect(sentBy('sns:Publish')).toEqual([]);
  });

  test('where nobody can be asked, it is refused', async () => {
    const { status, stdout, stderr } = await builtDrill('--systems');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain('nobody can be asked. Nothing was sent. Add --yes.');
    expect(sentBy('sns:Publish').concat(sentBy('events:PutEvents'))).toEqual([]);
  });

  test('get it although nobody is subscribed by email', async () => {
    subscribe();
    const ran = await drill('--systems', '--yes', '--json');
    expect({ status: ran.status, subscriptions: json(ran).subscriptions }).toEqual({
      status: 0,
      subscriptions: [],
    });
    expect((await world.watched.takeMessages()).events).toHaveLength(1);
  });

  test('without a rule that sees it, nothing is sent', async () => {
    for (const id of world.account.idsOf('AWS::Events::Rule')) world.account.disabledRules.add(id);
    const { status, stdout, stderr } = await drill('--systems', '--yes');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(unwrapped(stderr)).toMatch(/No rule of the bus \S+ would see the event, so nothing was sent/);
    expect(sentBy('sns:Publish')).toEqual([]);
  });
});

// Its table, functions (and so metrics, digests and what guards against a storm), watches, and a pipeline that waits for an import.
test('the watcher itself ignores a drill', async () => {
  const { watched } = world;
  const { definition } = pipelineDefinition(
    (stack, watcher) =>
      new WatchDicomImport(stack, 'Watch', {
        watcher,
        datastoreId: JsonPath.stringAt('$.datastoreId'),
        jobId: JsonPath.stringAt('$.jobId'),
      }),
  );
  const job = await watched.import();
  const pipeline = startPipeline(watched, definition).start('waits', JSON.stringify(job));
  await watched.pass(60);
  const functions = recordCalls();
  const table = watched.tableClient;
  const seen = async () => ({
    items: (await table.send(new ScanCommand({ TableName: watched.table }))).Items,
    executions: [...watched.cloud.machine.executions.values()].map(({ name, status, steps }) => [
      name,
      status,
      steps.length,
    ]),
    // Whatever measures, sends a digest or guards against a storm is a function, and calls something.
    calls: functions.length,
    pipeline: [pipeline.status, pipeline.steps.length],
  });
  // The virtual clock stands still while this runs: all that changes is what the drill changes.
  await watched.clock.run(async () => {
    const before = await seen();
    expect(before.pipeline[0]).toBe('RUNNING');
    expect(json(await drill('--systems', '--yes', '--json')).systems?.rules).toHaveLength(1);
    // Until the event has come to where it goes.
    const delivered = async () => (await watched.takeMessages()).events;
    let events = await delivered();
    while (events.length === 0) events = await delivered();
    expect(events.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({ metadata: expect.objectContaining({ test: true }) }),
    ]);
    expect(await seen()).toEqual(before);
  });
  await watched.clock.idle();
  expect(pipeline.output).toMatchObject({ dicomImport: { ...job, outcome: 'SUCCEEDED' } });
  table.destroy();
});

describe('wrong input', () => {
  test.each<[string[], number, string, (() => void)?]>([
    [['--topic-arn', 'Imports'], 2, 'Expected the ARN of a topic'],
    [['--bus-name', ''], 2, 'Expected the name or the ARN of an event bus'],
    [['--sytems'], 2, "unknown option '--sytems' (Did you mean --systems?)"],
    [['--stack', 'Nowhere'], 1, "There is no stack 'Nowhere'"],
    [
      [],
      1,
      "has no email subscription, so nothing was sent. Set 'emails' and deploy. To test the bus: dicom-import-watcher drill --systems",
      () => subscribe(),
    ],
    [
      [],
      1,
      'These credentials do not allow this action',
      () => world.account.denied.add('sns:GetSubscriptionAttributes'),
    ],
    [
      ['--systems', '--yes'],
      1,
      'These credentials do not allow this action',
      () => world.account.denied.add('events:ListRules'),
    ],
  ])('%j', async (args, expected, message, arrange) => {
    arrange?.();
    const { status, stdout, stderr } = await drill(...args);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(sentBy('sns:Publish')).toEqual([]);
  });
});
