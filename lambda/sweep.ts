import { medicalImaging } from './aws/clients.ts';
import { openWatches } from './aws/executions.ts';
import { listDatastores } from './aws/import-jobs.ts';
import { unconfirmedEmails } from './aws/subscriptions.ts';
import { clearPosition, deployedAt, loadPosition, savePosition } from './aws/watches.ts';
import { ENV, type MetricName } from './contract.ts';
import { emailsExpected, optionalEnv } from './env.ts';
import { failureTools } from './failures.ts';
import { log } from './log.ts';
import { measure } from './metrics.ts';
import { sweepJobs } from './sweep-jobs.ts';
import { sweepWatches } from './sweep-watches.ts';
import { Tally } from './tally.ts';
import { systemTime, type Time } from './time.ts';

const healthImaging = medicalImaging();

/** How long one invocation sweeps; the function's own timeout is two minutes later. */
const LIMIT_MS = 13 * 60_000;

/** What a sweep did. */
type SweepResult = Tally['counts'] & { readonly failed: number; readonly finished: boolean };

/**
 * Finds what events did not tell: jobs that nobody watches, watches that missed their news, watches that failed. Doing
 * it twice, or twice at once, does nothing more. What fails is left to the next sweep.
 * Environment: `DATASTORE_IDS`, `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `EMAILS_EXPECTED`.
 * @throws Error when no part of it could be done.
 */
export const sweep = (time: Time) => async (): Promise<SweepResult> => {
  const start = time.now();
  const tools = { ...failureTools(true), healthImaging, time };
  const { table } = tools;
  const tally = new Tally();
  const watchesSwept = await tally.attempt({}, () => sweepWatches(tools, start + LIMIT_MS / 2, tally));
  const gauges: Partial<Record<MetricName, number>> = {};
  await tally.attempt({}, async () => {
    Object.assign(gauges, await openWatches(tools.machine, time.now()));
  });
  await tally.attempt({}, async () => {
    gauges.emailsUnconfirmed = await unconfirmedEmails(tools.outlets.sns, emailsExpected());
  });
  let finished = false;
  let pages = 0;
  await tally.attempt({}, async () => {
    const datastoreIds = optionalEnv(ENV.datastoreIds)?.split(',') ?? (await listDatastores(healthImaging));
    const from = await loadPosition(table);
    const since = await deployedAt(table);
    const jobs = await sweepJobs(tools, datastoreIds, from, since, start + LIMIT_MS, tally);
    ({ pages } = jobs);
    const { rest } = jobs;
    if (rest) await savePosition(table, rest);
    else if (from) await clearPosition(table);
    finished = !rest;
  });
  const { counts, failed } = tally;
  log.info('swept', { ...counts, failed, finished });
  measure({
    sweepFindings: Object.values(counts).reduce((sum, count) => sum + count, 0),
    sweepFailures: failed,
    eventsLost: counts.watchesStarted + counts.newsGiven,
    sweeps: 1,
    ...gauges,
  });
  if (!watchesSwept && pages === 0) throw new Error('no part of the sweep could be done');
  return { ...counts, failed, finished };
};

export const handler = sweep(systemTime);
