import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makePackage } from './package.ts';
import { installTools, runWithTools } from './tools.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The page that `npm run api-docs` writes. */
export const API_DOCS = join(ROOT, 'docs/api.md');

/**
 * Writes what the constructs offer, from what jsii compiled.
 * @param packageFolder - where `makePackage` put the package.
 */
export async function writeApiDocs(packageFolder: string, file: string): Promise<void> {
  const docgen = join(await installTools('package'), 'node_modules/jsii-docgen/bin/jsii-docgen');
  await run(process.execPath, [docgen, '--output', file], { cwd: packageFolder });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runWithTools(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dicom-import-watcher-api-'));
    await makePackage(join(folder, 'package'));
    await writeApiDocs(join(folder, 'package'), API_DOCS);
    await rm(folder, { recursive: true });
    console.log(`${API_DOCS}: ${(await readFile(API_DOCS, 'utf8')).split('\n').length} lines`);
  });
}
