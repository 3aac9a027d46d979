import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { PUBLISHED } from '../lambda/contract.ts';
import { openApiDocument } from '../lambda/events.ts';
import { BUNDLE, COMMON, HANDLERS, REQUIRE } from './bundle/options.ts';

await rm('dist/lambda', { recursive: true, force: true });
const { metafile } = await build({
  ...BUNDLE,
  // One folder each, so that a function holds nothing of another.
  entryPoints: HANDLERS.map((name) => ({ in: `lambda/${name}.ts`, out: `${name}/index` })),
  outdir: 'dist/lambda',
  outExtension: { '.js': '.mjs' },
  metafile: true,
});
// What is in the bundles: the package names the licenses.
await writeFile('dist/lambda.meta.json', JSON.stringify(metafile));

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist/cli', { recursive: true, force: true });
const { metafile: ofCommandLine } = await build({
  ...COMMON,
  metafile: true,
  entryPoints: ['cli/main.ts'],
  outdir: 'dist/cli',
  outExtension: { '.js': '.mjs' },
  // A command loads what it needs when it runs: help does not wait for the SDK.
  splitting: true,
  chunkNames: 'chunk-[hash]',
  // The oldest that package.json allows: the command runs on the machines of others.
  target: 'node20',
  define: { VERSION: JSON.stringify(version) },
  banner: { js: `#!/usr/bin/env node\n${REQUIRE}` },
});
await chmod('dist/cli/main.mjs', 0o755);
await writeFile('dist/cli.meta.json', JSON.stringify(ofCommandLine));

const documents = [PUBLISHED.importFinished, PUBLISHED.importOverdue, PUBLISHED.watchFailed].map(
  (detailType) => [detailType, openApiDocument(detailType)],
);
await writeFile('dist/schemas.json', JSON.stringify(Object.fromEntries(documents)));
