import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LocalCloud } from '../../../local/cloud.ts';
import { listen } from '../../../local/services.ts';

/** What moto takes for all of AWS while it runs a state machine. */
export interface Front {
  readonly endpoint: string;
  /** Requests that nobody here answers. */
  readonly unknown: readonly string[];
  /** Who answers. */
  serve(cloud: LocalCloud): void;
  stop(): Promise<void>;
}

/** The services that the state machine calls, by what their requests begin with. */
const SERVICES = [
  { target: 'DynamoDB_', endpoint: 'AWS_ENDPOINT_URL_DYNAMODB' },
  { target: 'AWSEvents.', endpoint: 'AWS_ENDPOINT_URL_EVENTBRIDGE' },
] as const;

/**
 * Answers the calls of the tasks: Lambda's `Invoke` by the bundled handlers, the rest by the emulators of the local
 * cloud. Only moto's interpreter is asked, none of its emulated services.
 */
export async function startFront(): Promise<Front> {
  const unknown: string[] = [];
  let cloud: LocalCloud | undefined;
  const server = createServer(async (request, response) => {
    try {
      if (!cloud) throw new Error('nobody serves yet');
      const body = Buffer.concat(await request.toArray());
      const [, functionArn] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
      if (functionArn) await invoke(cloud, decodeURIComponent(functionArn), body, response);
      else await forward(cloud, request, body, response);
    } catch (error) {
      const { message } = error as Error;
      unknown.push(`${request.method} ${request.url} ${request.headers['x-amz-target'] ?? ''}: ${message}`);
      response.writeHead(501, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    }
  });
  const { endpoint, stop } = await listen(server);
  return {
    endpoint,
    unknown,
    stop,
    serve: (answering) => {
      cloud = answering;
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: an error of the function is a 200 with a header. */
async function invoke(cloud: LocalCloud, arn: string, body: Buffer, response: ServerResponse): Promise<void> {
  try {
    const result = await cloud.invoke(arn, JSON.parse(body.toString('utf8')));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  } catch (error) {
    const { name, message } = error as Error;
    response
      .writeHead(200, { 'content-type': 'application/json', 'x-amz-function-error': 'Unhandled' })
      .end(JSON.stringify({ errorType: name, errorMessage: message, trace: [] }));
  }
}

async function forward(
  { environment }: LocalCloud,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const service = SERVICES.find((each) => target.startsWith(each.target));
  // SNS alone speaks the query protocol.
  const query = !target && request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const endpoint = environment[service?.endpoint ?? (query ? 'AWS_ENDPOINT_URL_SNS' : '')];
  if (!endpoint) throw new Error('the front does not know this service');
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => name.startsWith('x-amz-') || ['authorization', 'content-type'].includes(name),
    ),
  ) as Record<string, string>;
  const answer = await fetch(`${endpoint}${request.url}`, {
    method: request.method ?? 'POST',
    headers,
    body: new Uint8Array(body),
  });
  const type = answer.headers.get('content-type') ?? 'application/json';
  response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
}
