import { PRICES } from '../../core/contract/prices.ts';
import { ALL_LISTS } from '../../core/domain/watch/sweep.ts';
import { RATES } from '../../lambda/sweep/pace.ts';
import { table } from './table.ts';

/** Jobs on a page of ListDICOMImportJobs (docs/healthimaging.md#1-calls). */
const PAGE_JOBS = 50;
/** What a list call, or one to the table, is taken to last. */
const CALL_SECONDS = 0.1;
/** What an invocation lasts besides its lists: watches, gauges, its start. */
const OTHER_SECONDS = 1;
const MEMORY_GB = 0.25;
const MONTH_MINUTES = 730 * 60;
/** ListDICOMImportJobs that an account has a second. */
const LIST_QUOTA = 10;

interface Account {
  readonly name: string;
  readonly datastores: number;
  readonly running: number;
  /** Jobs that ended in the 90 days for which HealthImaging lists them. */
  readonly ended: number;
}

const ACCOUNTS: readonly Account[] = [
  { name: 'idle, 1 data store', datastores: 1, running: 0, ended: 0 },
  { name: '1,000 jobs listed', datastores: 1, running: 10, ended: 990 },
  { name: '10,000 jobs listed', datastores: 10, running: 100, ended: 9900 },
  { name: '100,000 jobs listed', datastores: 100, running: 1000, ended: 99_000 },
];

/** What is swept, and how often. */
const SWEEPS = [
  { name: 'all lists', all: true, minutes: 15 },
  { name: 'all lists', all: true, minutes: 1 },
  { name: 'running jobs', all: false, minutes: 1 },
] as const;

interface SweepCost {
  readonly calls: number;
  readonly reads: number;
  readonly seconds: number;
  /** Dollars a month. */
  readonly dollars: number;
}

/** What sweeping an account costs. Jobs are spread evenly over data stores; a list without jobs is one call. */
export function sweepCost(
  { datastores, running, ended }: Account,
  { all, minutes }: { readonly all: boolean; readonly minutes: number },
): SweepCost {
  const pages = (jobs: number) => Math.max(1, Math.ceil(jobs / datastores / PAGE_JOBS));
  // Most jobs that run are IN_PROGRESS, most that ended COMPLETED: the other two lists are a call each. One list has all.
  const others = pages(ended) + pages(running + ended) + ALL_LISTS.length - 4;
  const calls = datastores * (pages(running) + 1 + (all ? others : 0));
  // A consistent read of the item of each job; of running jobs only what has no watch is looked up.
  const reads = all ? running + ended : 0;
  const { perSecond } = RATES[all ? 'all' : 'running'].healthImaging;
  const seconds = OTHER_SECONDS + calls / perSecond + Math.ceil(reads / PAGE_JOBS) * CALL_SECONDS;
  const each = PRICES.lambdaRequest + seconds * MEMORY_GB * PRICES.lambdaGBSecond + reads * PRICES.dynamoRead;
  return { calls, reads, seconds, dollars: (each * MONTH_MINUTES) / minutes };
}

export function section(): string {
  const rows = ACCOUNTS.flatMap((account) =>
    SWEEPS.map((sweep) => {
      const { calls, reads, seconds, dollars } = sweepCost(account, sweep);
      return [
        account.name,
        `${sweep.name}, every ${sweep.minutes} min`,
        calls.toLocaleString('en'),
        `${((100 * calls) / (sweep.minutes * 60 * LIST_QUOTA)).toFixed(1)} %`,
        reads.toLocaleString('en'),
        Math.round(seconds),
        dollars.toFixed(2),
      ];
    }),
  );
  const header = [
    'account',
    'sweep',
    'list calls',
    'of the quota',
    'table reads',
    'seconds',
    'dollars a month',
  ];
  return `## What a sweep costs

The sweep is one poll for all jobs: a page reports ${PAGE_JOBS} of them. HealthImaging lists a job for 90
days. So the cost of reading all lists grows with the history of an account, but the cost of reading
the lists of running jobs grows only with its current load ([ADR
12](../adr/0012-sweep-of-running-jobs.md)). "All lists" is a round through all history, which is done
once a day ([ADR 19](../adr/0019-the-net-at-scale.md)). The values are computed from the pace of the
code, ${CALL_SECONDS * 1000} ms a call to the table, ${MEMORY_GB * 1024} MB, list prices, and HealthImaging's quota of ${LIST_QUOTA} list calls
a second.

${table(header, rows)}`;
}
