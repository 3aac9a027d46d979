import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { lastEvents, type WatchStateMachine } from '../../core/aws/executions.ts';

/** Where a watch that runs is. Times are milliseconds since the epoch. */
export type WatchPosition =
  | { readonly kind: 'waiting'; readonly nextCheckAt: number }
  | { readonly kind: 'working'; readonly state: string; readonly since: number };

/** Where a watch is that runs, or undefined where its history does not say. */
export async function positionOf(
  machine: WatchStateMachine,
  arn: string,
): Promise<WatchPosition | undefined> {
  return positionIn(await lastEvents(machine, arn));
}

const WAIT = 'waitForTaskToken';

/** @param newestFirst - the last events of an execution that runs. */
export function positionIn(newestFirst: readonly HistoryEvent[]): WatchPosition | undefined {
  const entered = newestFirst.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails);
  const scheduled = newestFirst.find(({ taskScheduledEventDetails }) => taskScheduledEventDetails);
  const { timeoutInSeconds, resource = '' } = scheduled?.taskScheduledEventDetails ?? {};
  const [last] = newestFirst;
  // The wait goes on where nothing has happened since but that it was begun.
  const waits = resource.endsWith(WAIT) && /^Task(Scheduled|Started|Submitted)$/.test(last?.type ?? '');
  if (waits && scheduled?.timestamp && timeoutInSeconds !== undefined) {
    return { kind: 'waiting', nextCheckAt: scheduled.timestamp.getTime() + timeoutInSeconds * 1000 };
  }
  return (
    entered?.timestamp && {
      kind: 'working',
      state: entered.stateEnteredEventDetails?.name ?? '',
      since: entered.timestamp.getTime(),
    }
  );
}
