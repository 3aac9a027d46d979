import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { DURATIONS, type FleetResult, OUTAGE, READS, TROUBLES, type Trouble } from './fleet-plan.ts';
import { table } from './table.ts';

const SIZES = [100, 1_000, 10_000];
const MINUTE = 60;
const END = OUTAGE.from + OUTAGE.seconds;
/** Minutes that are shown of each fleet, by where they begin. */
const MINUTES: readonly (readonly [name: string, from: number])[] = [
  ['the first', 0],
  ['before', OUTAGE.from - MINUTE],
  ['its last', END - MINUTE],
  ['1st after', END],
  ['2nd', END + MINUTE],
  ['5th', END + 4 * MINUTE],
  ['15th', END + 14 * MINUTE],
];

const PROGRAM = fileURLToPath(new URL('fleet-run.ts', import.meta.url));

/** Plays a fleet in a process of its own. */
export async function fleet(jobs: number, trouble: Trouble): Promise<FleetResult> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=8192', PROGRAM, String(jobs), trouble],
    { maxBuffer: 10_000_000 },
  );
  return JSON.parse(stdout);
}

export async function section(): Promise<string> {
  const fleets = SIZES.flatMap((jobs) => TROUBLES.map((trouble) => [jobs, trouble] as const));
  // The largest first, so that none is left to the end; in as many processes as there are cores.
  const played = await pLimit(availableParallelism()).map(fleets.toReversed(), async ([jobs, trouble]) => {
    const result = await fleet(jobs, trouble);
    const { cpuSeconds, megabytes } = result;
    console.error(
      `fleet of ${number(jobs)}, ${trouble}: ${Math.round(cpuSeconds)} s of CPU, ${number(megabytes)} MB`,
    );
    return result;
  });
  const results = played.toReversed();
  return `## Fleet

Many jobs at once, in virtual time, with the synthesized definition, its default schedule, the real
handlers and the simulated HealthImaging. All jobs start within a minute and take ${DURATIONS[0]} to ${DURATIONS.at(-1)} minutes.
A real account is slower: it can start one job a second. The values come from a seed, and are the
same everywhere. \`npm run test:slow\` plays the smallest fleets again. HealthImaging answers ${READS.perSecond}
reads a second, ${READS.burst} at once. That is half of an account's quota, because other users of the account
take the rest. In two fleets something fails for an hour, from minute ${OUTAGE.from / MINUTE} on: either every read is
throttled, or the events of the ends of jobs are lost. The values are seconds from the end of a job
to its verdict:

${table(
  [
    'jobs',
    'trouble',
    'verdicts',
    'twice',
    'watches failed',
    'mean',
    'median',
    'p99',
    'worst',
    'after the outage',
  ],
  results.map(lagCells),
)}

"After the outage" is the worst value for jobs that ended before the end of the outage, counted from
the end of the outage.

Reads a second, in minutes before, in and after that hour. Throttled reads are included. The busiest
second of the minute is in brackets. If all watches of a fleet checked at the same time, all reads
would be in one second.

${table(['jobs', 'trouble', ...MINUTES.map(([name]) => name), 'throttled in all'], results.map(readCells))}`;
}

/** The row of a fleet in the first table. */
export const lagCells = ({ jobs, trouble, lag, ...result }: FleetResult) => [
  number(jobs),
  trouble,
  number(result.told),
  result.toldTwice,
  result.failed,
  ...[lag.mean, lag.median, lag.p99, lag.worst].map(number),
  trouble === 'none' ? '' : number(result.worstAfterOutage),
];

/** The row of a fleet in the second table. */
export const readCells = ({ jobs, trouble, requests, throttled }: FleetResult) => [
  number(jobs),
  trouble,
  ...MINUTES.map(([, from]) => rate(requests.slice(from, from + MINUTE))),
  number(throttled),
];

function rate(requests: readonly number[]): string {
  const sum = requests.reduce((all, count) => all + count, 0);
  return `${(sum / MINUTE).toFixed(1)} (${Math.max(0, ...requests)})`;
}

const number = (value: number) => Math.round(value).toLocaleString('en');
