import {
  describeExecution,
  executionArn,
  type ListedExecution,
  listExecutions,
  redrive,
  startWatch,
} from '../../core/aws/executions.ts';
import { readFailure } from '../../core/aws/failed-watches.ts';
import { findWatches } from '../../core/aws/watches.ts';
import { type ImportJobId, WATCH_FAILURES } from '../../core/contract/names.ts';
import { failureId, planRepair, recordKey, repairNotBefore } from '../../core/domain/watch/repair.ts';
import { parseWatchName, watchName, watchNumber } from '../../core/domain/watch/watch-name.ts';
import type { Time } from '../../core/time.ts';
import { type FailureTools, tellFailure } from '../runtime/tell-failure.ts';
import type { SweepTally } from './tally.ts';

/** What is needed to look after watches. */
export interface WatchTools extends FailureTools {
  readonly time: Time;
  readonly tally: SweepTally;
}

/**
 * Tells of failed watches whose status event was lost, and repairs those that can be.
 * @param deadline - when to stop, in milliseconds since the epoch.
 */
export async function sweepWatches(tools: WatchTools, deadline: number): Promise<void> {
  const { time, tally } = tools;
  for (const status of WATCH_FAILURES.statuses) {
    for await (const page of listExecutions(tools.machine, status)) {
      const recordOf = await findWatches(tools.table, page.map(keyOf));
      for (const execution of page) {
        const { name, redriveCount } = execution;
        const record = recordOf(keyOf(execution));
        const told = record.failureEventIds.includes(failureId(name, redriveCount));
        if (record.outcome || (told && time.now() < repairNotBefore(execution))) continue;
        // The newest come first. What is left has been told in all likelihood, and jobs have to be looked at, too.
        if (time.now() >= deadline) return;
        await tally.attempt({ watch: name }, () => attend(tools, execution, told));
      }
    }
  }
}

/** Where the table keeps what was told of a watch, as far as its name tells. */
function keyOf({ name }: ListedExecution): ImportJobId {
  const job = parseWatchName(name);
  return recordKey({ name, job });
}

async function attend(tools: WatchTools, execution: ListedExecution, told: boolean): Promise<void> {
  const { tally } = tools;
  const now = tools.time.now();
  const failure = await readFailure(tools.machine, execution.executionArn);
  if (!failure) return;
  if (!told && (await tellFailure(tools, failure, now)) === 'told') tally.count('failuresTold');
  const repair = planRepair(failure);
  if (repair.kind === 'none' || now < repair.at) return;
  if (repair.kind === 'redrive') {
    if ((await redrive(tools.machine, execution)) === 'redriven') tally.count('redriven');
  } else if (failure.job) {
    const number = watchNumber(failure.name) + 1;
    const next = executionArn(tools.machine, watchName(failure.job, number));
    if (await describeExecution(tools.machine, next)) return;
    await startWatch(tools.machine, failure.job, number);
    tally.count('replaced');
  }
}
