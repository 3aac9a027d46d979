import { stepFunctions } from '../../core/aws/clients.ts';
import { giveNews, startWatch, type WatchStateMachine } from '../../core/aws/executions.ts';
import { ENV, type HintedStatus, type ImportJobId } from '../../core/contract/names.ts';
import { parseImportEvent } from '../../core/domain/incoming.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { isSettled } from '../../core/domain/watch/told.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { requireEnv } from '../runtime/env.ts';
import { log } from '../runtime/log.ts';
import { withSources } from '../runtime/with-sources.ts';

const client = stepFunctions();
/** What a job that has not ended does without. */
const loadTable = () => import('../runtime/table.ts');

/**
 * When the watch is looked for after a terminal event, in milliseconds after the last look. It may be between reading
 * the job and storing its token, which takes it about a second; after 7 seconds the next check has to do.
 */
const LOOKUP_DELAYS_MS = [0, 500, 1_500, 5_000];

/**
 * Makes sure that the job of an event has a watch, and wakes that watch if the event reports an end.
 * Environment: `STATE_MACHINE_ARN`, `WATCHES_TABLE`.
 */
export const onImportEvent =
  (time: Time) =>
  async (event: unknown): Promise<void> => {
    const { datastoreId, jobId, jobStatus } = parseImportEvent(event);
    const job = { datastoreId, jobId };
    const machine = { client, arn: requireEnv(ENV.stateMachineArn) };
    const watch = await startWatch(machine, job);
    let news = 'not needed';
    if (hasEnded(jobStatus)) {
      news = watch === 'running' ? await wake(time, machine, job, jobStatus) : await watchAgain(machine, job);
    }
    log.info('import event', { datastoreId, jobId, jobStatus, watch, news });
  };

export const handler = withSources(onImportEvent(systemTime));

async function wake(
  time: Time,
  machine: WatchStateMachine,
  job: ImportJobId,
  jobStatus: HintedStatus,
): Promise<'delivered' | 'not needed' | 'left to the next check'> {
  const { findWatch, watchesTable } = await loadTable();
  for (const ms of LOOKUP_DELAYS_MS) {
    await time.sleep(ms);
    const { taskToken, outcome } = await findWatch(watchesTable(), job);
    if (outcome) return 'not needed';
    if (taskToken && (await giveNews(machine, taskToken, { jobStatus })) === 'delivered') return 'delivered';
  }
  return 'left to the next check';
}

/** A job that was given up and ends after all needs a second watch. Where its name is taken, the sweep has the next. */
async function watchAgain(
  machine: WatchStateMachine,
  job: ImportJobId,
): Promise<'watched again' | 'not needed'> {
  const { findWatch, watchesTable } = await loadTable();
  const record = await findWatch(watchesTable(), job);
  if (!record.outcome || isSettled(record)) return 'not needed';
  await startWatch(machine, job, 2);
  return 'watched again';
}
