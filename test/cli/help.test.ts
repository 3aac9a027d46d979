import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXIT, OUTCOME_STATUS, RECONCILED_STATUS } from '../../cli/exit-status.ts';
import { program } from '../../cli/program.ts';
import { BARE, runCli, tooWide, unwrapped } from './run-cli.ts';
import {
  drillSchema,
  importRecordSchema,
  planSchema,
  servedSchema,
  startedSchema,
  timedOutSchema,
} from './schemas.ts';
import { builtMain, ended, runBoth, startCli } from './start-cli.ts';

const docs = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const names = program('', []).commands.map((command) => command.name());

test('help lists every command and fits the terminal', async () => {
  const { status, stdout, stderr } = await runCli(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(tooWide(stdout)).toEqual([]);
});

describe.each(names)('the help of %s', (name) => {
  let help: string;
  beforeAll(async () => {
    const { status, stdout, stderr } = await runCli([name, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    help = stdout;
  });

  test('fits the terminal', () => {
    expect(tooWide(help)).toEqual([]);
  });

  test('shows examples, whose options there are', () => {
    const [options = '', examples = ''] = help.split('\nExamples:\n');
    expect(examples).toContain(name);
    for (const [option] of examples.matchAll(/--[a-z-]+/g)) expect(options).toContain(option);
  });

  test('is no news to docs/command-line.md', () => {
    expect(docs).toContain(`\n## ${name}\n`);
    expect(docs).toContain(`[\`${name}\`](#${name})`);
  });
});

test('the exit statuses are those of the documentation', () => {
  const documented = [...docs.matchAll(/^\| (\d+) +\| /gm)].map(([, status]) => Number(status));
  const known = [EXIT, OUTCOME_STATUS, RECONCILED_STATUS].flatMap((statuses) => Object.values(statuses));
  expect(documented).toEqual([...new Set(known)].sort((a, b) => a - b));
  for (const [outcome, status] of Object.entries(OUTCOME_STATUS)) {
    expect(docs).toMatch(new RegExp(`^\\| ${status} .*\`${outcome}\``, 'm'));
  }
});

test.each(
  Object.entries({
    start: [startedSchema],
    wait: [importRecordSchema, timedOutSchema],
    drill: [drillSchema],
    plan: [planSchema],
    simulate: [servedSchema],
  }),
)('the documentation of %s shows JSON as it is printed', (name, schemas) => {
  const section = docs.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
  const examples = [...section.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json));
  expect(examples).toHaveLength(schemas.length);
  for (const [i, schema] of schemas.entries()) expect(schema.parse(examples[i])).toEqual(examples[i]);
});

test('the version of the built command is that of the package', async () => {
  expect(await runBoth(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [[], 'Usage: dicom-import-watcher'],
  [['wiat'], "unknown command 'wiat' (Did you mean wait?)"],
  [['--bogus'], "unknown option '--bogus'"],
  [['plan', '--pol', '5m'], "unknown option '--pol' (Did you mean --poll?)"],
  [['plan', '-poll', '5m'], "unknown option '-poll' (Did you mean --poll?)"],
  // Before what is missing: it may be that one.
  [['wait', '--job-idd', '1'], "unknown option '--job-idd' (Did you mean --job-id?)"],
])('%j ends with 2', async (args, message) => {
  const { status, stdout, stderr } = await runCli(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(unwrapped(stderr)).toContain(message);
});

test.each([
  ['start', ['--datastore-id <id>', '--role-arn <arn>', '--input <uri>', '--output <uri>']],
  ['wait', ['--datastore-id <id>', '--job-id <id>']],
  ['status', ['--datastore-id <id>', '--job-id <id>']],
  ['replay', ['--datastore-id <id>', '--job-id <id>']],
])('one message names all that %s misses', async (name, options) => {
  const { status, stdout, stderr } = await runCli([name]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  const all = options.map((option) => `'${option}'`).join(', ');
  expect(unwrapped(stderr)).toBe(
    `error: required options ${all} not specified (add --help to see how it is used) `,
  );
});

describe('standard output', () => {
  const many = ['plan', ...Array.from({ length: 2000 }, () => '1h')];

  test('that nobody reads any more changes neither the status nor what is said', async () => {
    const child = startCli(many);
    const ran = ended(child);
    child.stdout.destroy();
    expect(await ran).toMatchObject({ status: 0, stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('that cannot be written is an error', async () => {
    const full = openSync('/dev/full', 'w');
    for (const args of [['plan'], ['--help'], ['--version'], ['plan', '--json']]) {
      const { status, stderr } = spawnSync(process.execPath, [builtMain(), ...args], {
        env: BARE,
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'error: Standard output cannot be written (ENOSPC: the disk is full).\n',
      });
    }
    closeSync(full);
  });
});
