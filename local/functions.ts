import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A function of the template. */
export interface FunctionSpec {
  /** Its logical id in the template. */
  readonly name: string;
  /** The folder of its bundle. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

/** Runs a function once. Rejects with an error whose `name` is the error type that Lambda would report. */
export interface LocalFunction {
  invoke(payload: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export type FunctionFactory = (spec: FunctionSpec) => LocalFunction;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** The bundle that would be deployed, in a thread of its own with its own environment, as Lambda would run it. */
export const bundledFunction: FunctionFactory = (spec) => functionAhead(spec, 0);

/** The same on a clock that is ahead. */
export function functionAhead(spec: FunctionSpec, aheadMs: number): LocalFunction {
  return threadFunction(spec, new URL('./function-worker.ts', import.meta.url), { aheadMs });
}

/**
 * The same, with another module for its thread.
 * @param more - what the module finds in `workerData`, beside `bundle`.
 */
export function threadFunction(
  { name, bundle, environment, timeoutSeconds }: FunctionSpec,
  module: URL,
  more: object = {},
): LocalFunction {
  const worker = new Worker(module, {
    env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: name },
    workerData: { ...more, bundle: pathToFileURL(join(bundle, 'index.mjs')).href },
    // Lambda's logs go to CloudWatch, not to whoever runs the state machine.
    stdout: true,
    stderr: true,
  });
  const pending = new Map<number, (answer: Answer) => void>();
  worker.on('message', (answer: Answer) => pending.get(answer.id)?.(answer));
  let broken: Answer['error'];
  worker.on('error', ({ name, message }) => {
    broken = { name, message };
    for (const [id, settle] of pending) settle({ id, error: broken });
  });
  let last = 0;
  return {
    invoke: (payload) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        const settle = ({ result, error }: Answer) => {
          clearTimeout(timer);
          pending.delete(id);
          if (error) reject(Object.assign(new Error(error.message), { name: error.name }));
          else resolve(result);
        };
        const timer = setTimeout(
          () =>
            settle({
              id,
              error: { name: 'Sandbox.Timedout', message: `Task timed out after ${timeoutSeconds} seconds` },
            }),
          timeoutSeconds * 1000,
        );
        pending.set(id, settle);
        // A bundle that did not load fails every invocation, not just those that were open.
        if (broken) settle({ id, error: broken });
        // Lambda passes JSON: nothing else gets through.
        worker.postMessage({ id, payload: JSON.parse(JSON.stringify(payload)) });
      }),
    stop: async () => {
      await worker.terminate();
    },
  };
}
