import { dynamoDB, eventBridge, sns, stepFunctions } from './aws/clients.ts';
import { describeExecution, lastState, type Machine } from './aws/executions.ts';
import { type Outlets, publishNotice } from './aws/notices.ts';
import { findWatch, recordFailure, type Table } from './aws/watches.ts';
import { ENV, type ImportJobId, PUBLISHED, WATCH_FAILURES } from './contract.ts';
import { buildFailureNotice, type FailedWatch, failureId } from './domain/failed-watch.ts';
import { expiry } from './domain/report.ts';
import { optionalEnv, requireEnv } from './env.ts';
import { log } from './log.ts';
import { parseExecutionInput } from './request.ts';

/** What is needed to tell of a failed watch. */
export interface FailureTools {
  readonly machine: Machine;
  readonly table: Table;
  readonly outlets: Outlets;
  /** Whether the sweep repairs failed watches. */
  readonly repairs: boolean;
}

const clients = { machine: stepFunctions(), table: dynamoDB(), eventBridge: eventBridge(), sns: sns() };

/**
 * The tools, from the environment: `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `CHAT`.
 * @throws Error that names the variable that is missing.
 */
export function failureTools(repairs: boolean): FailureTools {
  const { machine, table, ...outlets } = clients;
  return {
    machine: { client: machine, arn: requireEnv(ENV.stateMachineArn) },
    table: { client: table, name: requireEnv(ENV.watchesTable) },
    outlets: {
      ...outlets,
      busName: requireEnv(ENV.busName),
      topicArn: requireEnv(ENV.topicArn),
      chat: optionalEnv(ENV.chat) !== undefined,
    },
    repairs,
  };
}

/** Reads how an execution ended. @returns undefined where it did not fail, or runs again. */
export async function readFailure(machine: Machine, executionArn: string): Promise<FailedWatch | undefined> {
  const execution = await describeExecution(machine, executionArn);
  const status = WATCH_FAILURES.statuses.find((each) => each === execution?.status);
  if (!execution || !status) return undefined;
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

/** The key under which the table keeps what was told of a watch; one whose input names no job has one of its own. */
export function recordKey({ job, name }: Pick<FailedWatch, 'job' | 'name'>): ImportJobId {
  return job ?? { datastoreId: 'unknown', jobId: name };
}

/** Tells of a failed watch, unless that was done or a verdict was published all the same. */
export async function tellFailure(
  { table, outlets, repairs }: FailureTools,
  watch: FailedWatch,
  now: number,
): Promise<'told' | 'told before' | 'not needed'> {
  const key = recordKey(watch);
  const eventId = failureId(watch.name, watch.redriveCount);
  const { outcome, failureEventIds } = await findWatch(table, key);
  if (outcome) return 'not needed';
  if (failureEventIds.includes(eventId)) return 'told before';
  await publishNotice(outlets, PUBLISHED.watchFailed, buildFailureNotice(watch, repairs, now));
  await recordFailure(table, key, eventId, expiry(now));
  log.warn('watch failed', { ...watch.job, eventId, step: watch.failedStep });
  return 'told';
}
