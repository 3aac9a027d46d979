import { AsyncLocalStorage } from 'node:async_hooks';
import { Console } from 'node:console';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { afterAll } from 'vitest';
import { run } from '../../cli/run.ts';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of whoever runs the tests: no credentials, no configuration, no colors. */
export const BARE: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** What a process has one of, and each command that runs in this one has for itself. */
interface Own {
  readonly env: Record<string, string>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly console: Console;
}

/** Of the command that asks. The simulated services it calls, and the handlers in them, are outside. */
const own = new AsyncLocalStorage<Own>();

/** Gives a command its own in place of what is there, until the tests of the file are over. */
function divide(holder: object, name: keyof Own): void {
  const before = Object.getOwnPropertyDescriptor(holder, name) ?? {};
  const common = Reflect.get(holder, name);
  Object.defineProperty(holder, name, { configurable: true, get: () => own.getStore()?.[name] ?? common });
  afterAll(() => void Object.defineProperty(holder, name, before));
}
for (const name of ['env', 'stdout', 'stderr'] as const) divide(process, name);
divide(globalThis, 'console');

/**
 * Runs a command line in this process to its end, as if its output were pipes. What a process alone shows, signals and
 * its exit, is for `start-cli.ts`.
 */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const output = { stdout: '', stderr: '' };
  const pipe = (name: keyof typeof output) =>
    new Writable({
      decodeStrings: false,
      write(text, _, done) {
        output[name] += text;
        done();
      },
    });
  const [stdout, stderr] = [pipe('stdout'), pipe('stderr')];
  const ofCommand = { env: { ...BARE, ...env }, stdout, stderr, console: new Console({ stdout, stderr }) };
  const status = await own.run(ofCommand, () => run(args, version));
  return { status, ...output };
}

/** Lines of a text that are wider than a terminal, without their colors. */
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
