import { chmod, readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { openApiDocument } from '../core/contract/events.ts';
import { PUBLISHED } from '../core/contract/names.ts';
import { digestOfSources } from './bundle/digest.ts';
import { bundleHandlers, COMMON, REQUIRE } from './bundle/options.ts';
import { put, write } from './bundle/put.ts';

const { metafile, outputFiles } = await bundleHandlers('dist/lambda');
await put('dist/lambda', outputFiles);
// What is in the bundles: the package names the licenses.
await write('dist/lambda.meta.json', json(metafile));
// Tests that run what is built look whether it is that of the sources.
await write('dist/lambda.digest', Buffer.from(digestOfSources(metafile)));

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const { metafile: ofCommandLine, outputFiles: commandLine } = await build({
  ...COMMON,
  metafile: true,
  write: false,
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
await put('dist/cli', commandLine);
await chmod('dist/cli/main.mjs', 0o755);
await write('dist/cli.meta.json', json(ofCommandLine));
await write('dist/cli.digest', Buffer.from(digestOfSources(ofCommandLine)));

const documents = [PUBLISHED.importFinished, PUBLISHED.importOverdue, PUBLISHED.watchFailed].map(
  (detailType) => [detailType, openApiDocument(detailType)],
);
await write('dist/schemas.json', json(Object.fromEntries(documents)));

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
