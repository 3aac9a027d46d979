import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { datastoreId } from '../../../proof/fixtures/simulator-world.ts';
import { writeStudy } from '../../../simulator/index.ts';
import { runCli, tooWide, unwrapped } from '../run-cli.ts';
import { servedSchema } from '../schemas.ts';
import { ended, startCli, startOnTerminal } from '../start-cli.ts';

test('serves what start and wait need, with the faults that are asked for, until Ctrl-C', async () => {
  const child = startCli([
    ...['simulate', '--json', '--duration', '1'],
    ...['--fault', 'throttle,operation=StartDICOMImportJob,times=2'],
  ]);
  const [json] = (await once(child.stdout, 'data')) as [Buffer];
  const { environment, s3Endpoint } = servedSchema.parse(JSON.parse(json.toString()));
  const s3 = new S3Client({
    endpoint: s3Endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
  for (const Bucket of ['in-bucket', 'out-bucket']) await s3.send(new CreateBucketCommand({ Bucket }));
  for (const { name, bytes } of writeStudy()) {
    await s3.send(new PutObjectCommand({ Bucket: 'in-bucket', Key: `in/${name}`, Body: bytes }));
  }
  s3.destroy();
  const { status, stdout, stderr } = await runCli(
    [
      ...['start', '--datastore-id', datastoreId, '--role-arn', 'arn:aws:iam::111122223333:role/import'],
      ...['--input', 's3://in-bucket/in/', '--output', 's3://out-bucket/out/', '--wait'],
    ],
    environment,
  );
  expect(stderr).toContain('ThrottlingException, HTTP 429');
  expect(stdout).toContain('PARTIALLY_FAILED  5 of 7 files imported, 2 rejected.');
  expect(status).toBe(11);
  const end = ended(child);
  child.kill('SIGINT');
  expect(await end).toMatchObject({ status: 0, stderr: '' });
});

test('says how it is reached, and ends on Ctrl-C at a terminal', async () => {
  const terminal = startOnTerminal(['simulate']);
  await terminal.until(/list-dicom-import-jobs/);
  expect(terminal.shown()).toMatch(/^export AWS_ENDPOINT_URL_MEDICAL_IMAGING=http:\/\/127\.0\.0\.1:\d+\r$/m);
  expect(tooWide(terminal.shown())).toEqual([]);
  terminal.pty.write('\u0003');
  expect(await terminal.ended).toBe(0);
});

describe('wrong input', () => {
  test.each([
    [['--port', 'x'], 'A port is a number from 0 to 65535.'],
    [['--duration', '-1'], 'A duration is a number of seconds.'],
    [['--fault', 'bogus'], 'unknown fault "bogus"'],
    [['--s3-endpoint', 'localhost'], 'An endpoint is a URL'],
  ])('%j ends with 2', async (args, message) => {
    const { status, stdout, stderr } = await runCli(['simulate', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(unwrapped(stderr)).toContain(message);
  });

  test('a port that is taken ends with 1', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { status, stdout, stderr } = await runCli(['simulate', '--port', String(port)]);
    other.close();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('error: The simulator cannot start: listen EADDRINUSE');
  });
});
