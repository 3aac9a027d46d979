import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotInstall, installTools } from '../../../scripts/tools.ts';
import { CannotRun } from '../part.ts';

/** What is used of playwright-core, which is installed only when it is needed. */
export interface Page {
  goto(address: string, options: { waitUntil: 'networkidle' | 'load' }): Promise<unknown>;
  evaluate(source: string): Promise<unknown>;
  emulateMedia(options: { media: 'screen' | 'print' }): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  screenshot(options: { path: string }): Promise<unknown>;
  on(event: 'console' | 'dialog', listener: (told: { text(): string; message(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  on(event: 'requestfailed', listener: (request: { failure(): { errorText: string } }) => void): void;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  close(): Promise<void>;
}

interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> };
}

/** What a page is opened and looked at with. */
export interface Chromium {
  readonly browser: Browser;
  /** The source of axe-core. */
  readonly axe: string;
}

/**
 * Starts the Chromium of `tools/verify`, or the one that `CHROMIUM` names.
 * @throws {CannotRun} where neither is there, or starts.
 */
export async function startChromium(): Promise<Chromium> {
  const folder = await installTools('verify').catch((error: unknown) => {
    throw error instanceof CannotInstall ? new CannotRun(error.message) : error;
  });
  const require = createRequire(join(folder, 'package.json'));
  const { chromium } = require('playwright-core') as Playwright;
  const { source } = require('axe-core') as { source: string };
  try {
    const { CHROMIUM } = process.env;
    const unpacked = join(folder, 'unpacked');
    const browser = await chromium.launch({
      executablePath: CHROMIUM ?? (await unpack(folder, unpacked)),
      // Parts may run as root and in a container.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none'],
      ...(!CHROMIUM && { env: { ...process.env, FONTCONFIG_FILE: await ownFonts(unpacked) } }),
    });
    return { browser, axe: source };
  } catch (error) {
    throw new CannotRun(
      `Chromium cannot be started. Name another with CHROMIUM=/path/to/chromium, or install the libraries that are missing (Debian: apt-get install chromium).\n${(error as Error).message}`,
    );
  }
}

/** The fonts of the package alone: the picture does not depend on those of the machine. @returns the path of a configuration. */
async function ownFonts(unpacked: string): Promise<string> {
  const path = join(unpacked, 'fonts.conf');
  const [fonts, cache] = [join(unpacked, 'fonts'), join(unpacked, 'fonts-cache')];
  await writeFile(
    path,
    `<?xml version="1.0"?>\n<fontconfig><dir>${fonts}</dir><cachedir>${cache}</cachedir></fontconfig>\n`,
  );
  return path;
}

/** Unpacks the browser of `@sparticuz/chromium`, once. It is for Linux on x64. @returns the path of its program. */
async function unpack(folder: string, into: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The packaged one is for linux on x64, and this is ${process.platform} on ${process.arch}.`,
    );
  }
  await mkdir(into, { recursive: true });
  const program = `console.log(await (await import(process.argv[1])).default.executablePath())`;
  // It unpacks itself into the folder for temporary files.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program, '@sparticuz/chromium'],
    { cwd: folder, env: { PATH: process.env.PATH, TMPDIR: into } },
  );
  return stdout.trim();
}
