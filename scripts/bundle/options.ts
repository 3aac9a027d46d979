import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { leanSdk } from './lean-sdk.ts';
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
export const BUNDLE = {
  ...COMMON,
  sourcemap: true,
  sourcesContent: false,
  target: 'node24',
  alias: {
    '@aws-sdk/credential-provider-node': beside('credentials.ts'),
    '@smithy/core/event-streams': beside('event-streams.ts'),
  },
  plugins: [leanSdk, ownSourceMaps],
  banner: { js: REQUIRE },
} satisfies BuildOptions;
