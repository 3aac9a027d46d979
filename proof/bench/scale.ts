import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { RATES } from '../../lambda/sweep/pace.ts';
import { DATASTORES, JOBS_PER_DATASTORE, type ScaleResult, type ScaleScenario, SIZES } from './scale-plan.ts';
import { table } from './table.ts';

const PROGRAM = fileURLToPath(new URL('scale-run.ts', import.meta.url));

/** Sweeps an account in a process of its own. */
export async function scale({ running, history, datastores }: ScaleScenario): Promise<ScaleResult> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=4096', PROGRAM, ...[running, history, datastores].map(String)],
    { maxBuffer: 1_000_000 },
  );
  return JSON.parse(stdout);
}

export async function section(): Promise<string> {
  const scenarios = SIZES.flatMap((size) => DATASTORES.map((datastores) => ({ ...size, datastores })));
  // The largest first, so that none is left to the end.
  const swept = await pLimit(availableParallelism()).map(scenarios.toReversed(), async (scenario) => {
    const result = await scale(scenario);
    console.error(`swept ${JSON.stringify(scenario)}`);
    return result;
  });
  const results = swept.toReversed();
  const { running, all } = RATES;
  return `## What a sweep costs

The sweep is one poll for all jobs: a page reports 50 of them. These accounts are swept in virtual
time, by the real handler, on its schedules. In each second, one job begins and one ends, which is
as many as an account may start by default. Every 30 s a job of 20 s begins. **Every event is
lost.** Calls take 0.1 s. HealthImaging answers 10 lists and 25 reads a second, and Step Functions 5
lists of executions, as in us-east-1 (beyond bursts of 20, 50 and 200). A sweep of running jobs
makes at most ${running.healthImaging.perSecond} calls of HealthImaging a second, a sweep of all jobs ${all.healthImaging.perSecond}. The history is that of
90 days, and all of it has its verdicts. 75 minutes are played, then the full round of a day, or an
hour of it: what is left then is counted in pages, and adds as much time and money as the pages
before. A sweep is cut off before its first page after 780 s, and the next one goes on from there.

Calls and seconds of one sweep, on average:

${table(
  [
    'running jobs',
    'history',
    'data stores',
    'running jobs: calls',
    'pages of executions',
    'seconds',
    'all jobs: lists',
    'seconds',
    'full round: lists',
    'minutes',
  ],
  results.map(({ runningSweep, recentSweep, fullRound, ...account }) => [
    ...accountCells(account),
    number(runningSweep.calls),
    number(runningSweep.executionPages),
    number(runningSweep.seconds),
    number(recentSweep.lists),
    number(recentSweep.seconds),
    number(fullRound.lists),
    number(fullRound.seconds / 60),
  ]),
)}

A full round begins once a day, so the greatest age of the last one is a day and its minutes. The
calls of a sweep of running jobs include a read of each job that ended, because no event came.

What became of the jobs, and what all sweeps of a month cost (functions and the table, without
metrics):

${table(
  [
    'running jobs',
    'history',
    'data stores',
    'worst lag, s',
    'of 20 s, s',
    'ended',
    'lost',
    'throttled',
    'lists in the busiest second',
    'dollars a month',
    'quota raised',
  ],
  results.map(({ running: jobs, datastores, ...result }) => [
    ...accountCells({ ...result, running: jobs, datastores }),
    number(result.worstLag),
    number(result.worstLagOfShort),
    number(result.ended),
    result.lost,
    result.throttled,
    result.busiestSecond,
    result.dollarsAMonth.toFixed(2),
    jobs / datastores > JOBS_PER_DATASTORE
      ? `${number(jobs / datastores)} running jobs a data store`
      : 'none',
  ]),
)}

The lag is from the end of a job to the news of its watch, or to the start of its watch. A job of 20
seconds mostly begins and ends between two sweeps of running jobs, and is found by the sweep of all
jobs. All that grows with the history is the full round.`;
}

const accountCells = ({ running, history, datastores }: ScaleScenario) => [
  number(running),
  number(history),
  datastores,
];

const number = (value: number) => Math.round(value).toLocaleString('en');
