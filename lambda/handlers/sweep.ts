import { medicalImaging } from '../../core/aws/clients.ts';
import { listDatastores } from '../../core/aws/import-jobs.ts';
import { unconfirmedEmails } from '../../core/aws/subscriptions.ts';
import { ENV, type MetricName } from '../../core/contract/names.ts';
import { parseSweepEvent } from '../../core/domain/incoming.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { emailsExpected, optionalEnv } from '../runtime/env.ts';
import { failureTools } from '../runtime/tell-failure.ts';
import { withSources } from '../runtime/with-sources.ts';
import { alone, type Invocation } from '../sweep/lease.ts';
import { Pace, RATES } from '../sweep/pace.ts';
import { sweepAll } from '../sweep/rounds.ts';
import { sweepRunning } from '../sweep/running.ts';
import { finishSweep, type SweepKind, type SweepResult, SweepTally } from '../sweep/tally.ts';
import { sweepWatches } from '../sweep/watches.ts';

const healthImaging = medicalImaging();

/**
 * How long one invocation sweeps; the function's own timeout is two minutes later. One of running jobs takes seconds, and
 * minutes in an account whose quotas were raised.
 */
const LIMITS_MS: Readonly<Record<SweepKind, number>> = { all: 13 * 60_000, running: 13 * 60_000 };
const SWEEPS = { all: sweepAll, running: sweepRunning };

/**
 * Finds what events did not tell: jobs that nobody watches, watches that missed their news, watches that failed; where
 * it is asked for, only of jobs that run. Doing it twice does nothing more; where one of the same kind still runs, nothing
 * is done. What fails is left to the next sweep.
 * Environment: `DATASTORE_IDS`, `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `EMAILS_EXPECTED`.
 * @throws InvalidEventError for an event that asks for no sweep; Error when no part of it could be done.
 */
export const sweep =
  (time: Time) =>
  async (event: unknown, invocation?: Invocation): Promise<SweepResult> => {
    const start = time.now();
    const { only: kind = 'all', datastoreIds } = parseSweepEvent(event);
    const tally = new SweepTally(kind);
    const { healthImaging: calls, executions } = RATES[kind];
    const pace = { healthImaging: new Pace(time, calls), executions: new Pace(time, executions) };
    const tools = { ...failureTools(true), healthImaging, time, pace, tally };
    const deadline = start + LIMITS_MS[kind];
    const gauges: Partial<Record<MetricName, number>> = {};
    const datastores = async () =>
      datastoreIds ?? optionalEnv(ENV.datastoreIds)?.split(',') ?? (await listDatastores(healthImaging));
    let finished = false;
    let pages = 0;
    const jobs = async () => {
      const swept = await SWEEPS[kind](tools, await datastores(), deadline);
      Object.assign(gauges, swept.gauges);
      ({ finished, pages } = swept);
    };
    let watchesSwept = true;
    const regardless = async () => {
      if (kind === 'running') return;
      watchesSwept = await tally.attempt({}, () => sweepWatches(tools, start + LIMITS_MS.all / 2));
      await tally.attempt({}, async () => {
        gauges.emailsUnconfirmed = await unconfirmedEmails(tools.channels.sns, emailsExpected());
      });
    };
    const done = await alone(tools, { ...invocation, deadline }, jobs, regardless);
    if (done === 'another runs') return { ...tally.counts, failed: 0, finished: false };
    const result = finishSweep(tally, { finished: finished && done, watchesSwept, gauges });
    if (!watchesSwept && pages === 0) throw new Error('no part of the sweep could be done');
    return result;
  };

export const handler = withSources(sweep(systemTime));
