import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  IMPORT_OPERATIONS,
  type ImportOperation,
  operation,
  type ServiceModel,
} from '../model/service-model.ts';

/** A request and its answer, as they were on the wire. */
export interface Exchange {
  readonly operation: ImportOperation;
  /** The members of the request, from path, query and body. All but those of the body are text. */
  readonly request: Record<string, unknown>;
  readonly status: number;
  /** `x-amzn-errortype`. */
  readonly error: string | undefined;
  readonly body: unknown;
}

export interface Wire {
  readonly endpoint: string;
  /** What was exchanged since the last time that somebody asked. */
  take(): Exchange[];
  close(): Promise<void>;
}

/** Listens in front of a server, and keeps what goes by; paths are read by the service model's own templates. */
export async function tap(listener: RequestListener, model: ServiceModel): Promise<Wire> {
  const routes = IMPORT_OPERATIONS.map((name) => {
    const { method, requestUri } = operation(model, name).http;
    const path = new RegExp(`^${requestUri.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    return { name, method, path };
  });
  let exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    const sent: Buffer[] = [];
    request.on('data', (chunk) => sent.push(chunk));
    // Headers that are given to writeHead cannot be read back.
    const writeHead = response.writeHead.bind(response);
    let error: string | undefined;
    response.writeHead = ((status: number, headers: Record<string, string>) => {
      error = headers['x-amzn-errortype'];
      return writeHead(status, headers);
    }) as typeof response.writeHead;
    const end = response.end.bind(response);
    response.end = ((text: string) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const route = routes.find(({ method, path }) => method === request.method && path.test(url.pathname));
      if (route) {
        const inPath = Object.entries(route.path.exec(url.pathname)?.groups ?? {});
        const body = Buffer.concat(sent).toString('utf8');
        exchanges.push({
          operation: route.name,
          request: {
            ...Object.fromEntries(inPath.map(([name, value]) => [name, decodeURIComponent(value)])),
            ...Object.fromEntries(url.searchParams),
            ...(body && JSON.parse(body)),
          },
          status: response.statusCode,
          error,
          body: JSON.parse(text),
        });
      }
      return end(text);
    }) as typeof response.end;
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = exchanges;
      exchanges = [];
      return taken;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
