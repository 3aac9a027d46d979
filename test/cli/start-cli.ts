import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IPty, spawn as spawnOnTerminal } from '@lydell/node-pty';
import { afterAll, expect } from 'vitest';
import { built } from '../support/built.ts';
import { BARE, type Ran, runCli } from './run-cli.ts';

/** The built command. @throws Error where the sources are not those that it was built from. */
export function builtMain(): string {
  main ??= `${built('cli')}/main.mjs`;
  return main;
}
let main: string | undefined;

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
  const child = spawn(process.execPath, [builtMain(), ...args], { env: { ...BARE, ...env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
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

/**
 * Runs the built command to its end as a process, and once more in this one: both have to end and print the same.
 * For a command that can be repeated.
 */
export async function runBoth(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const ran = await ended(startCli(args, env));
  expect(ran).toEqual(await runCli(args, env));
  return ran;
}

/** A program on a terminal of its own, where standard output and error are one. */
export interface OnTerminal {
  readonly pty: IPty;
  /** All that it has shown so far, escape sequences and all. */
  shown(): string;
  /** Resolves when it has shown what the pattern looks for. @throws Error where it has ended without. */
  until(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number>;
}

/** Starts the built command on a pseudo-terminal. */
export function startOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): OnTerminal {
  return onTerminal(process.execPath, [builtMain(), ...args], { TERM: 'xterm-256color', ...env });
}

/** Starts a program on a pseudo-terminal of 80 columns. */
export function onTerminal(
  program: string,
  args: string[],
  env: Readonly<Record<string, string>>,
): OnTerminal {
  const pty = spawnOnTerminal(program, args, { cols: 80, rows: 24, env: { ...BARE, ...env } });
  running.add(pty);
  let shown = '';
  let look = () => {};
  pty.onData((text) => {
    shown += text;
    look();
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      running.delete(pty);
      resolve(exitCode);
    });
  });
  return {
    pty,
    shown: () => shown,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (pattern.test(shown)) resolve();
        };
        look();
        ended.then((status) =>
          reject(new Error(`ended with ${status} and did not show ${pattern}:\n${shown}`)),
        );
      }),
    ended,
  };
}
