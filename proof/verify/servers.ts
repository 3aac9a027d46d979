import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Answers, with whatever status, when the server is ready. */
  readonly url: string;
  /** How long it may take until then. Default: 60. */
  readonly seconds?: number;
}

/** The child processes of one part: each leads a process group of its own, and the groups are ended with the part. */
export class Servers {
  readonly #children: ChildProcess[] = [];
  readonly #end = () => {
    for (const child of this.#children) signal(child, 'SIGKILL');
  };
  readonly #interrupted = () => {
    this.#end();
    process.exit(130);
  };

  constructor() {
    // A group does not hear the terminal's Ctrl-C.
    process.once('exit', this.#end).once('SIGINT', this.#interrupted).once('SIGTERM', this.#interrupted);
  }

  /**
   * Starts a server and waits until it answers.
   * @returns what it has written so far, to report when something goes wrong.
   * @throws when it ends before, or does not answer in time; with the end of what it wrote.
   */
  async start({ command, args, env, cwd, url, seconds = 60 }: ServerCommand): Promise<{ output(): string }> {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    let problem: string | undefined;
    child.once('error', (error) => (problem = error.message));
    child.once('exit', (code, by) => (problem ??= `it ended with ${by ?? `status ${code}`}`));
    const until = Date.now() + seconds * 1000;
    while (!(await answers(url))) {
      if (Date.now() > until) problem ??= `it does not answer at ${url} after ${seconds} s`;
      if (problem) throw new Error(`${command} ${args.join(' ')}: ${problem}\n${output.slice(-2000)}`);
      await sleep(100);
    }
    return { output: () => output };
  }

  /** Ends all of them: asked first, killed after five seconds. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (ended(child)) return signal(child, 'SIGKILL');
        signal(child, 'SIGTERM');
        const patience = setTimeout(() => signal(child, 'SIGKILL'), 5000);
        if (!ended(child)) await once(child, 'exit');
        clearTimeout(patience);
        // What it left behind in its group.
        signal(child, 'SIGKILL');
      }),
    );
    process.off('exit', this.#end).off('SIGINT', this.#interrupted).off('SIGTERM', this.#interrupted);
  }
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // The group is gone.
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(1000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
