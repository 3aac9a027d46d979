import { readFailure } from './aws/failed-watches.ts';
import { ENV } from './contract.ts';
import { optionalEnv } from './env.ts';
import { failureTools, tellFailure } from './failures.ts';
import { parseStatusEvent } from './request.ts';
import { systemTime, type Time } from './time.ts';

/**
 * Tells people and systems of a watch that ended without a verdict. The event only causes a read of the execution:
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

export const handler = onWatchEnded(systemTime);
