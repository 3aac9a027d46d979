import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { formatDuration } from '../terminal/durations.ts';
import { type DoctorCheck, note, ok, problem } from './examination.ts';

/** AWS refuses what is signed five minutes off; times that we print are wrong long before. */
const TOLERATED_SECONDS = 60;

/** By how many seconds the clock of AWS is ahead of ours, from the `Date` of the last answer to a client. */
export function measureClock(client: CloudFormationClient): () => number | undefined {
  let ahead: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const date = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(date)) ahead = Math.round((date - Date.now()) / 1000);
      return result;
    },
    // Nearest to the wire, so that a refusal tells the time, too.
    { step: 'deserialize', priority: 'low', name: 'measureClock' },
  );
  return () => ahead;
}

/** The clock of this machine is that of AWS. */
export const clockCheck: DoctorCheck = {
  name: 'clock',
  async look({ clockAhead }) {
    if (clockAhead === undefined) return [note('The answers of AWS had no date to compare the clock with.')];
    const off = Math.abs(clockAhead);
    return off <= TOLERATED_SECONDS
      ? [ok('The same as that of AWS.')]
      : [
          problem(
            `The clock of this machine is ${formatDuration(off)} ${clockAhead > 0 ? 'behind' : 'ahead of'} that of AWS.`,
            'Set it, for example with NTP: AWS rejects calls whose time differs by five minutes.',
          ),
        ];
  },
};
