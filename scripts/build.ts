import { rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { PUBLISHED } from '../lambda/contract.ts';
import { openApiDocument } from '../lambda/events.ts';

/** The handlers that are deployed: one folder each, so that a function holds nothing of another. */
const HANDLERS = ['check-import-job', 'summarize-import', 'on-import-event', 'on-watch-ended', 'sweep'];

await rm('dist/lambda', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: HANDLERS.map((name) => ({ in: `lambda/${name}.ts`, out: `${name}/index` })),
  outdir: 'dist/lambda',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // The packages' ES modules: what is not used is left out, and Node loads them faster than their CommonJS twins.
  mainFields: ['module', 'main'],
  // Some packages have only CommonJS, which asks for `require`.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
});
// What is in the bundles: the package names the licenses.
await writeFile('dist/lambda.meta.json', JSON.stringify(metafile));

const documents = [PUBLISHED.importFinished, PUBLISHED.importOverdue, PUBLISHED.watchFailed].map(
  (detailType) => [detailType, openApiDocument(detailType)],
);
await writeFile('dist/schemas.json', JSON.stringify(Object.fromEntries(documents)));
