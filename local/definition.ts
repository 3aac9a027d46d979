/** A state machine in the Amazon States Language, as far as the local runner reads it. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
  readonly QueryLanguage?: string;
}
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: unknown;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly [field: string]: unknown;
}
export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string;
}
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** What the interpreter runs, and what is done around it; the rest it gets wrong, silently in part. */
const KNOWN_TYPES = ['Task', 'Choice', 'Pass', 'Succeed', 'Fail', 'Wait'];
const REFUSED_FIELDS = [
  'Assign',
  'Arguments',
  'Output',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'Credentials',
];
const KNOWN_CONTEXT = [
  '$$.Execution.StartTime',
  '$$.Execution.Name',
  '$$.Execution.Id',
  '$$.Execution.Input',
  '$$.Task.Token',
];

/**
 * @throws Error that names the first thing in the definition that the local interpreter does not run as AWS does:
 * better no run than one that shows something else than what would be deployed.
 */
export function refuseUnsupported(definition: Definition): void {
  const refuse = (what: string, where: string): never => {
    throw new Error(`the local runner does not support ${what} (${where})`);
  };
  const checkQueryLanguage = (language: unknown, where: string) => {
    if (language !== undefined && language !== 'JSONPath') refuse(`QueryLanguage ${language}`, where);
  };
  checkQueryLanguage(definition.QueryLanguage, 'top level');
  for (const [name, state] of Object.entries(definition.States)) {
    const where = `state '${name}'`;
    checkQueryLanguage(state.QueryLanguage, where);
    if (!KNOWN_TYPES.includes(state.Type)) refuse(`a state of type ${state.Type}`, where);
    for (const field of REFUSED_FIELDS) {
      if (field in state) refuse(`the field ${field}`, where);
    }
    // A redrive needs the raw input of a Task, and only what InputPath leaves of it reaches the runner.
    if (state.Type === 'Task' && 'InputPath' in state) refuse('the field InputPath', where);
    for (const [path] of JSON.stringify(state).matchAll(/\$\$(\.\w+)+/g)) {
      if (!KNOWN_CONTEXT.includes(path)) refuse(`the context path ${path}`, where);
    }
  }
}

/** What a Wait becomes: the interpreter waits by the wall clock. */
export const WAIT = 'arn:aws:states:::local:wait';

/** The definition with its waits as tasks of the resource {@link WAIT}, whose parameters are `{ seconds }`. */
export function waitsAsTasks(definition: Definition): Definition {
  const States = Object.entries(definition.States).map(([name, state]): [string, State] => {
    if (state.Type !== 'Wait') return [name, state];
    const { Seconds, SecondsPath, ...rest } = state;
    if (Seconds === undefined && SecondsPath === undefined) {
      throw new Error(`the local runner supports a Wait for seconds only (state '${name}')`);
    }
    const Parameters = Seconds === undefined ? { 'seconds.$': SecondsPath } : { seconds: Seconds };
    return [name, { ...rest, Type: 'Task', Resource: WAIT, Parameters, ResultPath: null }];
  });
  return { ...definition, States: Object.fromEntries(States) };
}

// The interpreter's own limit on a task is 60 s where AWS has none; ours are kept outside of it. Node's longest timer.
const NO_TIMEOUT_SECONDS = 2_147_483;

/**
 * The definition for the interpreter. Timeouts are taken out, to be kept by the caller's clock: it reads
 * `TimeoutSecondsPath` from the wrong place and knows only the wall clock, from which it also takes the start time. The
 * execution input it takes for that of the state where a redrive goes on.
 * A task gets `{ parameters, timeoutSeconds, state }` instead of its parameters; `state` is its raw input.
 */
export function adapt(definition: Definition): Definition {
  const { TimeoutSeconds: _, ...rest } = definition;
  const States = Object.fromEntries(
    Object.entries(definition.States).map(([name, state]) => [
      name,
      state.Type === 'Task' ? adaptTask(state) : state,
    ]),
  );
  const text = JSON.stringify({ ...rest, States });
  return JSON.parse(text.replaceAll(/\$\$\.Execution\.(?=StartTime|Input)/g, () => '$$.Clock.'));
}

function adaptTask({ TimeoutSeconds, TimeoutSecondsPath, Parameters, ...state }: State): State {
  return {
    ...state,
    TimeoutSeconds: NO_TIMEOUT_SECONDS,
    Parameters: {
      ...(Parameters === undefined ? { 'parameters.$': '$' } : { parameters: Parameters }),
      ...(TimeoutSecondsPath
        ? { 'timeoutSeconds.$': TimeoutSecondsPath }
        : TimeoutSeconds !== undefined && { timeoutSeconds: TimeoutSeconds }),
      'state.$': '$',
    },
  };
}

/**
 * Seconds that Step Functions waits before it tries a failed task again, or undefined where it does not.
 * @param attempts - how often each retrier has been used in this visit of the state; the one used now is counted up.
 */
export function retryDelay(
  retriers: readonly Retrier[],
  errorName: string,
  attempts: number[],
  random: () => number,
): number | undefined {
  const index = retriers.findIndex(({ ErrorEquals }) => covers(ErrorEquals, errorName));
  const retrier = retriers[index];
  const used = attempts[index] ?? 0;
  if (!retrier || used >= (retrier.MaxAttempts ?? 3)) return undefined;
  attempts[index] = used + 1;
  const delay = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
  const bounded = Math.min(delay, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return retrier.JitterStrategy === 'FULL' ? bounded * random() : bounded;
}

/** Whether `ErrorEquals` of a Retry or a Catch names an error. */
export function covers(errorEquals: readonly string[], errorName: string): boolean {
  return errorEquals.some(
    (name) =>
      name === errorName ||
      name === 'States.ALL' ||
      (name === 'States.TaskFailed' && errorName !== 'States.Timeout'),
  );
}
