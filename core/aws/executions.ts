import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type ListExecutionsCommandOutput,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ImportJobId, News, WatchFailureStatus } from '../contract/names.ts';
import { watchName } from '../domain/watch/watch-name.ts';

/** The state machine. */
export interface WatchStateMachine {
  readonly client: SFNClient;
  readonly arn: string;
}

/** The ARN of the execution of this name. */
export function executionArn({ arn }: WatchStateMachine, name: string): string {
  return `${arn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/**
 * Makes sure that a job has a watch. Doing so twice is harmless: Step Functions takes the same name and input as the
 * same execution while it runs, and refuses the name for 90 days after.
 */
export async function startWatch(
  { client, arn }: WatchStateMachine,
  job: ImportJobId,
  number = 1,
): Promise<'running' | 'ended'> {
  const { datastoreId, jobId } = job;
  try {
    await client.send(
      new StartExecutionCommand({
        stateMachineArn: arn,
        name: watchName(job, number),
        input: JSON.stringify({ datastoreId, jobId }),
      }),
    );
    return 'running';
  } catch (error) {
    if ((error as Error).name === 'ExecutionAlreadyExists') return 'ended';
    throw error;
  }
}

/** Wakes the watch that waits with this token. `stale`: it waits no more, or not with this token. */
export async function giveNews(
  { client }: WatchStateMachine,
  taskToken: string,
  news: News,
): Promise<'delivered' | 'stale'> {
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(news) }));
    return 'delivered';
  } catch (error) {
    if (['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes((error as Error).name)) return 'stale';
    throw error;
  }
}

/** An execution as a list has it. Times are milliseconds since the epoch. */
export interface ListedExecution {
  readonly executionArn: string;
  readonly name: string;
  readonly redriveCount: number;
  readonly startedAt: number;
  readonly stoppedAt: number;
}

/** Makes a call, now or when it is its turn. */
export type Caller = <T>(make: () => Promise<T>) => Promise<T>;

const atOnce: Caller = (make) => make();

/** The most that Step Functions lists with one call. */
const LARGEST_PAGE = 1000;
/** What of the table is read with one call: whoever lists failed watches looks all of a page up. */
const KEYS_AT_ONCE = 100;

/**
 * All executions with this status that Step Functions still remembers (90 days), page by page.
 * @param call - makes the call for each page.
 */
export async function* listExecutions(
  { client, arn }: WatchStateMachine,
  statusFilter: WatchFailureStatus | 'RUNNING',
  call = atOnce,
): AsyncGenerator<ListedExecution[]> {
  let nextToken: string | undefined;
  do {
    const page: ListExecutionsCommandOutput = await call(() =>
      client.send(
        new ListExecutionsCommand({
          stateMachineArn: arn,
          statusFilter: ExecutionStatus[statusFilter],
          maxResults: statusFilter === 'RUNNING' ? LARGEST_PAGE : KEYS_AT_ONCE,
          nextToken,
        }),
      ),
    );
    yield (page.executions ?? []).map((execution) => ({
      executionArn: execution.executionArn ?? '',
      name: execution.name ?? '',
      redriveCount: execution.redriveCount ?? 0,
      startedAt: execution.startDate?.getTime() ?? 0,
      stoppedAt: execution.stopDate?.getTime() ?? 0,
    }));
    ({ nextToken } = page);
  } while (nextToken);
}

/** How many watches run, and for how many seconds the oldest has. @param now - milliseconds since the epoch. */
export async function openWatches(
  machine: WatchStateMachine,
  now: number,
): Promise<{ openWatches: number; oldestOpenWatch: number }> {
  const running: ListedExecution[] = [];
  for await (const page of listExecutions(machine, 'RUNNING')) running.push(...page);
  return ageOf(running, now);
}

/** The same of watches that were listed. */
export function ageOf(running: Iterable<ListedExecution>, now: number) {
  let openWatches = 0;
  let oldest = now;
  for (const { startedAt } of running) {
    openWatches++;
    oldest = Math.min(oldest, startedAt);
  }
  return { openWatches, oldestOpenWatch: (now - oldest) / 1000 };
}

/** @returns undefined where there is no such execution. */
export async function describeExecution(
  { client }: WatchStateMachine,
  arn: string,
): Promise<DescribeExecutionCommandOutput | undefined> {
  try {
    return await client.send(new DescribeExecutionCommand({ executionArn: arn }));
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** The end of the history of an execution, the last event first, without what states pass to each other. */
export async function lastEvents({ client }: WatchStateMachine, arn: string): Promise<HistoryEvent[]> {
  const { events = [] } = await client.send(
    new GetExecutionHistoryCommand({
      executionArn: arn,
      reverseOrder: true,
      // A task's retries are 3 events each: this reaches the entry of the state behind any number that we allow.
      maxResults: 500,
      includeExecutionData: false,
    }),
  );
  return events;
}

/** The state that an ended execution was in, from the end of its history. */
export async function lastState(machine: WatchStateMachine, arn: string): Promise<string | undefined> {
  const events = await lastEvents(machine, arn);
  return events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails)?.stateEnteredEventDetails
    ?.name;
}

/** Lets a failed execution go on. Somebody else may have been first: then there is nothing left to do. */
export async function redrive(
  { client }: WatchStateMachine,
  { executionArn, redriveCount }: Pick<ListedExecution, 'executionArn' | 'redriveCount'>,
): Promise<'redriven' | 'not redrivable'> {
  try {
    // Two sweeps that overlap redrive once: the token makes it the same request.
    await client.send(
      new RedriveExecutionCommand({ executionArn, clientToken: `redrive-${redriveCount + 1}` }),
    );
    return 'redriven';
  } catch (error) {
    if ((error as Error).name === 'ExecutionNotRedrivable') return 'not redrivable';
    throw error;
  }
}
