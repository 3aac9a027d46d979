import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFolders } from './campaign-folders.ts';
import { table } from './table.ts';
import { machine, type Spread, spread, spreadText } from './times.ts';

/** The built command: `npm run bench` builds it first. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url));
const RUNS = 3;
const LOCAL: readonly (readonly [jobs: number, lines: number])[] = [
  [1_000, 0],
  [10_000, 0],
  [100_000, 0],
  [10_000, 1_000_000],
];
const IN_S3 = 2_000;
/** As many folders as `report` reads at once. */
const AT_ONCE = 32;

const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

interface Ran {
  readonly seconds: number;
  readonly megabytes: number;
}

export async function section(): Promise<string> {
  const local = LOCAL.map(([jobs, lines]) => {
    const root = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-'));
    try {
      writeFolders(root, jobs, lines);
      const all = lines > 0 ? jobs + 1 : jobs;
      const runs = (...args: string[]) => times(() => report(all, root, ...args));
      const [json, ledger] = [runs(), runs('--format', 'csv')];
      const name = `${jobs.toLocaleString('en')}${lines > 0 ? `, and one with ${lines.toLocaleString('en')} lines` : ''}`;
      return [name, seconds(json), megabytes(json), seconds(ledger), megabytes(ledger)];
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
  const { ours, bare } = await throughS3();
  return `## A campaign

\`report\` on folders of jobs with four files each, of 20 source files a job, as processes of their
own: the seconds from start to end, and the largest memory of the process in MB, of JSON and of the
ledger (\`--format csv\`). The targets for 10,000 folders in JSON are at most 15 seconds and 200 MB,
also with a folder of a million lines among them. The values are the median of ${RUNS} processes, with
the least and the most.
${machine()}

${table(['job folders', 'JSON, s', 'JSON, MB', 'ledger, s', 'ledger, MB'], local)}

The same from a local S3, in comparison with a bare loop that makes the same GETs, ${AT_ONCE} folders at
once, and makes nothing of them. The loop knows the keys; \`report\` lists them. Target: at least 0.8.

${table(
  ['job folders', 'report, s', 'bare loop, s', 'ours to that'],
  [
    [
      IN_S3.toLocaleString('en'),
      spreadText(ours, 1),
      spreadText(bare, 1),
      (bare.median / ours.median).toFixed(2),
    ],
  ],
)}`;
}

/** @throws Error where it does not report all jobs. */
function report(jobs: number, where: string, ...args: string[]): Ran {
  const isLedger = args.includes('csv');
  const format = isLedger ? args : ['--json', ...args];
  // The process tells its memory as it ends, from outside its program.
  const hook = `data:text/javascript,process.on('exit',()=>process._rawDebug(process.resourceUsage().maxRSS))`;
  const start = performance.now();
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', hook, MAIN, 'report', where, ...format],
    {
      env: ENVIRONMENT,
      encoding: 'utf8',
      // A ledger has hundreds of MB.
      stdio: ['ignore', isLedger ? 'ignore' : 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const milliseconds = performance.now() - start;
  if (!isLedger && JSON.parse(stdout).jobs.total !== jobs) throw new Error(`not all jobs: ${stderr}`);
  const kilobytes = Number(stderr.trim().split('\n').at(-1));
  if (!(kilobytes > 0)) throw new Error(`the memory is not known: ${stderr}`);
  return { seconds: milliseconds / 1000, megabytes: kilobytes / 1000 };
}

async function throughS3(): Promise<{ ours: Spread; bare: Spread }> {
  const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const server = spawn(process.execPath, [program('campaign-s3.ts'), String(IN_S3)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    const endpoint = `http://127.0.0.1:${String(port).trim()}`;
    const ours: number[] = [];
    const bare: number[] = [];
    // In turn, so that what else the machine does hits both alike.
    for (let run = 0; run < RUNS; run++) {
      ours.push(report(IN_S3, 's3://campaign/', '--endpoint-url', endpoint).seconds);
      const start = performance.now();
      const args = [program('bare-gets.ts'), endpoint, String(IN_S3), String(AT_ONCE)];
      const { status } = spawnSync(process.execPath, args, { env: ENVIRONMENT, stdio: 'inherit' });
      if (status !== 0) throw new Error('the bare loop failed');
      bare.push((performance.now() - start) / 1000);
    }
    return { ours: spread(ours), bare: spread(bare) };
  } finally {
    server.kill();
  }
}

function times(run: () => Ran): readonly Ran[] {
  return Array.from({ length: RUNS }, run);
}

const seconds = (all: readonly Ran[]) => spreadText(spread(all.map((each) => each.seconds)), 1);
const megabytes = (all: readonly Ran[]) => spreadText(spread(all.map((each) => each.megabytes)));
