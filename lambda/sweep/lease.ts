import { randomUUID } from 'node:crypto';
import { giveBackLease, takeLease } from '../../core/aws/sweep-items.ts';
import { log } from '../runtime/log.ts';
import type { JobTools } from './jobs.ts';

/** What Lambda says of an invocation. */
export interface Invocation {
  /** The same when Lambda repeats an invocation that was killed. @default - one of its own */
  readonly awsRequestId?: string | undefined;
}

/** What an invocation may take after its time is over. */
const REST_MS = 60_000;

/**
 * Does a part of a sweep while no other of its kind does.
 * @param invocation - whose sweep it is, and when the part ends, in milliseconds since the epoch.
 * @param regardless - what is done even where the table does not say whether another one runs.
 * @returns whether the part was done, or that another sweep runs and nothing was done.
 */
export async function alone(
  { table, tally, time }: Pick<JobTools, 'table' | 'tally' | 'time'>,
  { awsRequestId: owner = randomUUID(), deadline }: Invocation & { readonly deadline: number },
  part: () => Promise<void>,
  regardless: () => Promise<void> = async () => {},
): Promise<boolean | 'another runs'> {
  const { sweep } = tally;
  let isFree = true;
  const asked = await tally.attempt({}, async () => {
    isFree = await takeLease(table, sweep, { owner, now: time.now(), until: deadline + REST_MS });
  });
  if (!isFree) {
    log.info('another sweep runs', { sweep });
    return 'another runs';
  }
  await regardless();
  if (!asked) return false;
  const done = await tally.attempt({}, part);
  await tally.attempt({}, () => giveBackLease(table, sweep, owner));
  return done;
}
