import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { intervalSeconds } from '../../../cli/doctor/event-flow.ts';
import { isDigests, isSweep } from '../../../cli/doctor/rules.ts';
import { EMAIL } from '../../../local/demo-stack.ts';
import { PLACE } from '../../../local/template.ts';
import { BARE, runCli, tooWide, unwrapped } from '../run-cli.ts';
import { startOnTerminal } from '../start-cli.ts';
import { startWatchedAccount, type WatchedAccount } from '../watched-account.ts';

const findingSchema = z.strictObject({
  check: z.string(),
  status: z.enum(['ok', 'note', 'problem']),
  detail: z.string(),
  todo: z.string().nullable(),
});
const doctorSchema = z.strictObject({
  ok: z.boolean(),
  stack: z.string(),
  region: z.string(),
  findings: z.array(findingSchema),
});

const MINUTE = 60_000;
let world: WatchedAccount;
let rule: (part: string) => string;
let alarm: (kind: string) => string;
beforeAll(async () => {
  world = await startWatchedAccount({ alarmEmails: ['on-call@hospital.example'] });
  const { account, watched } = world;
  rule = (part) => account.idsOf('AWS::Events::Rule').find((id) => id.includes(part)) ?? '';
  alarm = (kind) =>
    account
      .idsOf('AWS::CloudWatch::Alarm')
      .map((id) => watched.template.Resources[id]?.Properties.AlarmName as string)
      .find((name) => name.endsWith(kind)) ?? '';
});
beforeEach(() => {
  const { account } = world;
  for (const each of [account.disabledRules, account.rulesWithoutTargets, account.alarms, account.denied])
    each.clear();
  account.clockAhead = 0;
  account.deployedAt = new Date('2026-01-02T00:00:00Z');
  account.metrics.clear();
  account.metrics.set('Sweeps', [[Date.now() - 10 * MINUTE, 1]]);
  account.metrics.set('DigestDelay', [[Date.now() - 5 * MINUTE, 0]]);
  account.metrics.set('Invocations', [[Date.now() - 90 * MINUTE, 3]]);
  for (const each of account.subscriptions)
    Object.assign(each, { arn: `${each.topicArn}:1`, authenticated: true });
});
afterEach(() => world.watched.cloud.simulator.faults.clear());
afterAll(() => world.stop());

/** What the doctor says that is not well. */
async function ills(...args: string[]) {
  const { status, stdout, stderr } = await world.cli('doctor', '--json', ...args);
  expect(stderr).toBe('');
  const { ok, findings } = doctorSchema.parse(JSON.parse(stdout));
  expect(status).toBe(ok ? 0 : 1);
  return findings.filter(({ status: each, detail }) => each !== 'ok' && !detail.startsWith('Not tried'));
}

test('all is well: a line for each check, and status 0', async () => {
  const { status, stdout, stderr } = await world.cli('doctor');
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'All is well.\n' });
  const checks = [...stdout.matchAll(/^(ok|note|problem) +([a-z]+(?: [a-z]+)?) {2}/gm)].map(
    ([, found, check]) => [check, found],
  );
  expect(checks).toEqual([
    ['stack', 'ok'],
    ['clock', 'ok'],
    ['permissions', 'ok'],
    ['permissions', 'note'],
    ['rules', 'ok'],
    ['events', 'ok'],
    ['sweep', 'ok'],
    ['digests', 'ok'],
    ['watches', 'ok'],
    ['alarms', 'ok'],
    ['dead letters', 'ok'],
    ['subscriptions', 'ok'],
  ]);
  expect(stdout).toMatch(/states:RedriveExecution/);
  expect(stdout).toMatch(/2 subscriptions, all confirmed/);
  expect(tooWide(stdout)).toEqual([]);
});

test('it changes nothing', async () => {
  const before = world.account.calls.length;
  await world.cli('doctor');
  const operations = world.account.calls.slice(before).map(({ operation }) => operation.replace(/^.*:/, ''));
  expect(operations.filter((each) => !/^(Describe|List|Get)/.test(each))).toEqual([]);
});

test('on a terminal the status has a color, with NO_COLOR it has none', async () => {
  const red = '\u001b[3';
  world.account.disabledRules.add(rule('ImportEvents'));
  const colored = startOnTerminal(['doctor'], world.env);
  expect(await colored.ended).toBe(1);
  expect(colored.shown()).toContain(red);
  const plain = startOnTerminal(['doctor'], { ...world.env, NO_COLOR: '1' });
  expect(await plain.ended).toBe(1);
  expect(plain.shown()).not.toContain(red);
  expect(tooWide(plain.shown()).filter((line) => !line.includes('aws '))).toEqual([]);
});

describe('problems are reported, with what to do', () => {
  test('a rule that somebody disabled, one without a target', async () => {
    const { account } = world;
    account.disabledRules.add(rule('ImportEvents'));
    account.rulesWithoutTargets.add(rule('WatchFailures'));
    expect(await ills()).toEqual([
      {
        check: 'rules',
        status: 'problem',
        detail: expect.stringContaining(`The rule ${rule('ImportEvents')} is disabled`),
        todo: `aws events enable-rule --name ${rule('ImportEvents')}`,
      },
      {
        check: 'rules',
        status: 'problem',
        detail: expect.stringContaining(`The rule ${rule('WatchFailures')} has no target`),
        todo: 'Deploy the stack again.',
      },
    ]);
  });

  test('an address that waits for its confirmation, one that is gone', async () => {
    const { account } = world;
    const [person, onCall] = account.subscriptions;
    if (person) delete person.arn;
    expect(await ills()).toEqual([
      {
        check: 'subscriptions',
        status: 'problem',
        detail: expect.stringMatching(
          new RegExp(`^${person?.address} has not confirmed the subscription of arn:`),
        ),
        todo: expect.stringContaining("dicom-import-watcher confirm --token '<its link>'"),
      },
    ]);
    account.subscriptions.splice(0, 2);
    const gone = await ills();
    if (person && onCall) account.subscriptions.push(person, onCall);
    expect(gone).toEqual([
      expect.objectContaining({ detail: expect.stringMatching(/^2 subscriptions of the stack are gone/) }),
    ]);
  });

  test('an address that a mail scanner can unsubscribe: a note, not a problem', async () => {
    const person = world.account.subscriptions.find(({ address }) => address === EMAIL);
    Object.assign(person ?? {}, { authenticated: false });
    expect(await ills()).toEqual([
      expect.objectContaining({
        check: 'subscriptions',
        status: 'note',
        detail: expect.stringContaining(EMAIL),
      }),
    ]);
  });

  test('a dead letter', async () => {
    const queue = world.account.idsOf('AWS::SQS::Queue').find((id) => id.includes('RuleDeadLetters')) ?? '';
    const sqs = new SQSClient({
      endpoint: world.env.AWS_ENDPOINT_URL_SQS ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const QueueUrl = `${world.env.AWS_ENDPOINT_URL_SQS}/${PLACE.account}/${queue}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    const found = await ills();
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    sqs.destroy();
    expect(found).toEqual([
      {
        check: 'dead letters',
        status: 'problem',
        detail: `1 message in ${queue}.`,
        todo: expect.stringContaining('See dead-letters in docs/runbook.md'),
      },
    ]);
  });

  test('a watch that failed, until its job has a verdict', async () => {
    const { watched } = world;
    watched.cloud.simulator.faults.request({
      kind: 'denied',
      operation: 'GetDICOMImportJob',
      forSeconds: 60,
    });
    const { datastoreId, jobId } = await watched.import();
    await watched.pass(61);
    expect(await ills()).toEqual([
      {
        check: 'watches',
        status: 'problem',
        detail: `1 job without a verdict, since the watch failed or was stopped: ${datastoreId}-${jobId}.`,
        todo: expect.stringContaining('dicom-import-watcher redrive --all'),
      },
    ]);
    await world.cli('redrive', '--all');
    await watched.clock.idle();
    expect(await ills()).toEqual([]);
  });

  test('an alarm that is on, one that is gone, one that tells nobody', async () => {
    const { alarms } = world.account;
    alarms.set(alarm('sweep-not-run'), { state: 'ALARM' });
    alarms.set(alarm('throttled'), { deleted: true });
    alarms.set(alarm('watch-failed'), { actionsEnabled: false });
    const found = await ills();
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        {
          check: 'alarms',
          status: 'problem',
          detail: expect.stringContaining('sweep-not-run: [page] No sweep has come to its end'),
          todo: 'Runbook: docs/runbook.md, section sweep-not-run',
        },
        expect.objectContaining({
          status: 'problem',
          detail: `The alarm ${alarm('throttled')} was deleted.`,
        }),
        expect.objectContaining({
          status: 'note',
          todo: `aws cloudwatch enable-alarm-actions --alarm-names ${alarm('watch-failed')}`,
        }),
      ]),
    );
  });

  test('a clock that is wrong', async () => {
    world.account.clockAhead = -125;
    expect(await ills()).toEqual([
      expect.objectContaining({
        check: 'clock',
        status: 'problem',
        detail: expect.stringMatching(/^The clock of this machine is 2 min( \d+ s)? ahead of that of AWS\.$/),
      }),
    ]);
  });

  test('sweeps that have stopped', async () => {
    const { metrics } = world.account;
    metrics.set('Sweeps', [[Date.now() - 60 * MINUTE, 1]]);
    const sweep = { check: 'sweep', status: 'problem', todo: expect.stringContaining('every 15 min') };
    expect(await ills()).toEqual([
      { ...sweep, detail: expect.stringMatching(/^The last .* 1 h( \d+ s)? ago\.$/) },
    ]);
    metrics.delete('Sweeps');
    expect(await ills()).toEqual([{ ...sweep, detail: 'No sweep was completed for a day.' }]);
  });

  test('a sweep that does not come to the end of all lists', async () => {
    const { metrics } = world.account;
    metrics.set('FullRoundAge', [
      [Date.now() - 20 * MINUTE, 3600],
      [Date.now() - 10 * MINUTE, 3 * 24 * 3600],
    ]);
    expect(await ills()).toEqual([
      {
        check: 'sweep',
        status: 'problem',
        detail: 'The last complete sweep of all jobs began 3 d ago.',
        todo: 'There should be one each day: see full-round-late in docs/runbook.md.',
      },
    ]);
  });

  test('what runs on a schedule is no problem right after the deployment', async () => {
    const { account } = world;
    account.metrics.delete('Sweeps');
    account.metrics.delete('DigestDelay');
    account.deployedAt = new Date(Date.now() - 10 * MINUTE);
    const soon = { status: 'note', todo: expect.stringMatching(/^Run doctor again in \d+ min\.$/) };
    expect(await ills()).toEqual([
      {
        check: 'sweep',
        ...soon,
        detail: expect.stringMatching(
          /^No sweep was completed yet: the stack was deployed at .* 10 min ago\.$/,
        ),
      },
      { check: 'digests', ...soon, detail: expect.stringMatching(/^Nothing has looked for digests yet: /) },
    ]);
    account.deployedAt = new Date(Date.now() - 60 * MINUTE);
    expect((await ills()).map(({ status }) => status)).toEqual(['problem', 'problem']);
  });

  test('digests that nothing looks for, and one that is late', async () => {
    const { metrics } = world.account;
    const digests = { check: 'digests', status: 'problem', todo: 'See digest-late in docs/runbook.md.' };
    metrics.set('DigestDelay', [
      [Date.now() - 10 * MINUTE, 0],
      [Date.now() - 5 * MINUTE, 1920],
    ]);
    expect(await ills()).toEqual([
      { ...digests, detail: 'A digest has been due for 32 min, and is not sent.' },
    ]);
    metrics.set('DigestDelay', [[Date.now() - 60 * MINUTE, 0]]);
    expect(await ills()).toEqual([
      { ...digests, detail: expect.stringMatching(/^Nothing has looked for digests since .* 1 h/) },
    ]);
    metrics.delete('DigestDelay');
    expect(await ills()).toEqual([{ ...digests, detail: 'Nothing has looked for digests for a day.' }]);
  });

  test('the storm guard that held emails back is reported, and no problem', async () => {
    const { metrics } = world.account;
    metrics.set('EmailsHeld', [[Date.now() - 90 * MINUTE, 480]]);
    metrics.set('DigestsSent', [[Date.now() - 30 * MINUTE, 1]]);
    expect(await ills()).toEqual([]);
    expect(unwrapped((await world.cli('doctor')).stdout)).toContain(
      'None is late, 1 digest sent within a day. The storm guard left 480 emails to them',
    );
    for (const name of ['EmailsHeld', 'DigestsSent']) metrics.delete(name);
  });

  test('events that do not come, although imports finish', async () => {
    const { metrics } = world.account;
    metrics.delete('Invocations');
    expect(await ills()).toEqual([
      expect.objectContaining({
        check: 'events',
        status: 'note',
        detail: expect.stringContaining('no import finished'),
      }),
    ]);
    metrics.set('ImportsFinished SUCCEEDED', [[Date.now() - 60 * MINUTE, 2]]);
    metrics.set('ImportsFinished FAILED', [[Date.now() - 90 * MINUTE, 1]]);
    expect(await ills()).toEqual([
      expect.objectContaining({
        check: 'events',
        status: 'problem',
        detail: expect.stringMatching(/^3 imports finished within 14 days, but no event/),
      }),
    ]);
  });

  test('calls that these credentials may not make', async () => {
    const { account, watched } = world;
    account.denied.add('sns:ListSubscriptionsByTopic');
    watched.cloud.simulator.faults.request({ kind: 'denied', operation: 'ListDICOMImportJobs' });
    expect(await ills()).toEqual([
      {
        check: 'permissions',
        status: 'problem',
        detail: 'These credentials do not allow medical-imaging:ListDICOMImportJobs.',
        todo: 'Give their role medical-imaging:ListDICOMImportJobs.',
      },
      {
        check: 'subscriptions',
        status: 'problem',
        detail: expect.stringContaining('sns:ListSubscriptionsByTopic'),
        todo: expect.stringMatching(/^These credentials do not allow this action/),
      },
    ]);
  });

  test('a stack that is not there, or may not be seen', async () => {
    const { status, stdout, stderr } = await world.cli('doctor', '--stack', 'Other');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^problem {2}stack +There is no stack 'Other' in us-east-1\.$/m);
    expect(stderr).toBe('1 problem. Without the stack nothing else could be looked at.\n');
    world.account.denied.add('cloudformation:DescribeStacks');
    expect(await ills()).toEqual([
      expect.objectContaining({
        check: 'stack',
        detail: expect.stringContaining('cloudformation:DescribeStacks'),
      }),
    ]);
  });
});

test('a watcher in a stack of somebody else, without our outputs', async () => {
  const { outputs } = world.account;
  const kept = new Map(outputs);
  outputs.clear();
  const without = await ills();
  const named = await ills(
    '--state-machine-arn',
    kept.get('StateMachineArn') ?? '',
    '--table-name',
    kept.get('TableName') ?? '',
  );
  for (const [name, value] of kept) outputs.set(name, value);
  expect(without).toEqual([
    expect.objectContaining({ todo: expect.stringContaining('--state-machine-arn') }),
  ]);
  expect(named).toEqual([]);
});

describe('wrong input', () => {
  test.each([
    [['doctor', 'who'], 2, 'too many arguments'],
    [['doctor', '--stack', ''], 2, 'Expected the name or the ARN of a stack'],
    [['doctor', '--region', 'Frankfurt'], 2, 'Expected the name of a region'],
    [['doctor', '--endpoint-url', 'localhost'], 2, 'Expected a URL'],
  ])('%j', async (args, expected, message) => {
    const { status, stdout, stderr } = await runCli(args, world.env);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test('no credentials', async () => {
    const { status, stderr } = await runCli(['doctor'], { ...BARE, AWS_REGION: 'us-east-1' });
    expect({ status, stderr: unwrapped(stderr) }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no AWS credentials'),
    });
  });
});

test.each([
  ['rate(1 minute)', 60],
  ['rate(15 minutes)', 900],
  ['rate(1 hour)', 3600],
  ['rate(1 day)', 86_400],
])('%s is %d s', (expression, seconds) => {
  expect(intervalSeconds(expression)).toBe(seconds);
});

test('the sweep of all jobs, that of running jobs and digests each have a schedule: which is which', () => {
  const schedules = [
    'WatcherDigestSchedule0A1B2C3D',
    'WatcherRunningSweepSchedule4E5F6071',
    'MySweepSchedule8293A4B5',
  ];
  const rules = schedules.map((logicalId) => ({ logicalId, physicalId: logicalId, $metadata: {} }));
  expect(rules.filter(isSweep)).toEqual([rules[2]]);
  expect(rules.filter(isDigests)).toEqual([rules[0]]);
});
