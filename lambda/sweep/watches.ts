import {
  type Caller,
  describeExecution,
  executionArn,
  type ListedExecution,
  listExecutions,
  redrive,
  startWatch,
} from '../../core/aws/executions.ts';
import { readFailure } from '../../core/aws/failed-watches.ts';
import { findWatches } from '../../core/aws/watches.ts';
import { type ImportJobId, WATCH_FAILURES } from '../../core/contract/names.ts';
import {
  type FailedWatch,
  failureId,
  planRepair,
  recordKey,
  repairNotBefore,
} from '../../core/domain/watch/repair.ts';
import { isSettled } from '../../core/domain/watch/told.ts';
import { parseWatchName, watchName, watchNumber } from '../../core/domain/watch/watch-name.ts';
import type { Time } from '../../core/time.ts';
import { type FailureTools, tellFailure } from '../runtime/tell-failure.ts';
import type { Pace } from './pace.ts';
import type { SweepTally } from './tally.ts';

/** What is needed to look after watches. */
export interface WatchTools extends FailureTools {
  readonly time: Time;
  readonly pace: Readonly<Record<'executions', Pace>>;
  readonly tally: SweepTally;
}

/** How long the failures to reach one channel may take of a sweep. One that refuses at once is tried for each watch. */
const PATIENCE_MS = 30_000;

/**
 * Between two redrives: after an outage of SNS each of them sends an email at once, and SNS deactivates a subscription above 10
 * a second (docs/emails.md).
 */
const REDRIVE_PACE_MS = 200;

/** A channel that a sweep tries no more once its failures took too long. */
class Channel {
  readonly #tools: WatchTools;
  #lost = 0;

  constructor(tools: WatchTools) {
    this.#tools = tools;
  }

  get givenUp(): boolean {
    return this.#lost >= PATIENCE_MS;
  }

  async attempt(ids: Readonly<Record<string, string>>, part: () => Promise<void>): Promise<boolean> {
    if (this.givenUp) return false;
    const { time, tally } = this.#tools;
    const start = time.now();
    const done = await tally.attempt(ids, part);
    if (!done) this.#lost += time.now() - start;
    return done;
  }
}

/**
 * Notifies of failed watches whose status event was lost, and repairs those that can be. Each is an attempt of its own:
 * nobody has to be in reach for a watch to be repaired.
 * @param deadline - when to stop, in milliseconds since the epoch.
 */
export async function sweepWatches(tools: WatchTools, deadline: number): Promise<void> {
  const { time, tally } = tools;
  const systems = new Channel(tools);
  const people = new Channel(tools);
  const call: Caller = (make) => tools.pace.executions.call(make);
  for (const status of WATCH_FAILURES.statuses) {
    for await (const page of listExecutions(tools.machine, status, call)) {
      const recordOf = await findWatches(tools.table, page.map(keyOf));
      for (const execution of page) {
        const { name, redriveCount } = execution;
        const record = recordOf(keyOf(execution));
        const eventId = failureId(name, redriveCount);
        const next = record.failureEventIdsOnBus.includes(eventId) ? people : systems;
        const untold = !record.failureEventIds.includes(eventId) && !next.givenUp;
        if (isSettled(record) || (!untold && time.now() < repairNotBefore(execution))) continue;
        // The newest come first. The others were very likely reported before, and jobs have to be checked, too.
        if (time.now() >= deadline) return;
        const ids = { watch: name };
        await tally.attempt(ids, async () => {
          const failure = await readFailure(tools.machine, execution.executionArn);
          if (!failure) return;
          if (untold) await tally.attempt(ids, () => tell(tools, failure, { systems, people }));
          await repair(tools, failure);
        });
      }
    }
  }
}

/** The key of the notices about a watch in the table, as far as its name shows it. */
function keyOf({ name }: ListedExecution): ImportJobId {
  const job = parseWatchName(name);
  return recordKey({ name, job });
}

async function tell(
  tools: WatchTools,
  failure: FailedWatch,
  { systems, people }: Readonly<Record<'systems' | 'people', Channel>>,
): Promise<void> {
  const ids = { watch: failure.name };
  const told = await tellFailure(tools, failure, tools.time.now(), {
    systems: (part) => systems.attempt({ ...ids, channel: 'bus' }, part),
    people: (part) => people.attempt({ ...ids, channel: 'topic' }, part),
  });
  if (told === 'told') tools.tally.count('failuresTold');
}

async function repair({ machine, time, tally }: WatchTools, failure: FailedWatch): Promise<void> {
  const plan = planRepair(failure);
  if (plan.kind === 'none' || time.now() < plan.at) return;
  if (plan.kind === 'redrive') {
    if ((await redrive(machine, failure)) !== 'redriven') return;
    tally.count('redriven');
    await time.sleep(REDRIVE_PACE_MS);
  } else if (failure.job) {
    const number = watchNumber(failure.name) + 1;
    const next = executionArn(machine, watchName(failure.job, number));
    if (await describeExecution(machine, next)) return;
    await startWatch(machine, failure.job, number);
    tally.count('replaced');
  }
}
