import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { table } from './table.ts';
import { machine, millisecondsOf, spread, spreadText } from './times.ts';

/** The built command: `npm run bench` builds it first. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url));
const RUNS = 15;

/** What is started, each time as a process of its own. */
const STARTS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['node alone', ['-e', '0']],
  ['`--help`', [MAIN, '--help']],
  ['`wait --help`', [MAIN, 'wait', '--help']],
  ['`plan`', [MAIN, 'plan']],
  // Without credentials it ends where it would make its first call.
  ['`wait` up to its first call', [MAIN, 'wait', '--datastore-id', '0'.repeat(32), '--job-id', '0']],
];

/** Nothing of the machine's own settings, and nobody to ask for credentials. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

/** How long the command line takes to start. @throws Error where the command has not been built. */
export async function section(): Promise<string> {
  execFileSync(process.execPath, [MAIN, '--version'], { env: ENVIRONMENT, stdio: 'ignore' });
  const rows = [];
  for (const [name, args] of STARTS) {
    const start = () => spawnSync(process.execPath, args, { stdio: 'ignore', env: ENVIRONMENT });
    rows.push([name, spreadText(spread(await millisecondsOf(RUNS, start)))]);
  }
  return `## Start of the command line

The time of ${RUNS} processes each, one after the other, in milliseconds: the median, the least and the
most. The target for \`--help\` is at most 250.
${machine()}

${table(['started', 'ms'], rows)}`;
}
