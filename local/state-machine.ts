import { randomUUID } from 'node:crypto';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Clock } from '../simulator/clock.ts';
import {
  adapt,
  covers,
  type Definition,
  refuseUnsupported,
  retryDelay,
  WAIT,
  waitsAsTasks,
} from './definition.ts';

/** Runs the resource of a Task. An error's `name` is what `ErrorEquals` is compared with. */
export type TaskRunner = (resource: string, parameters: unknown) => Promise<unknown>;

/** One thing that happened in an execution. */
export interface Step {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly execution: string;
  readonly state: string;
  readonly what: 'entered' | 'succeeded' | 'failed' | 'retried';
  /** Input, output or error. */
  readonly data: unknown;
  /** Whether a Catch of the state takes the failure. */
  readonly caught?: boolean;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution ended with. */
export interface Ending {
  readonly output?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** RUNNING is the start, or a redrive where `redriveCount` is not 0. */
export interface StatusChange extends Ending {
  readonly at: number;
  readonly status: ExecutionStatus;
  readonly redriveCount: number;
}

export interface Execution {
  /** Counts up over all executions of a state machine: none began after one with a higher number. */
  readonly number: number;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  readonly steps: readonly Step[];
  /** The steps, and the changes of status in between. */
  readonly history: readonly (Step | StatusChange)[];
  status: ExecutionStatus;
  output?: unknown;
  error?: { readonly name: string; readonly message: string };
  stoppedAt?: number;
  redriveCount: number;
  redriveDate?: number;
  /** The Task that it is in or that it failed in, with the state's raw input: where a redrive goes on. */
  task?: { readonly state: string; readonly input: unknown };
}

export interface LocalStateMachineOptions {
  readonly arn: string;
  readonly definition: Definition;
  readonly runTask: TaskRunner;
  readonly clock: Clock;
  readonly onStep?: (step: Step) => void;
  /** Called at the start, at each redrive and at each end. */
  readonly onStatusChange?: (execution: Execution) => void;
  /** For jitter. */
  readonly random?: () => number;
  /** How many of the latest steps each execution keeps; default: all. */
  readonly keepSteps?: number;
}

/** What a task ends with: its output, or an error whose `name` the definition's Retry and Catch look at. */
export type TaskResult = { readonly output: unknown } | { readonly error: Error };

/** What `adapt` makes of the input of a task. */
interface TaskInput {
  readonly parameters: unknown;
  readonly timeoutSeconds?: number | undefined;
  readonly state?: unknown;
}

/** The state that an execution is in. */
interface Visit {
  token?: string;
}

/** Definitions that were found to be valid. */
const VALID = new WeakSet<Definition>();

const TIMEOUT = 'States.Timeout';
const CALLBACK = '.waitForTaskToken';
const REDRIVABLE_MS = 14 * 24 * 3600_000;
/** How long `RedriveExecution` knows a client token again, and how many of each execution. */
const REDRIVE_TOKEN_MS = 15 * 60_000;
const REDRIVE_TOKENS = 10;

interface Deployed {
  readonly definition: Definition;
  readonly machine: StateMachine;
}

function deploy(original: Definition): Deployed {
  refuseUnsupported(original);
  const definition = waitsAsTasks(original);
  // The interpreter takes longer to validate a definition than to run it: once is enough.
  const machine = new StateMachine(adapt(definition) as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: VALID.has(original) },
  });
  VALID.add(original);
  return { definition, machine };
}

/**
 * A Standard workflow on this machine: the interpreter is `aws-local-stepfunctions`; task tokens, timeouts and the time
 * between retries, which it lacks or takes from the wall, are added here.
 */
export class LocalStateMachine {
  readonly executions = new Map<string, Execution>();
  readonly #byStatus = new Map<ExecutionStatus, Set<Execution>>();
  readonly #options: LocalStateMachineOptions;
  /** What executions begin on. */
  #current: Deployed;
  /** What each execution began on, and goes on with whatever is deployed since. */
  readonly #begunOn = new Map<string, Deployed>();
  /** What ends the wait for each open task token. */
  readonly #waiting = new Map<string, (result: TaskResult) => void>();
  /** Of each execution the client tokens that redrove it, latest last. */
  readonly #redrives = new Map<string, { readonly token: string; readonly at: number }[]>();
  /** What ends each execution that runs. */
  readonly #endings = new Map<string, (status: ExecutionStatus, ending?: Ending) => void>();

  constructor(options: LocalStateMachineOptions) {
    this.#options = options;
    this.#current = deploy(options.definition);
  }

  /** As `UpdateStateMachine`: executions that have begun keep their definition, across redrives, too. */
  update(definition: Definition): void {
    this.#current = deploy(definition);
  }

  get arn(): string {
    return this.#options.arn;
  }

  get definition(): Definition {
    return this.#current.definition;
  }

  executionArn(name: string): string {
    return `${this.arn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  /** As `StartExecution`: the same name and input while it runs is the same execution. @throws Error `ExecutionAlreadyExists`, `InvalidExecutionInput` */
  start(name: string, input: string): Execution {
    const existing = this.executions.get(name);
    if (existing) {
      if (existing.status === 'RUNNING' && existing.input === input) return existing;
      throw named('ExecutionAlreadyExists', `Execution Already Exists: '${name}'`);
    }
    const parsed = parseInput(input);
    const execution: Execution = {
      number: this.executions.size,
      name,
      input,
      startedAt: this.#options.clock.now(),
      steps: [],
      history: [],
      status: 'RUNNING',
      redriveCount: 0,
    };
    this.executions.set(name, execution);
    this.#begunOn.set(name, this.#current);
    this.#change(execution, 'RUNNING');
    const { machine } = this.#current;
    void this.#options.clock.run(() => this.#run(execution, machine, parsed));
    return execution;
  }

  /** In no order. */
  withStatus(status: ExecutionStatus): Execution[] {
    return [...(this.#byStatus.get(status) ?? [])];
  }

  /** @throws Error `ExecutionDoesNotExist` */
  execution(name: string): Execution {
    const execution = this.executions.get(name);
    if (!execution) {
      throw named('ExecutionDoesNotExist', `Execution Does Not Exist: '${this.executionArn(name)}'`);
    }
    return execution;
  }

  /** Why AWS would not redrive an execution now, in its own words, or undefined where it would. */
  whyNotRedrivable({ status, stoppedAt = Number.NaN }: Execution): string | undefined {
    if (status === 'RUNNING' || status === 'SUCCEEDED') {
      return `Execution is ${status} and cannot be redriven`;
    }
    const over = this.#options.clock.now() - stoppedAt > REDRIVABLE_MS;
    return over ? 'Execution redrivable period exceeded' : undefined;
  }

  /**
   * As `RedriveExecution`: goes on with the Task that did not come to its end, with that state's own input. Where
   * the client token was used before, it was the same request, and nothing happens.
   * @throws Error `ExecutionDoesNotExist`, `ExecutionNotRedrivable`, or one that names a limit of the local runner
   */
  redrive(name: string, clientToken?: string): Execution {
    const { clock } = this.#options;
    const execution = this.execution(name);
    const { definition } = this.#deployed(execution);
    const now = clock.now();
    const redrives = this.#redrives.get(name) ?? [];
    if (redrives.some(({ token, at }) => token === clientToken && now - at <= REDRIVE_TOKEN_MS)) {
      return execution;
    }
    const reason = this.whyNotRedrivable(execution);
    if (reason) throw named('ExecutionNotRedrivable', reason);
    const { task } = execution;
    if (!task) {
      throw new Error(`the local runner cannot redrive '${name}': it did not end in the work of a Task`);
    }
    delete execution.stoppedAt;
    delete execution.error;
    execution.redriveCount++;
    execution.redriveDate = now;
    if (clientToken !== undefined) {
      this.#redrives.set(name, [...redrives, { token: clientToken, at: now }].slice(-REDRIVE_TOKENS));
    }
    this.#change(execution, 'RUNNING');
    const rest = new StateMachine(
      { ...adapt(definition), StartAt: task.state } as unknown as StateMachineDefinition,
      // Valid as a whole, but the states before this one cannot be reached any more.
      { validationOptions: { noValidate: true } },
    );
    void clock.run(() => this.#run(execution, rest, task.input));
    return execution;
  }

  /** As `StopExecution`; an execution that has ended stays as it is. @throws Error `ExecutionDoesNotExist` */
  abort(name: string, error?: Ending['error']): Execution {
    const execution = this.execution(name);
    this.#endings.get(name)?.('ABORTED', error && { error });
    return execution;
  }

  /** As `SendTaskSuccess` or `SendTaskFailure`. @throws Error `TaskTimedOut` when nothing waits with the token */
  complete(taskToken: string, result: TaskResult): void {
    const wake = this.#waiting.get(taskToken);
    if (!wake) throw named('TaskTimedOut', 'Task Timed Out: provided task does not exist anymore');
    wake(result);
  }

  /** Ends every execution that still runs. */
  stop(): void {
    for (const end of this.#endings.values()) end('ABORTED');
  }

  #deployed({ name }: Execution): Deployed {
    return this.#begunOn.get(name) ?? this.#current;
  }

  async #run(execution: Execution, machine: StateMachine, input: unknown): Promise<void> {
    const { clock } = this.#options;
    const { definition } = this.#deployed(execution);
    const { name } = execution;
    const ended = new AbortController();
    const end = (status: ExecutionStatus, ending: Ending = {}) => {
      // Once only: what was stopped comes to an end of its own later, maybe when it has been redriven.
      if (this.#endings.get(name) !== end) return;
      this.#endings.delete(name);
      ended.abort();
      Object.assign(execution, { ...ending, stoppedAt: clock.now() });
      this.#change(execution, status, ending);
    };
    this.#endings.set(name, end);
    const visit: Visit = {};
    // biome-ignore lint/suspicious/noExplicitAny: the interpreter's JSON type is not exported
    const run = machine.run(input as any, {
      overrides: this.#overrides(execution, visit, ended.signal),
      context: this.#context(execution, visit),
    });
    ended.signal.addEventListener('abort', () => run.abort());
    const { TimeoutSeconds } = definition;
    if (TimeoutSeconds !== undefined) {
      void clock.run(async () => {
        await clock.sleep(TimeoutSeconds * 1000, ended.signal);
        end('TIMED_OUT');
      });
    }
    try {
      end('SUCCEEDED', { output: await run.result });
    } catch (error) {
      const { name: errorName, message } = ((error as Error).cause ?? error) as Error;
      end('FAILED', { error: { name: errorName, message } });
    }
  }

  #change(execution: Execution, status: ExecutionStatus, ending: Ending = {}): void {
    this.#byStatus.get(execution.status)?.delete(execution);
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? new Set()).add(execution));
    execution.status = status;
    const { redriveCount } = execution;
    const change: StatusChange = { at: this.#options.clock.now(), status, redriveCount, ...ending };
    (execution.history as StatusChange[]).push(change);
    this.#options.onStatusChange?.(execution);
  }

  #context(execution: Execution, visit: Visit) {
    return {
      Clock: {
        StartTime: new Date(execution.startedAt).toISOString(),
        Input: JSON.parse(execution.input),
      },
      Execution: {
        Name: execution.name,
        Id: this.executionArn(execution.name),
      },
      Task: {
        // Read when the interpreter fills in the parameters of a state that asks for it.
        get Token() {
          visit.token ??= randomUUID();
          return visit.token;
        },
      },
    };
  }

  /** What runs each Task, with its timeout and the time before its retries. */
  #overrides(execution: Execution, visit: Visit, signal: AbortSignal) {
    const { clock, random = Math.random, keepSteps = Number.POSITIVE_INFINITY } = this.#options;
    const { definition } = this.#deployed(execution);
    const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
    const attempts = new Map<string, number[]>();
    const handlers = tasks.map(([name, state]) => {
      const step = (what: Step['what'], data: unknown, caught?: boolean) => {
        const happened: Step = {
          at: clock.now(),
          execution: execution.name,
          state: name,
          what,
          data,
          ...(caught && { caught }),
        };
        for (const list of [execution.steps, execution.history] as Step[][]) {
          list.push(happened);
          if (list.length > keepSteps) list.shift();
        }
        this.#options.onStep?.(happened);
      };
      return [
        name,
        async (input: TaskInput) => {
          execution.task = { state: name, input: structuredClone(input.state) };
          step(attempts.has(name) ? 'retried' : 'entered', input);
          try {
            const output = await this.#runTask(state.Resource ?? '', input, visit, signal);
            if (signal.aborted) throw named('Aborted', '');
            attempts.delete(name);
            delete execution.task;
            step('succeeded', output);
            return output;
          } catch (error) {
            // Nothing happens any more in an execution that has ended, whatever its task comes to.
            if (signal.aborted) throw stopped();
            const errorName = (error as Error).name;
            const used = attempts.get(name) ?? [];
            const delay = retryDelay(state.Retry ?? [], errorName, used, random);
            const caught =
              delay === undefined &&
              state.Catch?.some(({ ErrorEquals }) => covers(ErrorEquals, errorName)) === true;
            if (caught) delete execution.task;
            step('failed', error, caught);
            if (delay === undefined) attempts.delete(name);
            else {
              attempts.set(name, used);
              await clock.sleep(delay * 1000, signal);
              if (signal.aborted) throw stopped();
            }
            // The interpreter takes a States.Timeout that it did not raise itself for a States.TaskFailed.
            throw Object.assign(error as Error, { isRetryable: delay !== undefined });
          }
        },
      ] as const;
    });
    return {
      // biome-ignore lint/suspicious/noExplicitAny: the interpreter's JSON type is not exported
      taskResourceLocalHandlers: Object.fromEntries(handlers) as any,
      retryIntervalOverrides: Object.fromEntries(tasks.map(([name]) => [name, 0])),
    };
  }

  async #runTask(
    resource: string,
    { parameters, timeoutSeconds }: TaskInput,
    visit: Visit,
    signal: AbortSignal,
  ): Promise<unknown> {
    if (resource.endsWith(CALLBACK)) {
      const token = visit.token ?? '';
      delete visit.token;
      return this.#runCallbackTask(
        resource.slice(0, -CALLBACK.length),
        token,
        { parameters, timeoutSeconds },
        signal,
      );
    }
    const { clock, runTask } = this.#options;
    if (resource === WAIT) return clock.sleep((parameters as { seconds: number }).seconds * 1000, signal);
    const done = new AbortController();
    const timeout = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(named('Aborted', '')), { signal: done.signal });
      if (timeoutSeconds === undefined) return;
      void clock.run(async () => {
        await clock.sleep(timeoutSeconds * 1000, done.signal);
        if (!done.signal.aborted) reject(named(TIMEOUT, ''));
      });
    });
    try {
      return await Promise.race([runTask(resource, parameters), timeout]);
    } finally {
      done.abort();
    }
  }

  async #runCallbackTask(
    resource: string,
    token: string,
    { parameters, timeoutSeconds = NO_LIMIT_SECONDS }: TaskInput,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { clock, runTask } = this.#options;
    const woken = new AbortController();
    const news: { result: TaskResult } = { result: { error: named(TIMEOUT, '') } };
    this.#waiting.set(token, (result) => {
      news.result = result;
      this.#waiting.delete(token);
      woken.abort();
    });
    // At once, not when the wait has wound up: nobody may complete what has been stopped.
    signal.addEventListener('abort', () => this.#waiting.delete(token), { signal: woken.signal });
    try {
      const startedAt = clock.now();
      await runTask(resource, parameters);
      const left = timeoutSeconds * 1000 - (clock.now() - startedAt);
      await clock.sleep(left, AbortSignal.any([woken.signal, signal]));
    } finally {
      this.#waiting.delete(token);
    }
    if ('error' in news.result) throw news.result.error;
    return news.result.output;
  }
}

/** Step Functions' own limit on a task (ASL, `TimeoutSeconds`). */
const NO_LIMIT_SECONDS = 99_999_999;

/** What the interpreter neither retries nor catches. */
function stopped(): Error {
  return Object.assign(named('Aborted', ''), { isRetryable: false, isCatchable: false });
}

function parseInput(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw named('InvalidExecutionInput', 'Invalid State Machine Execution Input: expected JSON');
  }
}

/** An error by the name that AWS gives it. */
export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
