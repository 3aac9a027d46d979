import { deepStrictEqual, partialDeepStrictEqual, strictEqual } from 'node:assert';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { EVENTS_OF_OVERDUE_NOTICE, EVENTS_PER_CHECK } from '../../../core/contract/history-budget.ts';
import { type ImportJobId, PUBLISHED, WATCH_FAILURES } from '../../../core/contract/names.ts';
import { watchName } from '../../../core/domain/watch/watch-name.ts';
import type { BusEvent } from '../../../local/event-bus.ts';
import type { JobFault } from '../../../simulator/index.ts';
import { type Expectation, type Title, VERDICTS } from '../../fixtures/verdicts.ts';
import type { InterpreterWorld } from './world.ts';

/** Plays something and throws where it does not come out right. @returns the ids of all that it had published. */
export type Scenario = (world: InterpreterWorld) => Promise<readonly string[]>;

/** By the title of the test that plays the same on the local interpreter; or why it cannot be played here. */
export type Scenarios = Readonly<Record<string, Scenario | string>>;

/** Several at the same time, as one. None of them may rest on the clock. */
export const together =
  (...scenarios: readonly Scenario[]): Scenario =>
  async (world) =>
    (await Promise.all(scenarios.map((scenario) => scenario(world)))).flat();

export const nameOf = (job: ImportJobId) => watchName(job, 1);
export const finishedId = (job: ImportJobId) => `${nameOf(job)}-finished`;
export const overdueId = (job: ImportJobId) => `${nameOf(job)}-overdue`;
export const failedId = (name: string) => `${name}-watch-failed-0`;
/** A data store of its own, where faults of requests hit nobody else. */
export const datastore = (digit: number) => String(digit).repeat(32);

export const of = (history: readonly HistoryEvent[], type: string) =>
  history.filter((event) => event.type === type);
export const entered = (history: readonly HistoryEvent[], state: string) =>
  history.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state);
/** What the checks of an execution decided. */
export const checks = (history: readonly HistoryEvent[]) =>
  history
    .filter(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === 'Check import job')
    .map(({ stateExitedEventDetails }) => JSON.parse(stateExitedEventDetails?.output ?? '').check);
/** What the news said that ended waits. */
export const news = (history: readonly HistoryEvent[]) =>
  history
    .filter(({ taskSucceededEventDetails: details }) => details?.resource?.endsWith('.waitForTaskToken'))
    .map(({ taskSucceededEventDetails }) => JSON.parse(taskSucceededEventDetails?.output ?? ''));
/** The errors that tasks failed with. */
export const failures = (history: readonly HistoryEvent[]) =>
  of(history, 'LambdaFunctionFailed').map(
    ({ lambdaFunctionFailedEventDetails }) => lambdaFunctionFailedEventDetails?.error,
  );

export const dataOf = ({ detail }: BusEvent) => (detail as { data: Record<string, unknown> }).data;

/** Expects the verdict of an import, its email and the end of its watch. */
export async function expectVerdict(
  world: InterpreterWorld,
  job: ImportJobId,
  data: Expectation['data'],
): Promise<HistoryEvent[]> {
  const execution = await world.ended(nameOf(job));
  strictEqual(execution.status, 'SUCCEEDED', `${execution.error}: ${execution.cause}`);
  partialDeepStrictEqual(JSON.parse(execution.output ?? ''), {
    ...job,
    outcome: data.outcome,
    eventId: finishedId(job),
  });
  const event = await world.published(finishedId(job));
  strictEqual(event['detail-type'], PUBLISHED.importFinished);
  partialDeepStrictEqual(dataOf(event), { ...job, ...data });
  await world.emailed(`${String(data.outcome).replaceAll('_', ' ')}: DICOM import ${job.jobId}`);
  return world.moto.history(nameOf(job));
}

/** An import of the shared list, with its verdict. */
export const verdict =
  (
    title: Title,
    fault?: JobFault,
    more: (history: HistoryEvent[], job: ImportJobId) => void = () => {},
  ): Scenario =>
  async (world) => {
    const { given, data }: Expectation = VERDICTS[title];
    const job = await world.import({ ...given, ...(fault && { fault }) });
    more(await expectVerdict(world, job, data), job);
    return [finishedId(job)];
  };

/**
 * Plays an import whose watch news should wake, up to three times: where the machine was too slow, so that the first
 * look fell behind the end of the job, or the second before the news, that is no fault of the interpreter.
 * @param attempt - imports, has the watch told, and expects the verdict.
 */
export const wokenByNews =
  (attempt: (world: InterpreterWorld) => Promise<{ job: ImportJobId; history: HistoryEvent[] }>): Scenario =>
  async (world) => {
    const ids: string[] = [];
    for (let tries = 0; tries < 3; tries++) {
      const { job, history } = await attempt(world);
      ids.push(finishedId(job));
      if (news(history).length === 0) continue;
      deepStrictEqual(news(history), [{ jobStatus: 'COMPLETED' }]);
      deepStrictEqual(
        checks(history).map(({ jobStatus }) => jobStatus === 'COMPLETED'),
        [false, true],
      );
      return ids;
    }
    throw new Error('no wait was ended by news, three times');
  };

/** The event that Step Functions would send about an execution; moto does not. */
export async function tellStatus(world: InterpreterWorld, name: string): Promise<void> {
  const { executionArn, stateMachineArn, status, error, cause } = await world.ended(name);
  world.cloud.buses.publish('default', {
    ...SERVICE_EVENT,
    'detail-type': WATCH_FAILURES.detailType,
    source: WATCH_FAILURES.source,
    resources: [executionArn ?? ''],
    detail: { executionArn, stateMachineArn, name, status, error, cause },
  });
}

export const SERVICE_EVENT = {
  version: '0',
  id: 'from-the-scenario',
  account: '000000000000',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: [],
};

export const completed = (job: ImportJobId): BusEvent => ({
  ...SERVICE_EVENT,
  'detail-type': 'Import Job Completed',
  source: 'aws.medical-imaging',
  detail: { ...job, jobStatus: 'COMPLETED' },
});

/** A job whose watch could not read it and failed. */
export async function failedWatch(world: InterpreterWorld): Promise<ImportJobId> {
  const datastoreId = datastore(6);
  world.cloud.simulator.faults.request({ kind: 'denied', operation: 'GetDICOMImportJob', datastoreId });
  const job = await world.import({ datastoreId });
  const { status, error } = await world.ended(nameOf(job));
  deepStrictEqual([status, error], ['FAILED', 'HealthImagingRefused']);
  const history = await world.moto.history(nameOf(job));
  deepStrictEqual(failures(history), Array(4).fill('HealthImagingRefused'));
  strictEqual(entered(history, 'Check import job').length, 1);
  return job;
}

/** Expects that turns of the loop take as many history events as the budget of the schedule counts. */
export function expectBudget(history: readonly HistoryEvent[]): void {
  const at = (type: string, state: string) =>
    history.flatMap(({ type: each, stateEnteredEventDetails, stateExitedEventDetails }, index) =>
      each === type && (stateEnteredEventDetails ?? stateExitedEventDetails)?.name === state ? [index] : [],
    );
  const turns = at('TaskStateEntered', 'Check import job');
  const lengths = turns
    .slice(1)
    .map((end, turn) => history.slice(turns[turn], end))
    // A retry is no part of a turn that goes well.
    .filter((turn) => !turn.some(({ type = '' }) => type.endsWith('Failed')))
    .map((turn) => turn.length);
  deepStrictEqual([...new Set(lengths)].sort(), [EVENTS_PER_CHECK, EVENTS_OF_OVERDUE_NOTICE]);
  strictEqual(lengths.filter((length) => length === EVENTS_OF_OVERDUE_NOTICE).length, 1);
  const exits = at('TaskStateExited', 'Wait for news');
  const waits = at('TaskStateEntered', 'Wait for news').map((index, wait) => (exits[wait] ?? 0) - index + 1);
  deepStrictEqual([...new Set(waits)], [6]);
}
