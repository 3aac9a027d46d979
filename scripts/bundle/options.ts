import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type OutputFile } from 'esbuild';
import { leanSdk } from './lean-sdk.ts';
import { nodeBuiltins } from './node-builtins.ts';
import { ownSourceMaps } from './own-source-maps.ts';

/** The handlers that are deployed. */
export const HANDLERS = [
  'check-import-job',
  'summarize-import',
  'on-import-event',
  'on-watch-ended',
  'send-digests',
  'sweep',
];

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Some packages have only CommonJS, which asks for `require`. */
export const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** What no function gets to: clients that `core/aws/clients.ts` has for the command line, and what only browsers load. */
const UNREACHED = [
  '@aws-sdk/client-cloudformation',
  '@aws-sdk/client-cloudwatch',
  '@aws-sdk/client-sqs',
  'bowser',
];

/** What all bundles have in common. */
export const COMMON = {
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  // The packages' ES modules: what is not used is left out, and Node loads them faster than their CommonJS twins.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** How the handlers are bundled. */
const BUNDLE = {
  ...COMMON,
  sourcemap: true,
  sourcesContent: false,
  target: 'node24',
  // Node compiles a literal when it is used, and a call of `RegExp` when the bundle is loaded.
  supported: { 'regexp-lookbehind-assertions': true, 'regexp-unicode-property-escapes': true },
  // What a function needs only sometimes is in files of its own.
  splitting: true,
  chunkNames: '[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  alias: {
    '@aws-sdk/credential-provider-node': beside('credentials.ts'),
    '@aws-sdk/middleware-endpoint-discovery': beside('endpoint-discovery.ts'),
    '@smithy/core/event-streams': beside('event-streams.ts'),
  },
  external: UNREACHED,
  plugins: [leanSdk, nodeBuiltins, ownSourceMaps],
  metafile: true,
} satisfies BuildOptions;

/** What the bundling of the handlers made. */
export interface Bundles {
  readonly outputFiles: readonly OutputFile[];
  readonly metafile: Metafile;
}

/** Bundles the handlers, each by itself in a folder of its name, so that a function holds nothing of another. */
export async function bundleHandlers(outdir: string): Promise<Bundles> {
  const outputFiles: OutputFile[] = [];
  const metafile: Metafile = { inputs: {}, outputs: {} };
  for (const name of HANDLERS) {
    const made = await build({
      ...BUNDLE,
      entryPoints: { index: `lambda/handlers/${name}.ts` },
      outdir: `${outdir}/${name}`,
      write: false,
    });
    outputFiles.push(...made.outputFiles);
    Object.assign(metafile.inputs, made.metafile.inputs);
    Object.assign(metafile.outputs, made.metafile.outputs);
  }
  return { outputFiles, metafile };
}
