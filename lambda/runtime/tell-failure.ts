import { eventBridge, sns, stepFunctions } from '../../core/aws/clients.ts';
import type { WatchStateMachine } from '../../core/aws/executions.ts';
import { type NoticeChannels, tellPeople, tellSystems } from '../../core/aws/notices.ts';
import { dynamoDB } from '../../core/aws/table-client.ts';
import { findWatch, keepItem, recordFailure, type Table } from '../../core/aws/watches.ts';
import { ENV, PUBLISHED } from '../../core/contract/names.ts';
import { expiry } from '../../core/domain/notices/expiry.ts';
import { buildFailureNotice, type WatcherFacts } from '../../core/domain/notices/failed-watch.ts';
import { type FailedWatch, failureId, recordKey } from '../../core/domain/watch/repair.ts';
import { isSettled } from '../../core/domain/watch/told.ts';
import { optionalEnv, requireEnv, stepFunctionNames } from './env.ts';
import { log } from './log.ts';
import { holdForDigests } from './people.ts';

/** What is needed to report a failed watch. */
export interface FailureTools {
  readonly machine: WatchStateMachine;
  readonly table: Table;
  readonly channels: NoticeChannels;
  readonly watcher: WatcherFacts;
}

const clients = { machine: stepFunctions(), table: dynamoDB(), eventBridge: eventBridge(), sns: sns() };

/**
 * The tools, from the environment: `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `CHAT`,
 * `STEP_FUNCTIONS`.
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
    watcher: { repairs, functions: stepFunctionNames() },
  };
}

/** Does one part of the telling. @returns whether it was done; one that does not throw leaves the rest to a later try. */
export type Attempt = (part: () => Promise<void>) => Promise<boolean>;

const directly: Attempt = async (part) => {
  await part();
  return true;
};

/**
 * Notifies systems of a failed watch, then people, unless that was done or a verdict was recorded all the same. What was
 * done is recorded at once: people out of reach do not make the bus get the event again.
 * @param attempts - by which each part is done; default: one that fails throws.
 * @throws Error before anything was sent where the table takes no writes: what cannot be recorded would be sent for ever.
 */
export async function tellFailure(
  { table, channels, watcher }: FailureTools,
  watch: FailedWatch,
  now: number,
  { systems, people }: Readonly<Record<'systems' | 'people', Attempt>> = {
    systems: directly,
    people: directly,
  },
): Promise<'told' | 'told before' | 'not needed' | 'in part'> {
  const key = recordKey(watch);
  const eventId = failureId(watch.name, watch.redriveCount);
  const record = await findWatch(table, key);
  if (isSettled(record)) return 'not needed';
  const { failureEventIds, failureEventIdsOnBus } = record;
  if (failureEventIds.includes(eventId)) return 'told before';
  await keepItem(table, key, expiry(now));
  const notice = buildFailureNotice(watch, watcher, now);
  const onBus =
    failureEventIdsOnBus.includes(eventId) ||
    (await systems(async () => {
      await tellSystems(channels, PUBLISHED.watchFailed, notice);
      await persist(() => recordFailure(table, key, 'failureEventIdsOnBus', eventId));
      log.warn('watch failed', { ...watch.job, eventId, step: watch.failedStep });
    }));
  const told =
    onBus &&
    (await people(async () => {
      const held = await holdForDigests(table, notice, now);
      await tellPeople(channels, { ...notice, ...(held && { held }) });
      await persist(() => recordFailure(table, key, 'failureEventIds', eventId));
    }));
  return told ? 'told' : 'in part';
}

const TRIES = 3;

/** Tries again at once: what was sent and not recorded is sent again. */
async function persist(record: () => Promise<void>): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await record();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
