import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleHandlers, HANDLERS } from '../../scripts/bundle/options.ts';
import { cdkBundles } from './cdk-bundles.ts';
import { type Elapsed, FIRST_CALLS, type Start, starter } from './first-call.ts';
import { table } from './table.ts';
import { machine, spread, spreadText } from './times.ts';

const RUNS = 15;
const PACKAGES = 6;

/** The least that a function can be: one that does nothing, and one that makes one signed request and nothing else. */
const FLOORS: Readonly<Record<string, string>> = {
  'an empty handler': 'export const handler = async () => {};',
  'one request by Node alone': `const { request } = process.getBuiltinModule('node:https');
const { createHmac } = process.getBuiltinModule('node:crypto');
export const handler = () => new Promise((resolve, reject) => {
  const authorization = createHmac('sha256', 'key').update('a').digest('hex');
  const options = { method: 'POST', headers: { authorization } };
  request(process.env.AWS_ENDPOINT_URL + '/getDICOMImportJob', options, async (response) => {
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    resolve(JSON.parse(text));
  }).on('error', reject).end('{}');
});`,
};

export async function section(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-bundles-'));
  const services = await starter(folder);
  try {
    const ours = await bundleHandlers(join(folder, 'ours'));
    for (const { path, contents } of ours.outputFiles) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, contents);
    }
    const floors = Object.entries(FLOORS).map(([words, code], i) => {
      writeFileSync(join(folder, `floor-${i}.mjs`), code);
      return { words, handler: 'check-import-job', files: [join(folder, `floor-${i}.mjs`)] };
    });
    const cdk = cdkBundles(HANDLERS, join(folder, 'cdk'), false);
    const cdkWithSdk = cdkBundles(HANDLERS, join(folder, 'cdk-with-sdk'), true);
    const handlers = HANDLERS.map((handler, i) => ({
      words: handler,
      handler,
      files: [join(folder, `ours/${handler}/index.mjs`), cdk[i] ?? ''],
      withSdk: cdkWithSdk[i] ?? '',
    }));
    const rows = [...handlers, ...floors];
    const starts = await measure(rows, services.start);
    const times = (of: keyof Start) =>
      table(
        ['handler', 'ms', 'CDK, without the SDK', 'ours to that', 'in CPU time'],
        rows.map(({ words }, row) => [
          words,
          ...timesOf((starts[row] ?? []).map((runs) => runs.map((run) => run[of]))),
        ]),
      );
    return [
      `## Bundles

The size of the code that Lambda loads before the first invocation of a function, and with what it
loads later only, such as the client of DynamoDB. Compared with the CDK's bundles of the same
handler: \`NodejsFunction\` with its defaults, which leaves the SDK to the Lambda runtime, and with
\`bundleAwsSDK\`. KB are 1,000 bytes.`,
      table(
        ['handler', 'KB', 'with the rest', 'CDK, without the SDK', 'CDK, with the SDK', 'ours to that'],
        handlers.map(({ handler, files: [index = '', ofCdk = ''], withSdk }) => {
          const atStart = loadedFirst(ours.metafile, index).reduce((sum, { bytes }) => sum + bytes, 0);
          const all = filesOf(ours.metafile, index).reduce((sum, { bytes }) => sum + bytes, 0);
          const [without = 0, whole = 0] = [ofCdk, withSdk].map((file) => statSync(file).size);
          return [handler, ...[atStart, all, without, whole].map(kilobytes), ratio(atStart, whole)];
        }),
      ),
      `The time to load a bundle in a separate process, as Lambda loads it, in milliseconds, without the
start of Node itself: the median of ${RUNS} processes, with the shortest and the longest time. The last
column compares the medians of the CPU time, which other work on the machine changes less. The SDK
that the CDK's default leaves out is loaded from the same npm packages, in CommonJS as in the Lambda
runtime. The copies of the Lambda runtime may have another version and be on a faster disk. Target:
at most 0.33 of the CDK's default for \`check-import-job\` and \`on-import-event\`. The last two rows
are the floor: a handler that does nothing, and one that makes one request with Node's own client.
${machine()}`,
      times('loaded'),
      `The same with the first call, which is what somebody waits for. The services answer at once, over
TLS on this machine. Target: at most 0.42 of the CDK's default, for the same two. A client of our own
in place of the SDK, for the four operations of these two, was tried: 0.195 of the load, 0.25 with
the first call. It is not taken, because it has no rules for endpoints (FIPS, dual-stack, other
partitions), no adaptive retry, and no correction of the clock.`,
      times('called'),
      `The first calls:`,
      HANDLERS.map((handler) => `- ${handler}: ${FIRST_CALLS[handler]}`).join('\n'),
      `The ${PACKAGES} largest parts of what is loaded first, in KB:`,
      handlers.map(({ handler, files: [index = ''] }) => contents(handler, ours.metafile, index)).join('\n'),
    ].join('\n\n');
  } finally {
    services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts of each file of each row. */
async function measure(
  rows: readonly { readonly handler: string; readonly files: readonly string[] }[],
  start: (handler: string, file: string) => Promise<Start>,
): Promise<Start[][][]> {
  const starts = rows.map(({ files }) => files.map((): Start[] => []));
  // In turn, so that what else the machine does hits all alike.
  for (let run = 0; run < RUNS; run++) {
    for (const [row, { handler, files }] of rows.entries()) {
      for (const [way, file] of files.entries()) starts[row]?.[way]?.push(await start(handler, file));
    }
  }
  return starts;
}

/** @param ways - what was measured of ours, and of the CDK's where it has that. */
function timesOf(ways: readonly (readonly Elapsed[])[]): string[] {
  const [times, cpu] = [
    ways.map((runs) => spread(runs.map(({ milliseconds }) => milliseconds))),
    ways.map((runs) => spread(runs.map((run) => run.cpu))),
  ];
  const shown = times.map((each) => spreadText(each, 1));
  return ways.length < 2
    ? shown
    : [...shown, ...[times, cpu].map(([own, other]) => ratio(own?.median, other?.median))];
}

type Output = Metafile['outputs'][string];

/** The files that a bundle imports before it runs, and itself. */
function loadedFirst(metafile: Metafile, index: string): Output[] {
  return reached(metafile, index, ['import-statement']);
}

/** All files of a bundle with code. */
function filesOf(metafile: Metafile, index: string): Output[] {
  return reached(metafile, index, ['import-statement', 'dynamic-import']);
}

function reached({ outputs }: Metafile, index: string, kinds: readonly string[]): Output[] {
  const paths = [relative(process.cwd(), index)];
  for (const path of paths) {
    for (const { kind, path: next } of outputs[path]?.imports ?? []) {
      if (kinds.includes(kind) && !paths.includes(next)) paths.push(next);
    }
  }
  return paths.map((path) => {
    const output = outputs[path];
    if (!output) throw new Error(`the bundler tells nothing of ${path}`);
    return output;
  });
}

function contents(handler: string, metafile: Metafile, index: string): string {
  const packages = new Map<string, number>();
  for (const { inputs } of loadedFirst(metafile, index)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'lambda';
      packages.set(part, (packages.get(part) ?? 0) + bytesInOutput);
    }
  }
  const largest = [...packages].sort(([, a], [, b]) => b - a).slice(0, PACKAGES);
  const parts = largest.map(([part, bytes]) => `\`${part}\` ${kilobytes(bytes)}`);
  return `- ${handler}: ${[parts.slice(0, 2), parts.slice(2, 4), parts.slice(4)].map((some) => some.join(', ')).join(',\n  ')}`;
}

const kilobytes = (bytes: number) => Math.round(bytes / 1000).toString();
const ratio = (ours = Number.NaN, other = Number.NaN) => (ours / other).toFixed(2);
