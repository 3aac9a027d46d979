import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import {
  executionArn as arnOf,
  describeExecution,
  type WatchStateMachine,
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
  readonly output?: { readonly outcome?: string; readonly eventId?: string; readonly next?: string };
  /** Where it failed. */
  readonly failure?: FailedWatch;
  /** Why Step Functions would not redrive it, in its own words. */
  readonly notRedrivable?: string;
}

/**
 * The watches of a job, oldest first. Their names are asked for one after the other (ADR 7), so that one which somebody
 * started under a name of their own is not found.
 */
export async function watchesOf(machine: WatchStateMachine, job: ImportJobId): Promise<Watch[]> {
  const watches: Watch[] = [];
  for (let number = 1; number <= MAX_WATCHES; number++) {
    const watch = await readWatch(machine, arnOf(machine, watchName(job, number)));
    if (!watch) break;
    watches.push(watch);
  }
  return watches;
}

/** One watch, or undefined where there is none. */
export async function readWatch(machine: WatchStateMachine, arn: string): Promise<Watch | undefined> {
  const execution = await describeExecution(machine, arn);
  return execution && read(machine, execution);
}

async function read(machine: WatchStateMachine, execution: DescribeExecutionCommandOutput): Promise<Watch> {
  const { executionArn = '', name = '', status = '', startDate, stopDate, redriveCount = 0 } = execution;
  const failure = await failureOf(machine, execution);
  return {
    executionArn,
    name,
    number: watchNumber(name),
    status,
    startedAt: startDate?.getTime() ?? 0,
    stoppedAt: stopDate?.getTime(),
    redriveCount,
    output: execution.output ? (JSON.parse(execution.output) as NonNullable<Watch['output']>) : undefined,
    failure,
    notRedrivable: failure && !failure.redrivable ? (execution.redriveStatusReason ?? 'unknown') : undefined,
  };
}
