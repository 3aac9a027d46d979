import { connect } from '../aws/connect.ts';
import type { WaitOptions } from './command.ts';
import { waitFor } from './wait-for.ts';

/** Waits for a job that somebody has started. */
export async function run(options: WaitOptions): Promise<number> {
  const { datastoreId, jobId } = options;
  return waitFor({ datastoreId, jobId }, options, await connect(options), { started: false });
}
