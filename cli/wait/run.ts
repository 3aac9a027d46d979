import { connect } from '../aws/connect.ts';
import type { WaitingOptions } from '../options.ts';
import { waitFor } from './wait-for.ts';

export interface WaitOptions extends WaitingOptions {
  readonly datastoreId: string;
  readonly jobId: string;
}

/** Waits for a job that somebody has started. */
export async function run(options: WaitOptions): Promise<number> {
  const { datastoreId, jobId } = options;
  return waitFor({ datastoreId, jobId }, options, await connect(options), { started: false });
}
