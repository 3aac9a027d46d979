import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../cli/errors.ts';
import { listen } from '../../local/services.ts';
import { datastoreId } from '../../proof/fixtures/simulator-world.ts';
import { runCli, unwrapped } from './run-cli.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
const REGION = { AWS_REGION: 'us-east-1' };
const JOB = ['--datastore-id', datastoreId, '--job-id', '1'];
const S3 = 's3://some-bucket/x/';

/** Every command that calls AWS. */
const COMMANDS: readonly (readonly string[])[] = [
  [
    'start',
    '--datastore-id',
    datastoreId,
    '--role-arn',
    'arn:aws:iam::111122223333:role/x',
    '--input',
    S3,
  ].concat(['--output', 's3://other-bucket/y/']),
  ['wait', ...JOB],
  ['report', ...JOB],
  ['report', '--manifest', S3],
  ['list', '--datastore-id', datastoreId],
  ['status', ...JOB],
  ['redrive', '--all'],
  ['replay', ...JOB],
  ['confirm', '--token', 'a'.repeat(20)],
  ['doctor'],
];

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-errors-'));
  const session = '[sso-session x]\nsso_start_url = http://127.0.0.1:1\nsso_region = us-east-1\n';
  const config = {
    good: `# ours\n[default]\nregion = us-east-1\n[profile ward]\noutput = json\n[profile login]\nsso_session = x\nsso_account_id = 1\nsso_role_name = y\n${session}[profile command]\ncredential_process = /bin/false\n[profile chain]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = gone\ns3 =\n  max_concurrent_requests = 20\n`,
    broken: '[default]\nregion = us-east-1\naws_secret_access_key S3CR3T\n',
    text: 'no configuration\n',
  };
  for (const [name, text] of Object.entries(config)) await writeFile(inFolder(name), text);
  await mkdir(inFolder('folder'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const withConfig = (name: string) => ({
  ...REGION,
  AWS_CONFIG_FILE: inFolder(name),
  AWS_SHARED_CREDENTIALS_FILE: inFolder('absent'),
});

test.each(COMMANDS)('%s says that there is no such profile, and which there are', async (...args) => {
  // What else gives credentials does not stand in for it.
  const env = { ...withConfig('good'), ...KEYS };
  const { status, stdout, stderr } = await runCli([...args, '--profile', 'nope'], env);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(unwrapped(stderr)).toBe(
    `error: There is no profile 'nope'. ${inFolder('good')} has default, ward, login, command, chain. ${inFolder('absent')} is not there. `,
  );
});

describe('without credentials', () => {
  test.each([
    ['ward', "The profile 'ward' gives no AWS credentials. It has no keys"],
    ['login', "The profile 'login' gives no AWS credentials. Log in: aws sso login --profile login ("],
    ['command', 'Run its credential_process by hand'],
    ['chain', "Check its source_profile, which is 'gone'."],
  ])('of the profile %s, says how they should come', async (profile, message) => {
    const { status, stderr } = await runCli(['wait', ...JOB], {
      ...withConfig('good'),
      AWS_PROFILE: profile,
    });
    expect(status).toBe(1);
    expect(unwrapped(stderr)).toContain(message);
  });

  test.each([
    ['broken', 'broken is wrong in line 3: expected [profile name] or name = value.'],
    ['text', 'text is wrong in line 1: expected'],
    ['folder', 'folder cannot be read (EISDIR: it is a folder).'],
  ])('says that the configuration is a %s', async (name, message) => {
    for (const args of [[], ['--profile', 'ward']]) {
      const { status, stderr } = await runCli(['doctor', ...args], withConfig(name));
      expect(status).toBe(1);
      expect(unwrapped(stderr)).toContain(message);
      expect(stderr).not.toContain('S3CR3T');
    }
  });

  test('a profile without a region is named', async () => {
    const { AWS_REGION: _, ...env } = withConfig('good');
    const { status, stderr } = await runCli(['doctor', '--profile', 'ward'], env);
    expect(status).toBe(1);
    expect(unwrapped(stderr)).toBe(
      "error: There is no AWS region. Name one with --region or AWS_REGION, or set region in the profile 'ward'. ",
    );
  });
});

test('credentials that S3 takes for expired are not said to lack a permission', async () => {
  const server = createServer((_, response) =>
    response
      .writeHead(400, { 'content-type': 'application/xml' })
      .end('<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>'),
  );
  const { endpoint, stop } = await listen(server);
  const env = { ...KEYS, ...REGION, AWS_ENDPOINT_URL_S3: endpoint };
  const ran = await Promise.all(
    [COMMANDS[0] ?? [], ['report', '--manifest', S3]].map((args) => runCli(args, env)),
  );
  await stop();
  for (const { status, stderr } of ran) {
    expect(status).toBe(1);
    expect(stderr).toContain('The AWS credentials have expired.');
    expect(stderr).not.toContain('may not');
  }
});

test('nobody who listens at the endpoint is not the network of AWS', async () => {
  const nowhere = ['--endpoint-url', 'http://127.0.0.1:1'];
  const { status, stderr } = await runCli(['status', ...JOB, ...nowhere], { ...KEYS, ...REGION });
  expect(status).toBe(1);
  expect(unwrapped(stderr)).toContain('Nothing answers there. Check the endpoint (--endpoint-url,');
});

const node = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });
const sdk = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('said by AWS'), { name, $metadata: { httpStatusCode } });

test.each([
  [node('ENOTFOUND'), /^There is no host of this name\. Check the region.* us-east-1, us-west-2, /],
  [node('EAI_AGAIN'), /^AWS cannot be reached/],
  [node('ENETUNREACH'), /^AWS cannot be reached/],
  [node('SELF_SIGNED_CERT_IN_CHAIN'), /^The TLS connection failed.*NODE_EXTRA_CA_CERTS/],
  [node('CERT_HAS_EXPIRED'), /^The TLS connection failed/],
  [node('EACCES', { path: '/x' }), /^\/x cannot be used \(EACCES: permission denied\)\.$/],
  [node('EROFS', { path: '/x' }), /^\/x cannot be used \(EROFS: the disk is read-only\)\.$/],
  [node('EISDIR', { path: '/x' }), /^\/x cannot be used \(EISDIR: it is a folder\)\.$/],
  [new SyntaxError('Unexpected token < in JSON'), /^What answered is not AWS/],
  [sdk('ExpiredTokenException', 403), /^The AWS credentials have expired/],
  [sdk('UnrecognizedClientException', 403), /^AWS does not accept these credentials/],
  [sdk('AccessDeniedException', 403), /^These credentials do not allow this action/],
  [sdk('ResourceNotFoundException', 404), /^AWS does not know this in the account and region/],
  [sdk('StateMachineDoesNotExist', 400), /^AWS does not know this/],
  [sdk('NoSuchBucket', 404), /^There is no such bucket/],
])('%s is explained', (error, message) => {
  expect(explain(error).message).toMatch(message);
});
