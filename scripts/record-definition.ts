import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defaultDefinition } from './definition.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Where the definitions of all versions are that executions may still run on. */
export const DEFINITIONS = new URL('../test/upgrade/definitions/', import.meta.url);
/** The one of this version. */
export const RECORDED = new URL(`${version}.json`, DEFINITIONS);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(RECORDED, `${JSON.stringify(defaultDefinition(), null, 2)}\n`);
  console.log(`wrote ${fileURLToPath(RECORDED)}`);
}
