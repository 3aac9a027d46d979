import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { BUNDLE, HANDLERS } from '../../scripts/bundle/options.ts';
import { cdkBundles } from './cdk-bundles.ts';
import { table } from './table.ts';
import { machine, spread, spreadText } from './times.ts';

const RUNS = 15;
const PACKAGES = 6;

/** A way to bundle: the file of each handler, and what Node is started with to run it. */
interface Way {
  readonly files: readonly string[];
  readonly node: readonly string[];
}

export async function section(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-import-watcher-bundles-'));
  try {
    const { metafile } = await build({
      ...BUNDLE,
      entryPoints: HANDLERS.map((name) => ({ in: `lambda/handlers/${name}.ts`, out: name })),
      outdir: join(folder, 'ours'),
      outExtension: { '.js': '.mjs' },
      metafile: true,
    });
    const ours: Way = {
      files: HANDLERS.map((name) => join(folder, `ours/${name}.mjs`)),
      // As it is deployed.
      node: ['--enable-source-maps'],
    };
    const cdk: Way = { files: cdkBundles(HANDLERS, join(folder, 'cdk'), false), node: [] };
    const cdkWithSdk: Way = { files: cdkBundles(HANDLERS, join(folder, 'cdk-with-sdk'), true), node: [] };
    const ways = [ours, cdk, cdkWithSdk];
    return [
      `## Bundles

The size of the code that Lambda loads before the first invocation of a function, compared with the
CDK's bundles of the same handler: \`NodejsFunction\` with its defaults, which leaves the SDK to the
Lambda runtime, and with \`bundleAwsSDK\`. KB are 1,000 bytes.`,
      sizes(ways),
      `The time to load a bundle in a separate process, in milliseconds, without the start of Node itself:
the median of ${RUNS} processes, with the shortest and the longest time. Ours has source maps turned on,
as it is deployed. The SDK that the CDK's default leaves out is loaded from the same npm packages,
in CommonJS as in the Lambda runtime. The copies of the Lambda runtime may have another version and
be on a faster disk.
${machine()}`,
      loads(ways),
      `The ${PACKAGES} largest parts of each bundle, in KB:`,
      contents(metafile),
    ].join('\n\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizes(ways: readonly Way[]): string {
  const rows = HANDLERS.map((name, i) => {
    const [ours = 0, ...others] = ways.map(({ files }) => statSync(files[i] ?? '').size);
    return [name, kilobytes(ours), ...others.map(kilobytes), ratio(ours, others[1])];
  });
  return table(['handler', 'KB', 'CDK, without the SDK', 'CDK, with the SDK', 'ours to that'], rows);
}

function loads(ways: readonly Way[]): string {
  const times = ways.map(() => HANDLERS.map((): number[] => []));
  // In turn, so that what else the machine does hits all alike.
  for (let run = 0; run < RUNS; run++) {
    for (const i of HANDLERS.keys()) {
      for (const [way, { files, node }] of ways.entries()) {
        times[way]?.[i]?.push(loadMilliseconds(files[i] ?? '', node));
      }
    }
  }
  const rows = HANDLERS.map((name, i) => {
    const [ours, ...others] = times.map((all) => spread(all[i] ?? []));
    if (!ours) throw new Error('nothing was measured');
    return [
      name,
      spreadText(ours, 1),
      ...others.flatMap((other) => [spreadText(other, 1), ratio(ours.median, other.median)]),
    ];
  });
  return table(
    ['handler', 'ms', 'CDK, without the SDK', 'ours to that', 'CDK, with the SDK', 'ours to that'],
    rows,
  );
}

function loadMilliseconds(file: string, node: readonly string[]): number {
  const url = JSON.stringify(pathToFileURL(file).href);
  const code = `const start = performance.now(); await import(${url}); console.log(performance.now() - start);`;
  const args = [...node, '--input-type=module', '--eval', code];
  return Number(execFileSync(process.execPath, args, { env: { AWS_REGION: 'us-east-1' } }));
}

function contents({ outputs }: Metafile): string {
  const rows = HANDLERS.map((name) => {
    const [, output] = Object.entries(outputs).find(([file]) => file.endsWith(`${name}.mjs`)) ?? [];
    const packages = new Map<string, number>();
    for (const [file, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
      const part = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'lambda';
      packages.set(part, (packages.get(part) ?? 0) + bytesInOutput);
    }
    const largest = [...packages].sort(([, a], [, b]) => b - a).slice(0, PACKAGES);
    const parts = largest.map(([part, bytes]) => `\`${part}\` ${kilobytes(bytes)}`);
    return `- ${name}: ${parts.slice(0, 3).join(', ')},\n  ${parts.slice(3).join(', ')}`;
  });
  return rows.join('\n');
}

const kilobytes = (bytes: number) => Math.round(bytes / 1000).toString();
const ratio = (ours: number, other = Number.NaN) => (ours / other).toFixed(2);
