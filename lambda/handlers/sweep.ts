import { medicalImaging } from '../../core/aws/clients.ts';
import { openWatches } from '../../core/aws/executions.ts';
import { listDatastores } from '../../core/aws/import-jobs.ts';
import { unconfirmedEmails } from '../../core/aws/subscriptions.ts';
import { clearPosition, deployedAt, loadPosition, savePosition } from '../../core/aws/watches.ts';
import { ENV, type MetricName } from '../../core/contract/names.ts';
import { parseSweepEvent } from '../../core/domain/incoming.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { emailsExpected, optionalEnv } from '../runtime/env.ts';
import { failureTools } from '../runtime/tell-failure.ts';
import { withSources } from '../runtime/with-sources.ts';
import { sweepJobs } from '../sweep/jobs.ts';
import { sweepRunning } from '../sweep/running.ts';
import { finishSweep, type SweepResult, SweepTally } from '../sweep/tally.ts';
import { sweepWatches } from '../sweep/watches.ts';

const healthImaging = medicalImaging();

/** How long one invocation sweeps; the function's own timeout is two minutes later. */
const LIMIT_MS = 13 * 60_000;
/** How long one sweeps only what runs: time for a hundred data stores. The next may begin before it ends. */
const RUNNING_LIMIT_MS = 110_000;

/**
 * Finds what events did not tell: jobs that nobody watches, watches that missed their news, watches that failed; where
 * it is asked for, only of jobs that run. Doing it twice, or twice at once, does nothing more. What fails is left to the
 * next sweep.
 * Environment: `DATASTORE_IDS`, `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `EMAILS_EXPECTED`.
 * @throws InvalidEventError for an event that asks for no sweep; Error when no part of it could be done.
 */
export const sweep =
  (time: Time) =>
  async (event: unknown): Promise<SweepResult> => {
    const start = time.now();
    const { only, datastoreIds } = parseSweepEvent(event);
    const tally = new SweepTally(only ?? 'all');
    const tools = { ...failureTools(true), healthImaging, time, tally };
    const { table } = tools;
    const datastores = async () =>
      datastoreIds ?? optionalEnv(ENV.datastoreIds)?.split(',') ?? (await listDatastores(healthImaging));
    if (only === 'running') {
      const deadline = start + RUNNING_LIMIT_MS;
      const swept = await tally.attempt({}, async () => sweepRunning(tools, await datastores(), deadline));
      return finishSweep(tally, { swept, finished: true });
    }
    const watchesSwept = await tally.attempt({}, () => sweepWatches(tools, start + LIMIT_MS / 2));
    const gauges: Partial<Record<MetricName, number>> = {};
    const count = async () => void Object.assign(gauges, await openWatches(tools.machine, time.now()));
    await tally.attempt({}, count);
    await tally.attempt({}, async () => {
      gauges.emailsUnconfirmed = await unconfirmedEmails(tools.channels.sns, emailsExpected());
    });
    let finished = false;
    let pages = 0;
    const jobsSwept = await tally.attempt({}, async () => {
      const from = await loadPosition(table);
      const since = await deployedAt(table);
      const lists = { datastoreIds: await datastores(), from, deployedAt: since, deadline: start + LIMIT_MS };
      const { rest, ...jobs } = await sweepJobs(tools, lists);
      pages = jobs.pages;
      if (rest) await savePosition(table, rest);
      else if (from) await clearPosition(table);
      finished = !rest;
    });
    const result = finishSweep(tally, { swept: watchesSwept && jobsSwept, finished }, gauges);
    if (!watchesSwept && pages === 0) throw new Error('no part of the sweep could be done');
    return result;
  };

export const handler = withSources(sweep(systemTime));
