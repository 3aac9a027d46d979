import { readFailure } from '../../core/aws/failed-watches.ts';
import { ENV } from '../../core/contract/names.ts';
import { parseStatusEvent } from '../../core/domain/incoming.ts';
import { systemTime, type Time } from '../../core/time.ts';
import { optionalEnv } from '../runtime/env.ts';
import { failureTools, tellFailure } from '../runtime/tell-failure.ts';
import { withSources } from '../runtime/with-sources.ts';

/**
 * Notifies systems and people of a watch that failed. The event only causes a read of the execution:
 * one that was redriven in the meantime needs no alarm.
 * Environment: `STATE_MACHINE_ARN`, `WATCHES_TABLE`, `BUS_NAME`, `TOPIC_ARN`, `REPAIRS`.
 */
export const onWatchEnded =
  (time: Time) =>
  async (event: unknown): Promise<void> => {
    const executionArn = parseStatusEvent(event);
    const tools = failureTools(optionalEnv(ENV.repairs) !== undefined);
    const failure = await readFailure(tools.machine, executionArn);
    if (failure) await tellFailure(tools, failure, time.now());
  };

export const handler = withSources(onWatchEnded(systemTime));
