import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makePackage } from './package.ts';
import { installTools, runWithTools } from './tools.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Builds wheels. What jsii-pacmak asks for in the sources that it writes. */
const SETUPTOOLS = 'setuptools==75.3.2';

/** This Node, for what looks for one on the path. */
export const ENV = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };

/** A virtual environment of its own. @returns the path of its Python. */
export async function makeVirtualEnvironment(folder: string): Promise<string> {
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    throw new Error(`the wheel needs Python 3.10 or newer, with venv: ${(error as Error).message}`);
  }
  return join(folder, 'bin/python');
}

/** pip of an environment, without a word unless it fails. */
export async function pip(python: string, ...args: readonly string[]): Promise<void> {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  await run(python, ['-m', 'pip', ...args, ...quiet], { maxBuffer: 10_000_000 });
}

/**
 * Makes the Python package of the package of the constructs, by jsii-pacmak.
 * @param python - of a virtual environment.
 * @param folder - is emptied first.
 * @returns the path of the wheel.
 */
export async function makeWheel(packageFolder: string, python: string, folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  const pacmak = join(await installTools('package'), 'node_modules/jsii-pacmak/bin/jsii-pacmak');
  const args = [packageFolder, '--target', 'python', '--code-only', '--outdir', folder];
  await run(process.execPath, [pacmak, ...args], { env: ENV, maxBuffer: 10_000_000 });
  return buildWheel(join(folder, 'python'), python, folder);
}

/** Builds the wheel of a folder of sources. @returns the path of the wheel. */
export async function buildWheel(sources: string, python: string, folder: string): Promise<string> {
  await pip(python, 'install', SETUPTOOLS);
  const build = ['--no-deps', '--no-index', '--no-build-isolation', '--wheel-dir', folder];
  await pip(python, 'wheel', sources, ...build);
  const [wheel] = globSync('*.whl', { cwd: folder });
  if (!wheel) throw new Error('pip made no wheel');
  return join(folder, wheel);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runWithTools(async () => {
    const dist = join(ROOT, 'dist');
    await makePackage(join(dist, 'package'));
    const python = await makeVirtualEnvironment(join(dist, 'venv'));
    console.log(`packed ${await makeWheel(join(dist, 'package'), python, join(dist, 'python'))}`);
  });
}
