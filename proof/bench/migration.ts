import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OUTCOME_STATUS } from '../../cli/exit-status.ts';
import { LOST, MINUTES, type Migration, type MigrationResult, WHOLE } from './migration-plan.ts';
import { table } from './table.ts';
import { machine } from './times.ts';

const PROGRAM = fileURLToPath(new URL('migration-run.ts', import.meta.url));
/** The built command: `npm run bench` builds it first. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Migrated extends MigrationResult {
  /** The campaign page. */
  readonly page: string;
}

/** Plays a migration in a process of its own, and lets `report` write the page on it. @throws Error where either fails. */
export async function migrate(migration: Migration): Promise<Migrated> {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-'));
  try {
    const flags = ['--max-old-space-size=8192', '--max-semi-space-size=64'];
    const program = spawn(process.execPath, [...flags, PROGRAM, JSON.stringify(migration), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, [status]] = await Promise.all([program.stdout.toArray(), once(program, 'exit')]);
    if (status !== 0) throw new Error(`the migration came to no end: status ${status}`);
    const page = join(folder, 'page.html');
    const report = ['report', 'output/imports', '--format', 'html', '--output', page];
    const expect = ['--expect', String(migration.jobs)];
    const { code = 0 } = await promisify(execFile)(process.execPath, [MAIN, ...report, ...expect], {
      cwd: folder,
    }).catch((error) => error);
    if (!Object.values(OUTCOME_STATUS).includes(code))
      throw new Error(`the report ended with status ${code}`);
    return { ...JSON.parse(Buffer.concat(output).toString()), page: readFileSync(page, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let migrated: Promise<Migrated> | undefined;
const whole = () => {
  migrated ??= migrate(WHOLE);
  return migrated;
};

export async function pictures(): Promise<Record<string, string>> {
  return { 'migration.html': (await whole()).page };
}

export async function section(): Promise<string> {
  const { violations, ...result } = await whole();
  if (violations.length > 0) throw new Error(`not as it must be: ${violations.slice(0, 20).join('; ')}`);
  const { seed, studies, jobs, days } = WHOLE;
  const [told, lost] = result.lag;
  const total = result.bill.reduce((sum, [, dollars]) => sum + dollars, 0);
  return `## A migration of a million studies

${number(studies)} studies go into one data store, with ${number(jobs)} jobs in ${days} days, as fast as the old archive
gives them away. They are played in virtual time, with the deployed definition, its schedules, the
real handlers, and the simulated HealthImaging with its quotas. It forgets a job after 90 days. A
job takes ${MINUTES[0]} to ${MINUTES[1]} minutes. A study is one file here, and 2 % of the studies are refused: single
ones, and all studies of one job in 1,000. Of 1,000 events of ends, ${LOST} are lost.
[The page](migration.html) is what \`report\` says of all jobs.

Played with seed ${seed} and commit ${commit()}, in ${number(result.seconds / 60)} minutes and ${number(result.megabytes)} MB.
${machine()}

Each job has one verdict, and its counts are right. Everything that the chaos runs check was checked.
When the last job ended, HealthImaging did not list ${number(result.forgotten)} of the jobs any more. It got
${number(result.requests)} requests, and throttled ${number(result.throttled)} of them.

${table(
  ['outcome', 'jobs'],
  Object.entries(result.outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => [outcome, number(count)]),
)}

Seconds from the end of a job to its verdict. Calls take no time here, so this is what the watcher
waits:

${table(
  ['event of the end', 'jobs', 'median', 'worst'],
  [['came', told] as const, ['lost', lost] as const].map(([name, lag]) => [
    name,
    number(lag?.jobs ?? 0),
    number(lag?.median ?? 0),
    number(lag?.worst ?? 0),
  ]),
)}

Emails that two people got. The first wants each verdict, and the second wants jobs that failed or
imported nothing, once an hour. Without digests, the first would have got ${number(jobs)} emails:

${table(
  ['address', 'wants', 'emails of one job', 'digests', 'a day', 'busiest day'],
  result.emails.map(({ address, every, single, digests, busiest }) => [
    address,
    `each ${every}`,
    number(single),
    number(digests),
    ((single + digests) / days).toFixed(1),
    number(busiest),
  ]),
)}

The bill, at list prices. Functions are estimated [as the cost of one job is](../cost.md). The
delivery of emails is not included:

${table(
  ['part', 'dollars'],
  [
    ...result.bill.map(([part, dollars]) => [part, dollars.toFixed(2)]),
    ['together', total.toFixed(2)],
    ['for 1,000 jobs', ((total * 1000) / jobs).toFixed(2)],
  ],
)}`;
}

/** The commit that was played. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`;
}

const number = (value: number) => Math.round(value).toLocaleString('en');
