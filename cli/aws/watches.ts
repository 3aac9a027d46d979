import type { DescribeExecutionCommandOutput, HistoryEvent } from '@aws-sdk/client-sfn';
import {
  executionArn as arnOf,
  describeExecution,
  lastEvents,
  type Machine,
} from '../../core/aws/executions.ts';
import { failureOf } from '../../core/aws/failed-watches.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import type { FailedWatch } from '../../core/domain/watch/repair.ts';
import { MAX_WATCHES, watchName, watchNumber } from '../../core/domain/watch/watch-name.ts';

/** A watch of a job, as Step Functions has it. Times are milliseconds since the epoch. */
export interface Watch {
  readonly executionArn: string;
  readonly name: string;
  readonly number: number;
  readonly status: string;
  readonly startedAt: number;
  readonly stoppedAt?: number;
  readonly redriveCount: number;
  /** Where it ended well: what it put out. */
  readonly output?: { readonly outcome?: string; readonly verdict?: string };
  /** Where it failed. */
  readonly failure?: FailedWatch;
  /** Why Step Functions would not redrive it, in its own words. */
  readonly notRedrivable?: string;
}

/**
 * The watches of a job, oldest first. Their names are asked for one after the other (ADR 7), so that one which somebody
 * started under a name of their own is not found.
 */
export async function watchesOf(machine: Machine, job: ImportJobId): Promise<Watch[]> {
  const watches: Watch[] = [];
  for (let number = 1; number <= MAX_WATCHES; number++) {
    const watch = await readWatch(machine, arnOf(machine, watchName(job, number)));
    if (!watch) break;
    watches.push(watch);
  }
  return watches;
}

/** One watch, or undefined where there is none. */
export async function readWatch(machine: Machine, arn: string): Promise<Watch | undefined> {
  const execution = await describeExecution(machine, arn);
  return execution && read(machine, execution);
}

async function read(machine: Machine, execution: DescribeExecutionCommandOutput): Promise<Watch> {
  const { executionArn = '', name = '', status = '', startDate, stopDate, redriveCount = 0 } = execution;
  const failure = await failureOf(machine, execution);
  return {
    executionArn,
    name,
    number: watchNumber(name),
    status,
    startedAt: startDate?.getTime() ?? 0,
    ...(stopDate && { stoppedAt: stopDate.getTime() }),
    redriveCount,
    ...(execution.output && { output: JSON.parse(execution.output) as NonNullable<Watch['output']> }),
    ...(failure && { failure }),
    ...(failure && !failure.redrivable && { notRedrivable: execution.redriveStatusReason ?? 'unknown' }),
  };
}

/** Where a watch that runs is. Times are milliseconds since the epoch. */
export type Position =
  | { readonly kind: 'waiting'; readonly nextCheckAt: number }
  | { readonly kind: 'working'; readonly state: string; readonly since: number };

/** Where a watch is that runs, or undefined where its history does not say. */
export async function positionOf(machine: Machine, arn: string): Promise<Position | undefined> {
  return positionIn(await lastEvents(machine, arn));
}

const WAIT = 'waitForTaskToken';

/** @param newestFirst - the last events of an execution that runs. */
export function positionIn(newestFirst: readonly HistoryEvent[]): Position | undefined {
  const entered = newestFirst.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails);
  const scheduled = newestFirst.find(({ taskScheduledEventDetails }) => taskScheduledEventDetails);
  const { timeoutInSeconds, resource = '' } = scheduled?.taskScheduledEventDetails ?? {};
  const [last] = newestFirst;
  // The wait goes on where nothing has happened since but that it was begun.
  const waits = resource.endsWith(WAIT) && /^Task(Scheduled|Started|Submitted)$/.test(last?.type ?? '');
  if (waits && scheduled?.timestamp && timeoutInSeconds !== undefined) {
    return { kind: 'waiting', nextCheckAt: scheduled.timestamp.getTime() + timeoutInSeconds * 1000 };
  }
  return (
    entered?.timestamp && {
      kind: 'working',
      state: entered.stateEnteredEventDetails?.name ?? '',
      since: entered.timestamp.getTime(),
    }
  );
}
