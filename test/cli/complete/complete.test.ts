import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BARE, runCli, unwrapped } from '../run-cli.ts';
import { builtMain, onTerminal, runBoth } from '../start-cli.ts';

/** What can stand next, as the script of a shell asks for it. */
async function next(...words: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await runCli(['complete', '--', ...words]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(':'))
    .map((line) => line.split('\t')[0] ?? '');
}

test('every command is completed', async () => {
  const help = await runCli(['--help']);
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+)\b(?= .{3,})/gm)].map(([, name]) => name);
  expect(commands).toContain('wait');
  expect((await next('')).sort()).toEqual(commands.sort());
  expect(await next('wa')).toEqual(['wait']);
});

test('options are completed, of the command that stands there', async () => {
  expect(await next('wait', '--j')).toEqual(['--job-id', '--json']);
  expect(await next('report', '--f')).toEqual(['--failures', '--format', '--force']);
});

test('values are completed where there is a choice', async () => {
  expect(await next('report', '--format', '')).toEqual(['table', 'json', 'csv', 'html']);
});

test.each([
  ['bash', 'complete -F __dicom_import_watcher_complete dicom-import-watcher'],
  ['zsh', '#compdef dicom-import-watcher'],
  ['fish', 'complete -c dicom-import-watcher'],
  ['powershell', 'Register-ArgumentCompleter'],
])('there is a script for %s', async (shell, line) => {
  const { status, stdout, stderr } = await runCli(['complete', shell]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(line);
});

test('the built command prints the same', async () => {
  expect(await runBoth(['complete', 'bash'])).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  [[], "missing required argument 'shell'"],
  [['tcsh'], 'Allowed choices are zsh, bash, fish, powershell.'],
  [['--bogus'], "unknown option '--bogus'"],
])('%j ends with 2', async (args, message) => {
  const { status, stdout, stderr } = await runCli(['complete', ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(unwrapped(stderr)).toContain(message);
});

describe('in bash', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
    const program = join(folder, 'dicom-import-watcher');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${builtMain()}' "$@"\n`);
    await chmod(program, 0o755);
    await writeFile(
      join(folder, 'rc'),
      `PS1='ready> '
# Of the package bash-completion, which not every machine has.
_get_comp_words_by_ref() { cur=\${COMP_WORDS[COMP_CWORD]}; words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
source <(dicom-import-watcher complete bash)
`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('the tab key does it', async () => {
    const shell = onTerminal('bash', ['--noprofile', '--rcfile', join(folder, 'rc'), '-i'], {
      TERM: 'dumb',
      PATH: `${folder}:${BARE.PATH}`,
    });
    await shell.until(/ready> $/);
    shell.pty.write('dicom-import-watcher pl\t');
    await shell.until(/plan $/);
    shell.pty.write('--ove\t');
    await shell.until(/--overdue-after $/);
    // It may ignore a hangup, as under nohup.
    shell.pty.kill('SIGKILL');
    await shell.ended;
    expect(shell.shown()).toContain('ready> dicom-import-watcher plan --overdue-after ');
  });
});
