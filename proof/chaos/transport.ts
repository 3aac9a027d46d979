import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Request, Response } from './memory.ts';

/** One run of a function: counts its calls, so that it can be killed before or after any of them. */
export interface Invocation {
  readonly functionName: string;
  calls: number;
  /** Whether the function dies at this call, and whether the service still gets it. */
  readonly dies: (call: number, service: ServiceName, request: Request) => 'before' | 'after' | undefined;
  readonly onKilled: (call: number, when: 'before' | 'after') => void;
  /** What is dead asks for nothing more, and hears of no answer. */
  dead: boolean;
}

export const invocations = new AsyncLocalStorage<Invocation>();

/** Where the clients go; nothing listens there. */
export const ENDPOINTS = {
  'medical-imaging': 'http://127.0.0.1:1',
  s3: 'http://127.0.0.1:2',
  dynamodb: 'http://127.0.0.1:3',
  sns: 'http://127.0.0.1:4',
  states: 'http://127.0.0.1:5',
  events: 'http://127.0.0.1:6',
} as const;
export type ServiceName = keyof typeof ENDPOINTS;

/**
 * Takes the place of the sockets of every SDK client in this process: what a client sends is answered by a function,
 * in an order that depends on nothing but the program.
 */
export function replaceTransport(
  answer: (service: ServiceName, request: Request, functionName?: string) => Promise<Response>,
): void {
  const names = Object.keys(ENDPOINTS) as ServiceName[];
  const byPort = new Map(names.map((name) => [new URL(ENDPOINTS[name]).port, name]));
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own request and response classes
  NodeHttpHandler.prototype.handle = async (request: any): Promise<any> => {
    const service = byPort.get(String(request.port));
    if (!service) throw new Error(`a chaos run must not reach ${request.hostname}:${request.port}`);
    const invocation = invocations.getStore();
    if (invocation?.dead) return new Promise(() => {});
    const when = invocation?.dies(++invocation.calls, service, request);
    if (when === 'before') return die(invocation, when);
    // What the service does from here on, such as running an execution, is no part of the function.
    const response = await invocations.exit(() => answer(service, request, invocation?.functionName));
    if (when) return die(invocation, when);
    if (invocation?.dead) return new Promise(() => {});
    // S3's client hands its body on as a stream; the others collect theirs, and bytes are faster.
    const stream = service === 's3' && request.method === 'GET';
    return { response: stream ? { ...response, body: Readable.from([response.body]) } : response };
  };
}

/** The function is gone: its caller learns that, and its code goes no further. */
function die(invocation: Invocation | undefined, when: 'before' | 'after'): Promise<never> {
  if (invocation && !invocation.dead) {
    invocation.dead = true;
    invocation.onKilled(invocation.calls, when);
  }
  return new Promise(() => {});
}
