import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TOOLS = fileURLToPath(new URL('../tools', import.meta.url));

const MANIFESTS = ['package.json', 'package-lock.json', '.npmrc'];
const UNFINISHED = 'unfinished-';
/** Tools are code to be called: none of them needs to run something when it is installed. */
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'];

/** Tools cannot be installed: its message is one sentence. */
export class CannotInstall extends Error {
  override readonly name = 'CannotInstall';
}

/**
 * Installs packages that few scripts need, when the first of these needs them: `npm ci` is quicker without. Whatever their lock
 * says is installed once, in a folder of its own. Several processes can do so at the same time: each installs aside, and the
 * first to be ready moves its folder into place.
 * @param name - the folder in `tools/` that lists them.
 * @returns the folder whose `node_modules` has them.
 */
export async function installTools(name: string, tools = TOOLS): Promise<string> {
  const source = join(tools, name);
  const lock = await readFile(join(source, 'package-lock.json'));
  const all = join(source, 'installed');
  const folder = join(all, createHash('sha256').update(lock).digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;

  console.error(`Installing what tools/${name}/package.json lists. This is done once.`);
  await mkdir(all, { recursive: true });
  const aside = await mkdtemp(join(all, UNFINISHED));
  try {
    for (const file of MANIFESTS) await cp(join(source, file), join(aside, file));
    await run('npm', ['ci', ...QUIETLY], { cwd: aside });
    await rename(aside, folder).catch((error) => {
      // Somebody else was ready first.
      if (!existsSync(folder)) throw error;
    });
  } catch (error) {
    throw new CannotInstall(`npm cannot install the tools in tools/${name}: ${reason(error)}.`);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  await removeEarlier(all, folder);
  return folder;
}

/** What npm says, without what it says around it. */
function reason(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  const said = [...stderr.matchAll(/^npm (?:error|ERR!) (.+)$/gm)].map(([, line = '']) => line);
  const line = said.find((each) => !/^(code|errno|syscall|path|command)\b/.test(each)) ?? said[0] ?? message;
  return line.split('\n', 1)[0]?.replace(/\.$/, '') ?? '';
}

/** What was installed for earlier locks. */
async function removeEarlier(all: string, folder: string): Promise<void> {
  const there = (await readdir(all)).filter((name) => !name.startsWith(UNFINISHED));
  for (const name of there) {
    if (join(all, name) !== folder) await rm(join(all, name), { recursive: true, force: true });
  }
}

/** Runs a script that needs tools: where they cannot be installed, it ends with that sentence. */
export async function runWithTools(script: () => Promise<void>): Promise<void> {
  try {
    await script();
  } catch (error) {
    if (!(error instanceof CannotInstall)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
