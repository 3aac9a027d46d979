import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetDICOMImportJobCommand } from '@aws-sdk/client-medical-imaging';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  type ClientSettings,
  eventBridge,
  medicalImaging,
  s3,
  sns,
  stepFunctions,
} from '../../../core/aws/clients.ts';
import { isPassing } from '../../../core/aws/errors.ts';
import { dynamoDB } from '../../../core/aws/table-client.ts';
import { datastoreId, executionArn, jobId, thrownBy } from '../../lambda/given.ts';

/** A service that takes requests and never answers. */
let service: Server;
let requests: number;
let settings: ClientSettings;
beforeAll(async () => {
  service = createServer(() => requests++);
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  settings = {
    endpoint: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    region: 'us-east-1',
  };
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
});
beforeEach(() => {
  requests = 0;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const CALLS: Record<string, () => Promise<unknown>> = {
  HealthImaging: () => medicalImaging(settings).send(new GetDICOMImportJobCommand({ datastoreId, jobId })),
  S3: () =>
    s3({ ...settings, forcePathStyle: true }).send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' })),
  'Step Functions': () => stepFunctions(settings).send(new DescribeExecutionCommand({ executionArn })),
  DynamoDB: () => dynamoDB(settings).send(new GetItemCommand({ TableName: 'table', Key: {} })),
  EventBridge: () => eventBridge(settings).send(new PutEventsCommand({ Entries: [] })),
  SNS: () => sns(settings).send(new PublishCommand({ Message: 'message' })),
};

test.each(Object.entries(CALLS))(
  '%s that never answers is given up after eight seconds, asked once more, and is passing trouble',
  async (_, call) => {
    let thrown: Error | undefined;
    const called = thrownBy(call).then((error) => {
      thrown = error;
    });
    let waited = 0;
    for (let given = 0; !thrown; await new Promise((resolve) => setImmediate(resolve))) {
      // Eight seconds for a request that has come; almost none while one is on its way.
      const came = requests > given;
      if (came) given++;
      const ms = came ? 8_000 : 1;
      waited += ms;
      await vi.advanceTimersByTimeAsync(ms);
    }
    await called;
    expect({ requests, name: thrown.name, passing: isPassing(thrown) }).toEqual({
      requests: 2,
      name: 'TimeoutError',
      passing: true,
    });
    expect(waited).toBeLessThan(17_000);
  },
  // A limit for a client that waits for ever.
  10_000,
);

test('S3 is asked in the region of a bucket that is in another', async () => {
  vi.useRealTimers();
  const scopes: (string | undefined)[] = [];
  const redirecting = createServer(({ headers }, response) => {
    scopes.push(/\/([\w-]+)\/s3\//.exec(headers.authorization ?? '')?.[1]);
    if (scopes.length === 1) response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' });
    response.end('{}');
  });
  await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  const client = s3({ ...settings, endpoint, forcePathStyle: true });
  await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }));
  client.destroy();
  redirecting.closeAllConnections();
  redirecting.close();
  expect(scopes).toEqual(['us-east-1', 'eu-west-1']);
});
