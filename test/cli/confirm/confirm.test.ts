import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseConfirmation } from '../../../cli/confirm/token.ts';
import { type Account, type EmailSubscription, startAccount } from '../../../local/account.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { runBoth } from '../start-cli.ts';

const confirmSchema = z.strictObject({
  topicArn: z.string(),
  subscriptionArn: z.string(),
  authenticated: z.boolean().nullable(),
});

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:Imports';
const TOKEN = '2336412f37fb687f5d51e6e2425dacbba5b8'.repeat(4);
const LINK = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(TOPIC)}&Token=${TOKEN}`;

let account: Account;
let env: Record<string, string>;
let subscription: EmailSubscription;
beforeAll(async () => {
  account = await startAccount(
    { Resources: {} },
    { eventBridge: 'http://127.0.0.1:9', sns: 'http://127.0.0.1:9' },
  );
  env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...account.env,
  };
});
beforeEach(() => {
  subscription = { topicArn: TOPIC, address: 'radiology-it@hospital.example' };
  account.subscriptions.splice(0, Number.POSITIVE_INFINITY, subscription);
  account.tokens.clear();
  account.tokens.set(TOKEN, subscription);
  account.outputs.clear();
  account.denied.clear();
  account.calls.splice(0);
});
afterAll(() => account.stop());

const confirm = (...args: string[]) => runCli(['confirm', ...args], env);

test('confirms by a signed call, so that no link can end the subscription', async () => {
  const { status, stdout, stderr } = await confirm('--token', LINK);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'Only a signed call can end the subscription. No link in an email can.\n',
  });
  expect(stdout).toContain(`Confirmed  ${TOPIC}:${TOKEN}\n`);
  expect(tooWide(stdout).filter((line) => !line.includes('arn:'))).toEqual([]);
  expect(subscription.authenticated).toBe(true);
  expect(account.calls[0]).toEqual({
    operation: 'sns:ConfirmSubscription',
    parameters: { TopicArn: TOPIC, Token: TOKEN, AuthenticateOnUnsubscribe: 'true' },
  });
});

test('the built command confirms it, too', async () => {
  expect((await runBoth(['confirm', '--token', LINK], env)).status).toBe(0);
  expect(subscription.authenticated).toBe(true);
});

test('a bare token, with the topic of the stack or one that is named; JSON', async () => {
  account.outputs.set('TopicArn', TOPIC);
  const { status, stdout } = await confirm('--token', TOKEN, '--json');
  expect(status).toBe(0);
  expect(confirmSchema.parse(JSON.parse(stdout))).toEqual({
    topicArn: TOPIC,
    subscriptionArn: `${TOPIC}:${TOKEN}`,
    authenticated: true,
  });
  account.outputs.clear();
  account.calls.splice(0);
  expect((await confirm('--token', TOKEN, '--topic-arn', TOPIC)).status).toBe(0);
  expect(account.calls.map(({ operation }) => operation)).not.toContain('cloudformation:DescribeStacks');
});

test('one that was confirmed by its link before stays open to scanners: told, with what to do', async () => {
  Object.assign(subscription, { arn: `${TOPIC}:before`, authenticated: false });
  const { status, stderr } = await confirm('--token', LINK);
  expect(status).toBe(1);
  expect(unwrapped(stderr)).toContain('It was confirmed before, by its link');
  expect(stderr).toContain(`aws sns unsubscribe --subscription-arn ${TOPIC}:before\n`);
  const { stdout } = await confirm('--token', LINK, '--json');
  expect(confirmSchema.parse(JSON.parse(stdout)).authenticated).toBe(false);
});

test('without the permission to see how it was confirmed, it says so', async () => {
  account.denied.add('sns:GetSubscriptionAttributes');
  const { status, stdout, stderr } = await confirm('--token', LINK, '--json');
  expect(status).toBe(0);
  expect(unwrapped(stderr)).toContain('It is not known how the subscription was confirmed.');
  expect(confirmSchema.parse(JSON.parse(stdout)).authenticated).toBeNull();
});

describe('wrong input', () => {
  test.each([
    [[], 2, "required option '--token <token>' not specified"],
    [['--token', 'abc'], 2, 'Expected the token of a confirmation email'],
    [['--token', 'https://hospital.example/'], 2, 'Expected the token of a confirmation email'],
    [['--token', LINK, '--topic-arn', `${TOPIC}2`], 2, 'Remove --topic-arn'],
    [['--token', TOKEN, '--topic-arn', 'Imports'], 2, 'Expected the ARN of a topic'],
    [['--token', TOKEN], 1, 'has no output TopicArn'],
    [['--token', `${TOKEN}0`, '--topic-arn', TOPIC], 1, 'SNS does not accept this token for the topic'],
  ])('%j', async (args, expected, message) => {
    const { status, stdout, stderr } = await confirm(...args);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('a confirmation', () => {
  const read = { token: TOKEN, topicArn: TOPIC };

  test.each([
    [TOKEN, { token: TOKEN }],
    [` ${LINK}\n`, read],
    [`https://scanner.example/v2/?url=${encodeURIComponent(LINK)}&data=05`, read],
  ])('%s', (text, expected) => {
    expect(parseConfirmation(text)).toEqual(expected);
  });

  test.each(['', 'a b', 'https://', `https://sns.eu-west-1.amazonaws.com/?Token=${TOKEN}`])(
    'not %j',
    (text) => {
      expect(parseConfirmation(text)).toBeUndefined();
    },
  );
});
