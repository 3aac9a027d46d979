import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'));
  writeFileSync(join(folder, '..', `${folder.split('/').at(-1)}.dcm`), 'x');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(`${folder}.dcm`);
});

function demo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['local/demo.ts', ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('wrong input ends in one clear line, and prints no JSON', () => {
  const cases: [string, () => string[], () => string][] = [
    [
      'no such folder',
      () => ['--input', '/does/not/exist'],
      () => "demo: there is no folder '/does/not/exist'",
    ],
    ['an empty folder', () => ['--input', folder], () => `demo: there is no file in the folder '${folder}'`],
    [
      'a file for a folder',
      () => ['--input', `${folder}.dcm`],
      () => `demo: '${folder}.dcm' is a file, expected a folder of DICOM files`,
    ],
    [
      'no duration',
      () => ['--duration', '0'],
      () => "argument '0' is invalid. Expected a whole number from 1 to 3600.",
    ],
    ['a wrong duration', () => ['--duration', 'soon'], () => "argument 'soon' is invalid."],
    [
      'no jobs',
      () => ['--jobs', '0'],
      () => "argument '0' is invalid. Expected a whole number from 1 to 1000.",
    ],
    ['a wrong number of jobs', () => ['--jobs', '2.5'], () => "argument '2.5' is invalid."],
    [
      'jobs of files of your own',
      () => ['--jobs', '2', '--input', folder],
      () => "error: option '--jobs <number>' cannot be used with option '--input <folder>'",
    ],
    [
      'jobs whose events are lost',
      () => ['--jobs', '2', '--no-events'],
      () => "error: option '--jobs <number>' cannot be used with option '--no-events'",
    ],
    ['an unknown option', () => ['--inputs', 'x'], () => "error: unknown option '--inputs'"],
    ['an argument too much', () => ['folder'], () => 'error: too many arguments.'],
  ];
  test.each(cases)('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await demo('--json', ...args());
    expect(stderr).toContain(message());
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

test('--json prints one object, and tells the story on standard error', async () => {
  const { code, stdout, stderr } = await demo('--json', '--duration', '1');
  expect(code).toBe(0);
  const result = JSON.parse(stdout);
  expect(Object.keys(result)).toEqual([
    'outcome',
    'event',
    'email',
    'subscribers',
    'polls',
    'lagSeconds',
    'executions',
  ]);
  expect(result).toMatchObject({
    outcome: 'PARTIALLY_FAILED',
    executions: 1,
    event: {
      source: 'dicom-import-watcher',
      'detail-type': 'DICOM Import Finished',
      detail: { metadata: { schemaVersion: expect.any(String) }, data: { outcome: 'PARTIALLY_FAILED' } },
    },
    email: { subject: expect.stringMatching(/^PARTIALLY FAILED: /), body: expect.any(String) },
  });
  const told = result.subscribers.map(({ name, told }: { name: string; told: boolean }) => [name, told]);
  expect(told).toEqual([
    ['radiology-it@hospital.example', true],
    ['Verdicts', true],
    ['pacs-on-call@hospital.example', true],
    ['reading-worklist', false],
  ]);
  expect(stderr).toMatch(/^ +0\.\d s {2}building .*submitted .*outcome /s);
});

test('--jobs imports many studies: what gets no email is in one digest, and every verdict is on the bus', async () => {
  const { code, stdout, stderr } = await demo('--json', '--jobs', '200', '--duration', '1');
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('its clock is an hour ahead'),
  });
  const { jobs, outcomes, people } = JSON.parse(stdout);
  expect({ jobs, outcomes }).toEqual({ jobs: 200, outcomes: { SUCCEEDED: 175, PARTIALLY_FAILED: 25 } });
  const [everything, failures] = people;
  const refused = 25 - failures.emails;
  const held = 200 - everything.emails;
  expect(refused).toBeGreaterThan(0);
  expect(held).toBeGreaterThan(refused);
  const subjects = (each: typeof failures) => each.digests.map(({ subject }: { subject: string }) => subject);
  expect(subjects(failures)).toEqual([expect.stringMatching(`^DIGEST \\S+: ${refused} PARTIALLY FAILED$`)]);
  expect(subjects(everything)).toEqual([
    expect.stringMatching(`^DIGEST \\S+: ${refused} PARTIALLY FAILED, ${held - refused} SUCCEEDED$`),
  ]);
  expect(everything.digests[0].body).toContain(`${held} DICOM imports with news`);
});

describe('however the demo ends, it leaves no temporary folder', () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'demo-tmp-'));
  });
  afterEach(() => rmSync(temporary, { recursive: true }));
  const start = (...args: string[]) =>
    spawn(process.execPath, ['local/demo.ts', ...args], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  /** Reads until the text came. */
  async function readUntil(output: Readable, text: string): Promise<string> {
    let all = '';
    for await (const piece of output.iterator({ destroyOnReturn: false })) {
      all += piece;
      if (all.includes(text)) break;
    }
    return all;
  }

  test('with --hold the command line works on it, until Ctrl-C', async () => {
    const child = start('--hold', '--duration', '1');
    const told = await readUntil(child.stdout, 'dicom-import-watcher doctor\n');
    const env = Object.fromEntries(
      [...told.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const command = /^npx dicom-import-watcher (redrive .*)$/m.exec(told)?.[1] ?? '';
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['dist/cli/main.mjs', ...command.split(' ')],
      {
        env: { ...process.env, ...env },
      },
    );
    expect(stdout).toContain('Redriven.');
    child.kill('SIGINT');
    await once(child, 'exit');
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('after Ctrl-C in its middle', async () => {
    const child = start('--duration', '600');
    await readUntil(child.stdout, 'waits');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect([code, readdirSync(temporary)]).toEqual([130, []]);
  });

  test('after a closed pipe, quietly', async () => {
    const child = start('--duration', '1');
    await readUntil(child.stdout, 'synthesized');
    child.stdout.destroy();
    const [code] = await once(child, 'exit');
    expect([code, readdirSync(temporary)]).toEqual([0, []]);
  });
});
