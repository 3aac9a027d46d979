import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type IPty, spawn as spawnOnTerminal } from '@lydell/node-pty';
import { afterAll } from 'vitest';

/** The built command. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of whoever runs the tests: no credentials, no configuration, no colours. */
export const BARE: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** A test that fails leaves nothing behind that keeps the tests from ending. */
const running = new Set<{ kill(signal: 'SIGKILL'): unknown }>();
afterAll(() => {
  for (const each of running) each.kill('SIGKILL');
});

/** Starts the built command as a process of its own, with pipes. */
export function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...BARE, ...env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs the built command to its end. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return ended(startCli(args, env));
}

/** All that a process printed, and its status, once it has ended. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ran> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

/** The built command on a terminal of its own, where standard output and error are one. */
export interface OnTerminal {
  readonly pty: IPty;
  /** All that it has shown so far, escape sequences and all. */
  shown(): string;
  /** Resolves when it has shown what the pattern looks for. */
  until(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number>;
}

/** Starts the built command on a pseudo-terminal. */
export function startOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { cols = 80 }: { readonly cols?: number } = {},
): OnTerminal {
  const pty = spawnOnTerminal(process.execPath, [MAIN, ...args], {
    name: 'xterm-256color',
    cols,
    rows: 24,
    env: { ...BARE, TERM: 'xterm-256color', ...env },
  });
  running.add(pty);
  pty.onExit(() => running.delete(pty));
  let shown = '';
  let look = () => {};
  pty.onData((text) => {
    shown += text;
    look();
  });
  return {
    pty,
    shown: () => shown,
    until: (pattern) =>
      new Promise((resolve) => {
        look = () => {
          if (pattern.test(shown)) resolve();
        };
        look();
      }),
    ended: new Promise((resolve) => {
      pty.onExit(({ exitCode }) => resolve(exitCode));
    }),
  };
}

/** Lines of a text that are wider than a terminal, without what colours them. */
export function tooWide(text: string): string[] {
  return plain(text)
    .split(/\r?\n/)
    .filter((line) => [...line].length > 80);
}

/** The text on one line, however it was wrapped. */
export function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** The text without escape sequences. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins them
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}
