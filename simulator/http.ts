import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, wallClock } from './clock.ts';
import { ServiceError } from './errors.ts';
import { type ParsedFault, parseFault } from './fault-text.ts';
import type { Faults, JobFault, RequestFault } from './faults.ts';
import type { Operations } from './operations.ts';
import { type Quotas, TokenBucket } from './quotas.ts';
import { OPERATIONS, type OperationName } from './types.ts';

interface Route {
  operation: OperationName;
  method: string;
  path: RegExp;
}

const routes: Route[] = [
  {
    operation: 'StartDICOMImportJob',
    method: 'POST',
    path: /^\/startDICOMImportJob\/datastore\/(?<datastoreId>[^/]+)$/,
  },
  {
    operation: 'GetDICOMImportJob',
    method: 'GET',
    path: /^\/getDICOMImportJob\/datastore\/(?<datastoreId>[^/]+)\/job\/(?<jobId>[^/]+)$/,
  },
  {
    operation: 'ListDICOMImportJobs',
    method: 'GET',
    path: /^\/listDICOMImportJobs\/datastore\/(?<datastoreId>[^/]+)$/,
  },
  { operation: 'ListDatastores', method: 'GET', path: /^\/datastore$/ },
];

/** Requests received so far, by operation, whatever became of them. */
export type RequestCounts = Record<OperationName, number>;

/** A request as it comes in: the path with its query, and names of headers in lower case. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** What answering needs. */
export interface ProtocolOptions {
  readonly operations: Operations;
  readonly faults: Faults;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly problem: (problem: string) => void;
}

/** The protocol restJson1 over the operations. Signatures are not checked. */
export class Protocol {
  readonly counts = Object.fromEntries(OPERATIONS.map((name) => [name, 0])) as RequestCounts;
  readonly #operations: Operations;
  readonly #faults: Faults;
  readonly #buckets: Record<OperationName, TokenBucket>;
  readonly #signal: AbortSignal;
  readonly #problem: (problem: string) => void;

  constructor({ operations, faults, quotas, clock, signal, problem }: ProtocolOptions) {
    this.#operations = operations;
    this.#faults = faults;
    this.#buckets = Object.fromEntries(
      OPERATIONS.map((operation) => [operation, new TokenBucket(quotas.rates[operation], clock)]),
    ) as Record<OperationName, TokenBucket>;
    this.#signal = signal;
    this.#problem = problem;
  }

  /** A listener for node:http. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { method = '', url = '/', headers } = request;
      const answer = await this.answer({ method, url, headers, body: await readBody(request) });
      if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
      else request.socket.destroy();
    } catch (error) {
      // The client went away.
      if (!request.destroyed || request.complete) this.#problem(String(error));
    }
  }

  /** Answers a request; undefined where the connection is to be dropped. */
  async answer(request: HttpRequest): Promise<HttpAnswer | undefined> {
    try {
      const body = await this.#answer(request);
      return body === 'drop' ? undefined : answerOf(200, {}, body);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof ServiceError) {
        return answerOf(error.status, { 'x-amzn-errortype': error.name }, { message });
      }
      this.#problem(String(error));
      return answerOf(500, { 'x-amzn-errortype': 'InternalServerException' }, { message: String(error) });
    }
  }

  async #answer(request: HttpRequest): Promise<Record<string, unknown> | 'drop'> {
    const url = new URL(request.url, 'http://localhost');
    const route = routes.find(({ method, path }) => method === request.method && path.test(url.pathname));
    if (!route) {
      throw new ServiceError(
        'UnknownOperationException',
        `No operation at ${request.method} ${url.pathname}`,
      );
    }
    const { operation } = route;
    const path = pathMembers(route, url.pathname);
    this.counts[operation] += 1;
    const ofThisRequest = headerFault(request);
    const fault =
      ofThisRequest && 'request' in ofThisRequest
        ? ofThisRequest.request
        : this.#faults.forRequest(operation, path.datastoreId);
    if (fault?.kind === 'drop') return 'drop';
    if (fault) await strike(fault, operation, this.#signal);
    // Stopped while it was slow: a job must not begin any more.
    if (this.#signal.aborted) return 'drop';
    // AWS throttles before it looks into a request.
    this.#buckets[operation].take();

    switch (operation) {
      case 'StartDICOMImportJob':
        return this.#operations.start({ ...parseBody(request.body), ...path }, jobFault(ofThisRequest));
      case 'GetDICOMImportJob':
        return this.#operations.get(path);
      case 'ListDICOMImportJobs':
        return this.#operations.list({ ...Object.fromEntries(url.searchParams), ...path });
      case 'ListDatastores':
        return this.#operations.listDatastores(Object.fromEntries(url.searchParams));
    }
  }
}

async function strike(fault: RequestFault, operation: OperationName, signal: AbortSignal): Promise<void> {
  switch (fault.kind) {
    case 'throttle':
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    case '500':
      throw new ServiceError('InternalServerException', 'Internal server error');
    case '503':
      throw new ServiceError('ServiceUnavailable', 'Service unavailable');
    case 'denied':
      throw new ServiceError(
        'AccessDeniedException',
        `User is not authorized to perform: medical-imaging:${operation}`,
      );
    case 'not-found':
      throw new ServiceError('ResourceNotFoundException', 'The resource does not exist');
    case 'conflict':
      throw new ServiceError('ConflictException', 'The request conflicts with the state of the resource');
    case 'quota':
      throw new ServiceError('ServiceQuotaExceededException', 'The service quota is exceeded');
    case 'slow':
      // Real time even beside a virtual clock: what waits for the answer is a socket with real timeouts, and a virtual
      // clock stands still while somebody waits for a socket.
      await wallClock.sleep(fault.slowMs ?? 1000, signal);
  }
}

function headerFault(request: HttpRequest): ParsedFault | undefined {
  const text = request.headers['x-simulator-fault'];
  if (text === undefined) return undefined;
  try {
    return parseFault(String(text));
  } catch (error) {
    throw new ServiceError('ValidationException', `x-simulator-fault: ${(error as Error).message}`);
  }
}

function jobFault(fault: ParsedFault | undefined): JobFault | undefined {
  return fault && 'job' in fault ? fault.job : undefined;
}

function pathMembers(route: Route, pathname: string): Record<string, string> {
  const groups = route.path.exec(pathname)?.groups ?? {};
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    throw new ServiceError('ValidationException', 'The path is not well encoded');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function parseBody(body: string): object {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ServiceError('ValidationException', 'The request body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('ValidationException', 'The request body is not a JSON object');
  }
  // AWS's JSON protocols take null for absent.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

function answerOf(
  status: number,
  headers: Record<string, string>,
  body: Record<string, unknown>,
): HttpAnswer {
  const all = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers };
  return { status, headers: all, body: JSON.stringify(body) };
}
