import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters as plain } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { campaignReportSchema } from '../../../core/contract/campaign.ts';
import { MANIFEST_FILES, type ManifestFile } from '../../../core/domain/verdict/manifest-location.ts';
import { unwrapped } from '../run-cli.ts';
import { ended, startCli, startOnTerminal } from '../start-cli.ts';
import { DATASTORE_ID, filesOf } from './job-folder.ts';

const JOBS = ['a1', 'a2', 'a3', 'a4'];
/** By key. */
let objects: Map<string, string>;
let server: Server;
let env: Record<string, string>;
/** What S3 does with a GET before it answers it. @returns a status that it answers instead. */
let meanwhile: (key: string) => Promise<number | undefined>;

beforeEach(async () => {
  objects = new Map();
  for (const jobId of JOBS) {
    for (const [file, text] of Object.entries(filesOf({ jobId, success: ['in/a'] }))) {
      const name = MANIFEST_FILES[file as ManifestFile];
      objects.set(`out/${DATASTORE_ID}-DicomImport-${jobId}/${name}`, text);
    }
  }
  meanwhile = async () => undefined;
  server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    if (searchParams.has('list-type')) {
      const contents = [...objects.keys()].map(
        (key) =>
          `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>`,
      );
      response.end(`<ListBucketResult>${contents.join('')}</ListBucketResult>`);
      return;
    }
    const key = decodeURIComponent(pathname).slice('/bucket/'.length);
    const status = await meanwhile(key);
    if (status) response.writeHead(status).end();
    else response.end(objects.get(key));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const PLACE = ['report', 's3://bucket/out/'];
const never = () => new Promise<undefined>(() => {});

test('a terminal shows how many folders are read, of how many, and Ctrl-C says how to go on', async () => {
  meanwhile = (key) => (/-a[34]\//.test(key) ? never() : Promise.resolve(undefined));
  const terminal = startOnTerminal(PLACE, env);
  await terminal.until(/\[##########-{10}\] 2 of 4 job folders, 50 %/);
  terminal.pty.write('\u0003');
  expect(await terminal.ended).toBe(130);
  const shown = unwrapped(plain(terminal.shown()).replaceAll('\r\n', '\n'));
  expect(shown).toContain(
    'Stopped after 2 job folders. Nothing was changed or kept: run the same command again',
  );
  expect(shown).toContain('use --since and --until.');
  // The cursor is back.
  expect(terminal.shown()).toContain('\u001b[?25h');
});

test('elsewhere it is left at once on SIGTERM, and prints no report', async () => {
  let waits = () => {};
  const waiting = new Promise<void>((resolve) => {
    waits = resolve;
  });
  meanwhile = () => {
    waits();
    return never();
  };
  const child = startCli(PLACE, env);
  const ran = ended(child);
  await waiting;
  child.kill('SIGTERM');
  const { status, stdout, stderr } = await ran;
  expect({ status, stdout }).toEqual({ status: 143, stdout: '' });
  expect(unwrapped(stderr)).toContain('Stopped after 0 job folders.');
});

test('a folder that S3 cannot give now is read again, and its files count once', async () => {
  const failures = new Map<string, number>();
  meanwhile = async (key) => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    return key.includes('-a2/SUCCESS/') && count <= 4 ? 503 : undefined;
  };
  const { status, stdout } = await ended(startCli([...PLACE, '--format', 'json'], env));
  expect(status).toBe(0);
  const { jobs, files } = campaignReportSchema.parse(JSON.parse(stdout));
  expect([jobs.total, files.imported]).toEqual([4, 4]);
});
