import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CannotRun } from './part.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Environments apart: ministack and checkov want a botocore older than the newest, which the clients are to be. */
const REQUIREMENTS = {
  tools: 'requirements.txt',
  ministack: 'requirements-ministack.txt',
  checkov: 'requirements-checkov.txt',
};
export type Environment = keyof typeof REQUIREMENTS;

/** A virtual environment with the packages of one file of requirements. */
export interface Python {
  /** The path of a command in it, `python` itself among them. */
  command(name: string): string;
  /** The path of a package's folder or file: `botocore/data`. */
  package(path: string): string;
  /**
   * Runs a command to its end.
   * @throws with what it wrote to standard error, where its status is not 0.
   */
  run(name: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

/**
 * The environment in `.venv-verify`, made when it is not there or its requirements have changed.
 * @throws {CannotRun} without Python 3.10, or where pip cannot install.
 */
export function python(environment: Environment): Promise<Python> {
  // Parts run side by side.
  environments[environment] ??= make(environment);
  return environments[environment];
}

const environments: Partial<Record<Environment, Promise<Python>>> = {};

async function make(environment: Environment): Promise<Python> {
  const folder = join(ROOT, '.venv-verify', environment);
  const requirements = join(ROOT, 'proof/verify', REQUIREMENTS[environment]);
  const interpreter = await findPython();
  const stamp = createHash('sha256')
    .update(interpreter.version)
    .update(await readFile(requirements))
    .digest('hex');
  const stampFile = join(folder, 'made-from');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) !== stamp) {
    console.log(`making the Python environment ${environment} of proof/verify/${REQUIREMENTS[environment]}`);
    await rm(folder, { recursive: true, force: true });
    await attempt('make a virtual environment', interpreter.command, ['-m', 'venv', folder]);
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      requirements,
    ];
    await attempt(`install proof/verify/${REQUIREMENTS[environment]}`, join(folder, 'bin/python'), pip);
    await writeFile(stampFile, stamp);
  }
  const command = (name: string) => join(folder, 'bin', name);
  const [packages = ''] = globSync(join(folder, 'lib/python3*/site-packages'));
  return {
    command,
    package: (path) => join(packages, path),
    async run(name, args, env = {}) {
      try {
        const options = { env: { ...process.env, ...env }, maxBuffer: 100_000_000 };
        return (await run(command(name), args, options)).stdout;
      } catch (error) {
        const { stderr, message } = error as { stderr?: string; message: string };
        throw new Error(stderr || message);
      }
    },
  };
}

async function findPython(): Promise<{ command: string; version: string }> {
  for (const command of ['python3', 'python']) {
    const version = await run(command, ['--version']).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    const [, major, minor] = /^Python (\d+)\.(\d+)/.exec(version) ?? [];
    if (Number(major) === 3 && Number(minor) >= 10) return { command, version };
  }
  throw new CannotRun('No Python 3.10 or newer is on the PATH (python3, python).');
}

async function attempt(what: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 100_000_000 });
  } catch (error) {
    const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string };
    throw new CannotRun(`Python cannot ${what}:\n${(stderr || stdout || message).trim().slice(-1500)}`);
  }
}
