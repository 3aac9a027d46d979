import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { campaignReportSchema } from '../../../core/contract/campaign.ts';
import { runCli, unwrapped } from '../run-cli.ts';
import { type Given, writeJobFolder } from './job-folder.ts';

const key = fc.constantFrom('in/a', 'in/b', 'in/c', 'in/ü', 'in/\u{1F600}', 'in/,"', '');
const type = fc.constantFrom('ValidationException', 'ThrottlingException', '=1+1');
const message = fc.constantFrom('DICOM attributes does not exist', '@SUM(1)', 'a\nb');
const maybe = fc.option(fc.nat(6), { nil: undefined });

/** Jobs with retries of the same keys, missing manifests, keys that are named twice, and counters that contradict lines. */
const job = fc.record(
  {
    hasManifest: fc.boolean(),
    scanned: maybe,
    imported: maybe,
    refused: maybe,
    success: fc.array(key, { maxLength: 5 }),
    warning: fc.array(fc.tuple(key, fc.constantFrom(45056, 45330, 7)), { maxLength: 3 }),
    failure: fc.array(fc.tuple(key, type, message), { maxLength: 4 }),
    endedAt: fc.integer({ min: 1_700_000_000, max: 1_700_100_000 }),
  },
  { requiredKeys: ['success', 'failure', 'warning', 'hasManifest'] },
);

/** The rows of a text of CSV, as RFC 4180 has them. */
function rowsOf(csv: string): Record<string, string>[] {
  const [header = [], ...rows] = csv
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}

const read = (given: Given) => given.hasManifest !== false;

/** What the verdicts count, by the simplest means. */
function naive(jobs: readonly Given[]) {
  const sums = { imported: 0, refused: 0, withWarnings: 0, unaccounted: 0 };
  for (const each of jobs.filter(read)) {
    const named = new Set([...(each.success ?? []), ...(each.warning ?? []).map(([name]) => name)]);
    const imported = each.imported ?? named.size;
    const counted = each.refused ?? each.failure?.length ?? 0;
    const refused = Math.max(counted, each.failure?.length ?? 0);
    const scanned = each.scanned ?? imported + counted;
    sums.imported += imported;
    sums.refused += refused;
    sums.withWarnings += each.warning?.length ?? 0;
    sums.unaccounted += Math.max(0, scanned - imported - refused);
  }
  return sums;
}

test('sums of the table, of JSON, of HTML and of the ledger agree with a naive count, and nothing counts twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(job, { minLength: 1, maxLength: 6 }), async (all) => {
      const jobs = all.map((each, i) => ({ ...each, jobId: `job${i}` }) as Given);
      const root = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-'));
      try {
        for (const each of jobs) await writeJobFolder(root, each);
        const expected = naive(jobs);
        const json = await runCli(['report', root, '--json', '--failures']);
        const { files, jobs: counts, failedFiles = [] } = campaignReportSchema.parse(JSON.parse(json.stdout));
        expect(counts.total).toBe(jobs.length);
        expect({
          imported: files.imported,
          refused: files.rejected,
          withWarnings: files.withWarnings,
          unaccounted: files.unaccounted,
        }).toEqual(expected);

        const table = unwrapped((await runCli(['report', root])).stdout);
        expect(table).toMatch(
          new RegExp(`Imported ${expected.imported} files?, ${expected.withWarnings} with`),
        );
        expect(table).toMatch(new RegExp(`Rejected ${expected.refused} files?,`));
        expect(table).toMatch(new RegExp(`Unaccounted ${expected.unaccounted} file`));

        const html = (await runCli(['report', root, '--format', 'html', '--failures'])).stdout;
        const figure = (name: string) =>
          html.match(new RegExp(`<th scope="row">${name}</th><td>(.*?)</td>`))?.[1];
        expect([figure('Jobs'), figure('Imported'), figure('Rejected'), figure('Unaccounted')]).toEqual([
          expect.stringMatching(new RegExp(`^${jobs.length}: `)),
          expect.stringMatching(
            new RegExp(`^${expected.imported} files?, ${expected.withWarnings} with warnings$`),
          ),
          expect.stringMatching(new RegExp(`^${expected.refused} files?,`)),
          expect.stringMatching(new RegExp(`^${expected.unaccounted} files?$`)),
        ]);
        // Numbers of a column of a table, added up.
        const added = (caption: RegExp, column: number) => {
          const [, body = ''] = html.split(caption)[1]?.match(/<tbody>(.*?)<\/tbody>/s) ?? [];
          const numbers = body
            .split('</tr>')
            .slice(0, -1)
            .map((row) =>
              [...row.matchAll(/<td class="number">(\d+)<\/td>/g)].map(([, text]) => Number(text)),
            );
          return numbers.reduce((total, row) => total + (row[column] ?? 0), 0);
        };
        expect(added(/<caption>Outcomes of/, 0)).toBe(jobs.length);
        expect(added(/<caption>Reasons,/, 0)).toBe(expected.refused);
        const over = /<caption>Each period of/;
        expect([added(over, 0), added(over, 1), added(over, 2)]).toEqual([
          jobs.length,
          expected.imported,
          expected.refused,
        ]);
        const [, inHtml = ''] = html.split('<caption>Rejected files</caption>');
        expect(inHtml.split('<tr><th scope="row">').length - 1).toBe(failedFiles.length);

        const rows = rowsOf((await runCli(['report', root, '--format', 'csv'])).stdout);
        const sum = (...statuses: string[]) =>
          rows
            .filter(({ status = '' }) => statuses.includes(status))
            .reduce((total, row) => total + Number(row.files), 0);
        expect({
          imported: sum('imported', 'imported with warning'),
          refused: sum('refused'),
          withWarnings: sum('imported with warning'),
          unaccounted: sum('unaccounted'),
        }).toEqual(expected);
        // A row for each file that a job names, once.
        const named = rows.filter(({ bucket }) => bucket !== '').map((row) => `${row.jobId} ${row.key}`);
        const distinct = jobs
          .filter(read)
          .flatMap(({ jobId, success = [], warning = [], failure = [] }) =>
            [
              ...new Set([...success, ...warning.map(([name]) => name), ...failure.map(([name]) => name)]),
            ].map((name) => `${jobId} ${name}`),
          );
        expect(named.sort()).toEqual(distinct.sort());
        expect(failedFiles).toHaveLength(
          rows.filter(({ bucket, status }) => bucket !== '' && status === 'refused').length,
        );
        // Of each key one row is not superseded.
        const keys = rows.filter(({ bucket }) => bucket !== '');
        expect(keys.filter(({ supersededBy }) => supersededBy === '')).toHaveLength(
          new Set(keys.map((row) => row.key)).size,
        );
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});
