import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventBuses } from './event-bus.ts';
import type { LocalStateMachine } from './state-machine.ts';

// biome-ignore lint/suspicious/noExplicitAny: the body of any of the operations below
type Body = any;

/**
 * The calls of Step Functions and EventBridge that the handlers and the simulator make, over AWS's JSON protocol, so
 * that the real SDK clients are what is run.
 */
export function startServices(
  machine: () => LocalStateMachine,
  arn: string,
  buses: EventBuses,
): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const operations: Record<string, (body: Body) => unknown> = {
    'AWSStepFunctions.StartExecution': ({ name, input }) => {
      const execution = machine().start(name, input);
      return {
        executionArn: `${arn.replace(':stateMachine:', ':execution:')}:${name}`,
        startDate: execution.startedAt / 1000,
      };
    },
    'AWSStepFunctions.SendTaskSuccess': ({ taskToken, output }) => {
      machine().complete(taskToken, { output: JSON.parse(output) });
      return {};
    },
    'AWSEvents.PutEvents': ({ Entries }) => ({
      FailedEntryCount: 0,
      Entries: Entries.map((entry: Body) => ({ EventId: buses.put(entry) })),
    }),
  };
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
