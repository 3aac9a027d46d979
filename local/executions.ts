import { randomUUID } from 'node:crypto';
import type { Definition } from './definition.ts';
import { type BusEvent, eventTime } from './event-bus.ts';
import type { Execution, LocalStateMachine, StatusChange, Step } from './state-machine.ts';
import { PLACE } from './template.ts';

/** What `DescribeExecution` tells, with times in milliseconds and null for what there is not. */
export function describe(machine: LocalStateMachine, execution: Execution) {
  const { name, status, input, output, error, startedAt, stoppedAt, redriveCount, redriveDate } = execution;
  const reason = machine.whyNotRedrivable(execution);
  const hasOutput = status === 'SUCCEEDED';
  return {
    executionArn: machine.executionArn(name),
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: startedAt,
    stopDate: stoppedAt ?? null,
    input,
    inputDetails: { included: true },
    output: hasOutput ? JSON.stringify(output) : null,
    outputDetails: hasOutput ? { included: true } : null,
    redriveCount,
    redriveDate: redriveDate ?? null,
    redriveStatus: reason ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
    redriveStatusReason: reason ?? null,
    error: error?.name ?? null,
    cause: error?.message ?? null,
  };
}

/** The event that Step Functions emits when the status of an execution changes. */
export function statusEvent(machine: LocalStateMachine, execution: Execution, now: number): BusEvent {
  const detail = describe(machine, execution);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: PLACE.account,
    time: eventTime(now),
    region: PLACE.region,
    resources: [detail.executionArn],
    detail,
  };
}

/** An event of `GetExecutionHistory`: besides these its details, under the name that belongs to the type. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

type Entry = readonly [type: string, details: Readonly<Record<string, unknown>>];

/**
 * What happened in an execution, oldest first. Of states that are not a Task nothing is known, nor the output of states.
 * @param withData - whether with inputs and outputs
 */
export function historyOf(
  { history, input }: Execution,
  definition: Definition,
  withData: boolean,
): HistoryEvent[] {
  return history
    .flatMap((item, index) =>
      ('status' in item
        ? [ofStatus(item, input)]
        : ofStep(item, definition, isRedrive(history[index - 1]))
      ).map((entry) => ({ at: item.at, entry })),
    )
    .map(({ at, entry: [type, details] }, index) => ({
      id: index + 1,
      previousEventId: index,
      timestamp: at,
      type,
      [detailsOf(type)]: withData ? details : withoutData(details),
    }));
}

function withoutData({ input: _, output: __, parameters: ___, ...rest }: Entry[1]): Entry[1] {
  return rest;
}

const isRedrive = (item: Step | StatusChange | undefined) =>
  item !== undefined && 'status' in item && item.redriveCount > 0;

function detailsOf(type: string): string {
  // All kinds of states share theirs.
  const shared = type.replace(/^TaskState/, 'state');
  return `${shared[0]?.toLowerCase()}${shared.slice(1)}EventDetails`;
}

function ofStatus({ status, redriveCount, output, error }: StatusChange, input: string): Entry {
  const failure = error ? { error: error.name, cause: error.message } : {};
  switch (status) {
    case 'RUNNING':
      return redriveCount === 0 ? ['ExecutionStarted', { input }] : ['ExecutionRedriven', { redriveCount }];
    case 'SUCCEEDED':
      return ['ExecutionSucceeded', { output: JSON.stringify(output) }];
    case 'FAILED':
      return ['ExecutionFailed', failure];
    case 'TIMED_OUT':
      return ['ExecutionTimedOut', failure];
    case 'ABORTED':
      return ['ExecutionAborted', failure];
  }
}

function ofStep({ state, what, data, caught }: Step, definition: Definition, redriven: boolean): Entry[] {
  const resource = definition.States[state]?.Resource ?? '';
  const isFunction = resource.startsWith('arn:aws:lambda:');
  const prefix = isFunction ? 'LambdaFunction' : 'Task';
  const [, resourceType = '', action = ''] = /^arn:aws:states:::(.+):([^:]+)$/.exec(resource) ?? [];
  const common = isFunction ? {} : { resourceType, resource: action };
  const exited: Entry = ['TaskStateExited', { name: state }];
  if (what === 'succeeded') {
    return [[`${prefix}Succeeded`, { ...common, output: JSON.stringify(data) }], exited];
  }
  if (what === 'failed') {
    const { name, message } = data as Error;
    const how = name === 'States.Timeout' ? 'TimedOut' : 'Failed';
    const failed: Entry = [`${prefix}${how}`, { ...common, error: name, cause: message }];
    return caught ? [failed, exited] : [failed];
  }
  const { parameters, timeoutSeconds, state: input } = data as Record<string, unknown>;
  const scheduled = {
    ...(isFunction
      ? { resource, input: JSON.stringify(parameters) }
      : { ...common, region: PLACE.region, parameters: JSON.stringify(parameters) }),
    timeoutInSeconds: timeoutSeconds,
  };
  const entered: Entry = ['TaskStateEntered', { name: state, input: JSON.stringify(input) }];
  return [
    // A redrive schedules the task of the state again; it does not enter the state again.
    ...(what === 'entered' && !redriven ? [entered] : []),
    [`${prefix}Scheduled`, scheduled],
    [`${prefix}Started`, common],
  ];
}
