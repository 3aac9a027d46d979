import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { WATCH_FAILURES } from '../contract/names.ts';
import { parseExecutionInput } from '../domain/incoming.ts';
import type { FailedWatch } from '../domain/watch/repair.ts';
import { describeExecution, lastState, type WatchStateMachine } from './executions.ts';

/** Reads how an execution ended. @returns undefined where it did not fail, or runs again. */
export async function readFailure(
  machine: WatchStateMachine,
  executionArn: string,
): Promise<FailedWatch | undefined> {
  const execution = await describeExecution(machine, executionArn);
  return execution && failureOf(machine, execution);
}

/** How an execution failed that was described. @returns undefined where it did not fail. */
export async function failureOf(
  machine: WatchStateMachine,
  execution: DescribeExecutionCommandOutput,
): Promise<FailedWatch | undefined> {
  const { executionArn = '' } = execution;
  const status = WATCH_FAILURES.statuses.find((each) => each === execution.status);
  if (!status) return undefined;
  const job = parseExecutionInput(execution.input);
  const failedStep = await lastState(machine, executionArn);
  return {
    executionArn,
    name: execution.name ?? '',
    status,
    ...(job && { job }),
    ...(failedStep && { failedStep }),
    ...(execution.error && { error: execution.error }),
    redriveCount: execution.redriveCount ?? 0,
    redrivable: execution.redriveStatus === 'REDRIVABLE',
    ...(execution.startDate && { startedAt: execution.startDate.getTime() }),
    stoppedAt: execution.stopDate?.getTime() ?? 0,
  };
}
