import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOSTILE, hostileFolder } from '../../../proof/fixtures/report-folders.ts';
import { runCli, unwrapped } from '../run-cli.ts';
import { DATASTORE_ID, writeJobFolder } from './job-folder.ts';

let folder: string;
let campaign: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
  campaign = join(folder, 'campaign');
  const at = Date.parse('2026-01-02T00:00:00Z') / 1000;
  await writeJobFolder(campaign, {
    jobId: 'first',
    endedAt: at,
    success: ['in/a', 'in/b', 'in/c'],
    failure: [['in/d', 'ThrottlingException', 'Slow down']],
  });
  await writeJobFolder(campaign, {
    jobId: 'again',
    endedAt: at + 7200,
    success: ['in/d'],
    warning: [['in/d', 45330]],
  });
  await writeJobFolder(campaign, { jobId: 'lost', hasManifest: false });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reported = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(['report', ...args, '--format', 'html']);
  return { status, html: stdout, told: unwrapped(stderr) };
};

/** Names of elements and of their attributes, each once. */
function markupOf(html: string): string[] {
  const body = html.replace(/<style>.*?<\/style>/s, '');
  const tags = [...body.matchAll(/<(\/?[^\s>]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*>/g)];
  // Each of these characters is of a tag.
  expect(tags).toHaveLength(body.split('<').length - 1);
  return [
    ...new Set(
      tags.flatMap(([, name = '', attributes = '']) => [
        name.replace('/', ''),
        ...[...attributes.matchAll(/\s([^\s="]+)(?:="[^"]*")?/g)].map(([, attribute]) => `@${attribute}`),
      ]),
    ),
  ].sort();
}

/** What the report is made of: nothing that runs, is loaded, or can be clicked. */
const MARKUP =
  '!doctype @aria-hidden @aria-label @charset @class @content @html @http-equiv @lang @name @role @scope @style body caption div figcaption figure h1 h2 head html main meta p section span strong style table tbody td th thead title tr'.split(
    ' ',
  );

test('is one file that loads nothing and runs nothing', async () => {
  const { status, html, told } = await reported(campaign);
  expect({ status, told }).toEqual({ status: 14, told: '' });
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n/);
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`;
  // Before anything that it is about.
  expect(html.slice(0, html.indexOf('<title>'))).toContain(policy);
  expect(markupOf(html).filter((each) => !MARKUP.includes(each))).toEqual([]);
  expect(html).not.toMatch(/url\(|@import|https?:/);
});

test('has tables with captions and heads, and the same figures as the terminal', async () => {
  const { html } = await reported(campaign);
  const tables = html.match(/<table>.*?<\/table>/gs) ?? [];
  expect(tables.length).toBeGreaterThan(5);
  for (const each of tables) expect(each).toMatch(/<caption>.+<\/caption>\n<thead>.*<th scope="col"/);
  expect(html.match(/<tr>(?!<th scope="(?:row|col)")/g)).toBeNull();
  for (const [name, value] of [
    ['Imported', '4 files, 1 with warnings'],
    ['Rejected', '1 file, 1 by customer error, 0 by server error'],
    ['PARTIALLY_FAILED', 1],
  ]) {
    expect(html).toMatch(new RegExp(`<th scope="row">${name}</th><td(?: class="number")?>${value}</td>`));
  }
  expect(html).toContain('<th scope="row">ThrottlingException: Slow down</th><td class="number">1</td>');
  expect(html).toContain(`<th scope="row">lost</th><td>${DATASTORE_ID}</td><td>MANIFEST_MISSING</td>`);
});

test('shows files over time in a picture, in words, and in a table', async () => {
  const { html } = await reported(campaign, '--until', '2026-01-03');
  const words =
    'Files in each period of 1 h, from 2026-01-02 00:00Z to 2026-01-02 03:00Z, by the time at which their jobs ended. The most are 4 files in the period from 2026-01-02 00:00Z. A table below has all figures.';
  expect(html).toContain(`<div class="chart" role="img" aria-label="${words}">`);
  const columns = [...html.matchAll(/<span class="column" style="(.*?)">(.*?)<\/span><\/span>/g)];
  expect(columns.map(([, style]) => style)).toEqual(['left:0%;width:33.333%', 'left:66.667%;width:33.333%']);
  expect(columns[0]?.[2]).toBe(
    '<span class="bad" style="height:25%"></span><span class="good" style="height:75%">',
  );
  expect(html).toContain('<th scope="row">2026-01-02 02:00Z</th><td class="number">1</td>');
});

test('names files only with --failures, and says what that means', async () => {
  expect((await reported(campaign)).html).not.toMatch(/\bin\/|in-bucket/);
  const { html, told } = await reported(campaign, '--failures');
  expect(told).toContain('Keys of files can identify patients');
  expect(html).toContain(
    '<h2>Rejected files</h2>\n<table>\n<caption>Rejected files</caption>\n<thead><tr><th scope="col">File',
  );
  expect(html).toContain(
    '<tr><th scope="row">in/d</th><td>ThrottlingException: Slow down</td><td>first</td><td>yes</td><td>again</td></tr>',
  );
  expect(html).toContain('Their names can identify patients: keep it as you keep patient data.</p>');
});

test('goes to a new file that only its owner can read', async () => {
  const output = join(folder, 'report.html');
  const { status, html } = await reported(campaign, '--output', output);
  expect({ status, html }).toEqual({ status: 14, html: '' });
  expect((await stat(output)).mode & 0o777).toBe(0o600);
  expect(await readFile(output, 'utf8')).toMatch(/<\/main>\n<\/body>\n<\/html>\n$/);
  const again = await reported(campaign, '--output', output);
  expect(again).toMatchObject({ status: 1, told: expect.stringContaining('Name another, or add --force.') });
});

test('takes whatever manifests and names hold for text', async () => {
  const place = join(folder, '"><script>');
  await hostileFolder(place);
  const { html } = await reported(place, '--failures');
  expect(markupOf(html).filter((each) => !MARKUP.includes(each))).toEqual([]);
  expect(html).toContain(
    `<th scope="row">${HOSTILE[0]?.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}</th>`,
  );
  expect(html).toContain('<th scope="row">a b &lt;h2&gt;</th>');
  // Nothing turns the direction of a line, or hides.
  expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\0]/);
});

test('of one job is an error that says what it is for', async () => {
  const { status, told } = await reported('--manifest', campaign);
  expect(status).toBe(2);
  expect(told).toContain('--format html is for many jobs. Name the place of their folders');
});
