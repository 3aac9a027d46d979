import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventBuses } from './event-bus.ts';
import { describe, type HistoryEvent, historyOf } from './executions.ts';
import { type Execution, type LocalStateMachine, named } from './state-machine.ts';
import { nameOf } from './template.ts';

// biome-ignore lint/suspicious/noExplicitAny: the body of any of the operations below
type Body = any;
type Operations = Record<string, (body: Body) => unknown>;

/**
 * The calls of Step Functions and EventBridge that the handlers, the simulator and an operator make, over AWS's JSON
 * protocol, so that the real SDK clients are what is run.
 */
export function startServices(
  machine: () => LocalStateMachine,
  buses: EventBuses,
): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const operations = serviceOperations(machine, buses);
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    try {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8'));
      const operation = operations[target];
      if (operation) answer(200, operation(body));
      else answer(400, { __type: 'UnknownOperationException', message: target });
    } catch (error) {
      answer(400, { __type: (error as Error).name, message: (error as Error).message });
    }
  });
  return listen(server);
}

/** What answers each operation, by its `x-amz-target`. It throws an error with AWS's name for it. */
export function serviceOperations(machine: () => LocalStateMachine, buses: EventBuses): Operations {
  return {
    ...stepFunctions(machine),
    'AWSEvents.PutEvents': ({ Entries }) => ({
      FailedEntryCount: 0,
      Entries: Entries.map((entry: Body) => ({ EventId: buses.put(entry) })),
    }),
  };
}

function stepFunctions(machine: () => LocalStateMachine): Operations {
  const found = (executionArn: unknown): Execution => {
    const text = String(executionArn);
    if (!/^arn:[^:]+:states:[^:]+:\d+:execution:[^:]+:[^:]+$/.test(text)) {
      throw named('InvalidArn', `Invalid Arn: '${text}'`);
    }
    const name = nameOf(text);
    if (machine().executionArn(name) === executionArn) return machine().execution(name);
    throw named('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  };
  return {
    'AWSStepFunctions.StartExecution': ({ name = randomUUID(), input = '{}' }) => {
      const { startedAt } = machine().start(name, input);
      return { executionArn: machine().executionArn(name), startDate: startedAt / 1000 };
    },
    'AWSStepFunctions.SendTaskSuccess': ({ taskToken, output }) => {
      machine().complete(taskToken, { output: JSON.parse(output) });
      return {};
    },
    'AWSStepFunctions.DescribeExecution': ({ executionArn }) =>
      inSeconds(describe(machine(), found(executionArn))),
    'AWSStepFunctions.RedriveExecution': ({ executionArn, clientToken }) => {
      const { redriveDate } = machine().redrive(found(executionArn).name, clientToken);
      return inSeconds({ redriveDate });
    },
    'AWSStepFunctions.StopExecution': ({ executionArn, error, cause = '' }) => {
      const { name } = found(executionArn);
      const { stoppedAt } = machine().abort(name, error && { name: error, message: cause });
      return inSeconds({ stopDate: stoppedAt });
    },
    'AWSStepFunctions.ListExecutions': ({ stateMachineArn, statusFilter, ...paging }) => {
      if (!/^arn:[^:]+:states:[^:]+:\d+:stateMachine:[^:]+$/.test(stateMachineArn)) {
        throw named('InvalidArn', `Invalid Arn: '${stateMachineArn}'`);
      }
      if (stateMachineArn !== machine().arn) {
        throw named('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
      }
      const { maxResults, nextToken: after } = paging;
      const last = after === undefined ? undefined : machine().executions.get(after);
      if (after !== undefined && !last) throw named('InvalidToken', `Invalid Token: '${after}'`);
      const all: Execution[] = statusFilter
        ? machine().withStatus(statusFilter)
        : [...machine().executions.values()];
      const rest = all
        .filter(({ number }) => number < (last?.number ?? Number.POSITIVE_INFINITY))
        .sort((a, b) => b.number - a.number);
      // AWS takes 0 for the default.
      const items = rest.slice(0, maxResults || 100);
      const nextToken = rest.length > items.length ? items.at(-1)?.name : undefined;
      const executions = items.map((execution) => {
        const { executionArn, name, status, startDate, stopDate, redriveCount, redriveDate } = describe(
          machine(),
          execution,
        );
        return inSeconds({
          executionArn,
          stateMachineArn,
          name,
          status,
          startDate,
          stopDate,
          redriveCount,
          redriveDate,
        });
      });
      return { executions, nextToken };
    },
    'AWSStepFunctions.GetExecutionHistory': ({
      executionArn,
      reverseOrder,
      includeExecutionData = true,
      ...paging
    }) => {
      const history = historyOf(found(executionArn), machine().definition, includeExecutionData);
      const { items, nextToken } = page(reverseOrder ? history.reverse() : history, paging);
      return { events: items.map(inSeconds), nextToken };
    },
  };
}

const TIMES = ['startDate', 'stopDate', 'redriveDate', 'timestamp'];

/** The protocol counts time in seconds, and leaves out what there is not. */
function inSeconds(body: object): object {
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [key, TIMES.includes(key) ? value / 1000 : value]),
  );
}

/** A page of a history. The token is the id of its last event. */
function page(
  all: readonly HistoryEvent[],
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
): { items: readonly HistoryEvent[]; nextToken?: string | undefined } {
  const last = all.findIndex(({ id }) => String(id) === nextToken);
  if (nextToken !== undefined && last < 0) throw named('InvalidToken', `Invalid Token: '${nextToken}'`);
  const rest = all.slice(last + 1);
  const items = rest.slice(0, maxResults || 100);
  return { items, nextToken: rest.length > items.length ? String(items.at(-1)?.id) : undefined };
}

/** Starts a server on a free loopback port. */
export function listen(server: Server): Promise<{ endpoint: string; stop(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            server.closeAllConnections();
          }),
      });
    });
  });
}
