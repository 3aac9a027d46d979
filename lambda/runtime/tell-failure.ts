import { dynamoDB, eventBridge, sns, stepFunctions } from '../../core/aws/clients.ts';
import type { WatchStateMachine } from '../../core/aws/executions.ts';
import { type NoticeChannels, publishNotice } from '../../core/aws/notices.ts';
import { findWatch, recordFailure, type Table } from '../../core/aws/watches.ts';
import { ENV, PUBLISHED } from '../../core/contract/names.ts';
import { buildFailureNotice } from '../../core/domain/notices/failed-watch.ts';
import { expiry } from '../../core/domain/notices/import-report.ts';
import { type FailedWatch, failureId, recordKey } from '../../core/domain/watch/repair.ts';
import { optionalEnv, requireEnv } from './env.ts';
import { log } from './log.ts';

/** What is needed to tell of a failed watch. */
export interface FailureTools {
  readonly machine: WatchStateMachine;
  readonly table: Table;
  readonly channels: NoticeChannels;
  /** Whether the sweep repairs failed watches. */
  readonly repairs: boolean;
}

const clients = { machine: stepFunctions(), table: dynamoDB(), eventBridge: eventBridge(), sns: sns() };

/**
 * The tools, from the environment: `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `CHAT`.
 * @throws Error that names the variable that is missing.
 */
export function failureTools(repairs: boolean): FailureTools {
  const { machine, table, ...channels } = clients;
  return {
    machine: { client: machine, arn: requireEnv(ENV.stateMachineArn) },
    table: { client: table, name: requireEnv(ENV.watchesTable) },
    channels: {
      ...channels,
      busName: requireEnv(ENV.busName),
      topicArn: requireEnv(ENV.topicArn),
      chat: optionalEnv(ENV.chat) !== undefined,
    },
    repairs,
  };
}

/** Tells of a failed watch, unless that was done or a verdict was published all the same. */
export async function tellFailure(
  { table, channels, repairs }: FailureTools,
  watch: FailedWatch,
  now: number,
): Promise<'told' | 'told before' | 'not needed'> {
  const key = recordKey(watch);
  const eventId = failureId(watch.name, watch.redriveCount);
  const { outcome, failureEventIds } = await findWatch(table, key);
  if (outcome) return 'not needed';
  if (failureEventIds.includes(eventId)) return 'told before';
  await publishNotice(channels, PUBLISHED.watchFailed, buildFailureNotice(watch, repairs, now));
  await recordFailure(table, key, eventId, expiry(now));
  log.warn('watch failed', { ...watch.job, eventId, step: watch.failedStep });
  return 'told';
}
