import { randomUUID } from 'node:crypto';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Clock } from '../simulator/clock.ts';
import { adapt, type Definition, refuseUnsupported, retryDelay } from './definition.ts';

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
}

export interface Execution {
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  readonly steps: readonly Step[];
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  output?: unknown;
  error?: { readonly name: string; readonly message: string };
}

export interface LocalStateMachineOptions {
  readonly arn: string;
  readonly definition: Definition;
  readonly runTask: TaskRunner;
  readonly clock: Clock;
  readonly onStep?: (step: Step) => void;
  /** For jitter. */
  readonly random?: () => number;
}

/** What a task ends with: its output, or an error whose `name` the definition's Retry and Catch look at. */
export type TaskResult = { readonly output: unknown } | { readonly error: Error };

/** What `adapt` makes of the input of a task. */
interface TaskInput {
  readonly parameters: unknown;
  readonly timeoutSeconds?: number | undefined;
}

/** The state that an execution is in. */
interface Visit {
  token?: string;
}

const TIMEOUT = 'States.Timeout';
const CALLBACK = '.waitForTaskToken';

/**
 * A Standard workflow on this machine: the interpreter is `aws-local-stepfunctions`; task tokens, timeouts and the time
 * between retries, which it lacks or takes from the wall, are added here.
 */
export class LocalStateMachine {
  readonly executions = new Map<string, Execution>();
  readonly #options: LocalStateMachineOptions;
  readonly #machine: StateMachine;
  /** What ends the wait for each open task token. */
  readonly #waiting = new Map<string, (result: TaskResult) => void>();
  readonly #aborts = new Map<string, AbortController>();

  constructor(options: LocalStateMachineOptions) {
    refuseUnsupported(options.definition);
    this.#options = options;
    this.#machine = new StateMachine(adapt(options.definition) as unknown as StateMachineDefinition);
  }

  /** As `StartExecution`: the same name and input while it runs is the same execution. @throws Error `ExecutionAlreadyExists` */
  start(name: string, input: string): Execution {
    const existing = this.executions.get(name);
    if (existing) {
      if (existing.status === 'RUNNING' && existing.input === input) return existing;
      throw named('ExecutionAlreadyExists', `Execution Already Exists: '${name}'`);
    }
    const execution: Execution = {
      name,
      input,
      startedAt: this.#options.clock.now(),
      steps: [],
      status: 'RUNNING',
    };
    this.executions.set(name, execution);
    void this.#options.clock.run(() => this.#run(execution));
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
    for (const abort of this.#aborts.values()) abort.abort();
  }

  async #run(execution: Execution): Promise<void> {
    const { clock, definition } = this.#options;
    const abort = new AbortController();
    this.#aborts.set(execution.name, abort);
    const visit: Visit = {};
    const run = this.#machine.run(JSON.parse(execution.input), {
      overrides: this.#overrides(execution, visit, abort.signal),
      context: this.#context(execution, visit),
    });
    const ended = new AbortController();
    let timedOut = false;
    if (definition.TimeoutSeconds !== undefined) {
      const limit = definition.TimeoutSeconds * 1000;
      void clock.run(async () => {
        await clock.sleep(limit, ended.signal);
        timedOut = !ended.signal.aborted;
        if (timedOut) abort.abort();
      });
    }
    abort.signal.addEventListener('abort', () => run.abort());
    try {
      execution.output = await run.result;
      execution.status = 'SUCCEEDED';
    } catch (error) {
      execution.status = timedOut ? 'TIMED_OUT' : abort.signal.aborted ? 'ABORTED' : 'FAILED';
      const cause = ((error as Error).cause ?? error) as Error;
      execution.error = { name: cause.name, message: cause.message };
    } finally {
      ended.abort();
      this.#aborts.delete(execution.name);
    }
  }

  #context(execution: Execution, visit: Visit) {
    const { arn } = this.#options;
    return {
      Clock: { StartTime: new Date(execution.startedAt).toISOString() },
      Execution: {
        Name: execution.name,
        Id: `${arn.replace(':stateMachine:', ':execution:')}:${execution.name}`,
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
    const { clock, definition, random = Math.random } = this.#options;
    const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
    const attempts = new Map<string, number[]>();
    const handlers = tasks.map(([name, state]) => {
      const step = (what: Step['what'], data: unknown) => {
        const happened: Step = { at: clock.now(), execution: execution.name, state: name, what, data };
        (execution.steps as Step[]).push(happened);
        this.#options.onStep?.(happened);
      };
      return [
        name,
        async (input: TaskInput) => {
          step(attempts.has(name) ? 'retried' : 'entered', input);
          try {
            const output = await this.#runTask(state.Resource ?? '', input, visit, signal);
            attempts.delete(name);
            step('succeeded', output);
            return output;
          } catch (error) {
            step('failed', error);
            const used = attempts.get(name) ?? [];
            const delay = retryDelay(state.Retry ?? [], (error as Error).name, used, random);
            if (delay === undefined) attempts.delete(name);
            else {
              attempts.set(name, used);
              await clock.sleep(delay * 1000, signal);
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

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
