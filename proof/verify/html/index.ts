import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HARMFUL, HOSTILE, hostileFolder, sampleFolders } from '../../fixtures/report-folders.ts';
import { awsEnvironment } from '../environment.ts';
import type { Part } from '../part.ts';
import type { Results } from '../results.ts';
import { type Chromium, type Page, startChromium } from './chromium.ts';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.mjs', import.meta.url));
const PICTURE = 'docs/report.png';
const WIDTH = 1000;
/** That of a telephone, or of a page that is enlarged four times (WCAG 2.2, 1.4.10). */
const NARROW = 320;

export const part: Part = {
  proves: 'a report as HTML runs nothing and loads nothing in Chromium, and axe-core finds nothing in it',
  async run({ results, document, write }) {
    const folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
    const chromium = await startChromium();
    try {
      const sample = await report(folder, 'migration', sampleFolders);
      await look(results, chromium, 'of a week of a migration', sample, async (page) => {
        const path = fileURLToPath(new URL(`../../../${PICTURE}`, import.meta.url));
        if (write) await page.screenshot({ path });
        await results.check(`${PICTURE} is a picture`, async () => {
          strictEqual((await readFile(path)).subarray(1, 4).toString(), 'PNG');
        });
      });
      // What the picture shows: both are written together.
      await document('docs/report.html', await readFile(sample, 'utf8'));
      const hostile = await report(folder, 'hostile', hostileFolder, '--failures');
      await look(results, chromium, 'with markup in each text', hostile);
      await tryMarkup(results, chromium, sample);
    } finally {
      await chromium.browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Writes job folders, and the report on them with what differs each time replaced. @returns its file. */
async function report(
  root: string,
  name: string,
  write: (root: string) => Promise<void>,
  ...args: string[]
): Promise<string> {
  const output = join(root, `${name}.html`);
  await write(join(root, name));
  const all = [MAIN, 'report', name, '--format', 'html', '--output', output, ...args];
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, all, { cwd: root, env: awsEnvironment({}) }, (error, _, stderr) => {
      // The verdict is in the exit status.
      if (error && Number(error.code) < 10) reject(new Error(stderr));
      else resolve();
    });
  });
  const text = await readFile(output, 'utf8');
  await writeFile(
    output,
    text.replace(
      /All jobs below \S+\. Written .*?\./,
      `All jobs below s3://my-output/${name}/. Written 2026-01-12 08:00Z.`,
    ),
  );
  return output;
}

/** Opens a file, and holds what a browser makes of it against what a report may do. */
async function look(
  results: Results,
  { browser, axe }: Chromium,
  what: string,
  file: string,
  more?: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 1250 } });
  const seen: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('console', (message) => seen.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => seen.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => seen.push(`request: ${request.url()}`));
  try {
    await page.goto(address, { waitUntil: 'networkidle' });
    await results.check(`${what}: no request but for the file, no message and no error`, () => {
      deepStrictEqual(seen, [`request: ${address}`]);
    });
    await results.check(`${what}: is whole, and has nothing to click`, async () => {
      deepStrictEqual(await page.evaluate(CONTENT), { tables: true, active: 0, whole: true, hasFont: true });
    });
    await more?.(page);
    for (const media of ['screen', 'print'] as const) {
      await page.emulateMedia({ media });
      await results.check(`${what}: axe-core finds nothing (${media})`, async () => {
        // Not a script of the page, which would not run.
        const found = await page.evaluate(`${axe}\n;axe.run().then(({ violations, incomplete, passes }) => ({
          violations: [...violations, ...incomplete].flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 200))),
          passes: passes.length }))`);
        const { violations, passes } = found as { violations: string[]; passes: number };
        deepStrictEqual(violations, []);
        ok(passes > 10, `only ${passes} rules apply`);
      });
    }
    await results.check(`${what}: is as wide as a narrow page`, async () => {
      await page.emulateMedia({ media: 'screen' });
      await page.setViewportSize({ width: NARROW, height: 800 });
      const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
      ok(wide <= NARROW, `it is ${wide} pixels wide, in place of ${NARROW}`);
    });
    await results.check(`${what}: its policy lets no script run and no picture load`, async () => {
      seen.length = 0;
      strictEqual(await page.evaluate(INTRUDE), false);
      const refused = seen.filter((each) => /^console: .*Content Security Policy/.test(each));
      strictEqual(refused.length, 2, `of a script and a picture were refused: ${refused.length}`);
    });
  } finally {
    await page.close();
  }
}

const POLICY = /<meta http-equiv="Content-Security-Policy" .*>/;

/** Puts the hostile texts into a report as markup: without this nobody knows whether a browser would do what they say. */
async function tryMarkup(results: Results, chromium: Chromium, file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const active = async (page: string) => {
    const found: string[] = [];
    for (const hostile of HOSTILE) {
      const marked = page.replace('<main>', () => `<main><p>${hostile}</p>`);
      await writeFile(file, marked);
      if (await isActive(chromium, file)) found.push(hostile);
    }
    return found;
  };
  const { anyhow, withoutPolicy } = HARMFUL;
  await results.check(
    `as markup, ${withoutPolicy.length} of ${HOSTILE.length} texts do something`,
    async () => deepStrictEqual(await active(text.replace(POLICY, '')), withoutPolicy),
  );
  await results.check(
    `as markup, the policy stops all but ${anyhow.length} of them, which leaves`,
    async () => deepStrictEqual(await active(text), anyhow),
  );
}

/** Whether a page runs, asks for or says anything that its policy does not stop. */
async function isActive({ browser }: Chromium, file: string): Promise<boolean> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 1250 } });
  const seen: string[] = [];
  page.on('pageerror', (error) => seen.push(error.message));
  page.on('console', (message) => seen.push(message.text()));
  page.on('requestfailed', (request) => seen.push(request.failure().errorText));
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  // What a page does after it is loaded.
  await sleep(100);
  await page.close();
  return seen.some((each) => !/Content Security Policy|^csp$/.test(each));
}

/** Of the page: in the page. */
const CONTENT = `({
  tables: document.querySelectorAll('table').length > 3,
  active: document.querySelectorAll('a, area, form, button, input, script, iframe, object, embed, img, link, base').length,
  hasFont: document.querySelector('strong').offsetWidth > 50,
  whole: document.querySelectorAll('main').length === 1 && document.body.children.length === 1,
})`;

/** What would run or load if something got in. */
const INTRUDE = `new Promise((resolve) => {
  const script = document.createElement('script');
  script.textContent = 'window.ran = true';
  const image = document.createElement('img');
  image.src = 'http://127.0.0.1:9/x';
  image.alt = '';
  image.onerror = () => resolve(window.ran === true);
  document.body.append(script, image);
})`;
