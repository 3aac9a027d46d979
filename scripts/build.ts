import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { PUBLISHED } from '../lambda/contract.ts';
import { openApiDocument } from '../lambda/events.ts';

/** The handlers that are deployed: one folder each, so that a function holds nothing of another. */
const HANDLERS = ['check-import-job', 'summarize-import', 'on-import-event', 'on-watch-ended', 'sweep'];

const common: BuildOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  // The packages' ES modules: what is not used is left out, and Node loads them faster than their CommonJS twins.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};
// Some packages have only CommonJS, which asks for `require`.
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

await rm('dist/lambda', { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  entryPoints: HANDLERS.map((name) => ({ in: `lambda/${name}.ts`, out: `${name}/index` })),
  outdir: 'dist/lambda',
  sourcemap: true,
  sourcesContent: false,
  target: 'node24',
  metafile: true,
  banner: { js: REQUIRE },
});
// What is in the bundles: the package names the licenses.
await writeFile('dist/lambda.meta.json', JSON.stringify(metafile));

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist/cli', { recursive: true, force: true });
await build({
  ...common,
  entryPoints: ['cli/main.ts'],
  outdir: 'dist/cli',
  // A command loads what it needs when it runs: help does not wait for the SDK.
  splitting: true,
  chunkNames: 'chunk-[hash]',
  // The oldest that package.json allows: the command runs on the machines of others.
  target: 'node20',
  define: { VERSION: JSON.stringify(version) },
  banner: { js: `#!/usr/bin/env node\n${REQUIRE}` },
});
await chmod('dist/cli/main.mjs', 0o755);

const documents = [PUBLISHED.importFinished, PUBLISHED.importOverdue, PUBLISHED.watchFailed].map(
  (detailType) => [detailType, openApiDocument(detailType)],
);
await writeFile('dist/schemas.json', JSON.stringify(Object.fromEntries(documents)));
