import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { definitionOf, VARIANTS } from './definition.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Where the definitions of all versions are that executions may still run on: a folder for each version. */
export const DEFINITIONS = new URL('../test/upgrade/definitions/', import.meta.url);
/** Those of this version. */
export const RECORDED = new URL(`${version}/`, DEFINITIONS);

/** Why the definitions of a version may not be recorded, or undefined where they may. */
export function whyNotRecorded(version: string, changelog: string): string | undefined {
  const released = changelog.split('\n').some((line) => /^## \[?v?([^\s\]]+)/.exec(line)?.[1] === version);
  return released
    ? `CHANGELOG.md calls ${version} released, and executions may run on its definitions: raise the version in package.json.`
    : undefined;
}

/**
 * Writes the definitions of a version, unless it is released.
 * @returns the exit status.
 */
export function recordDefinitions(version: string, changelog: string, folder: URL): number {
  const whyNot = whyNotRecorded(version, changelog);
  if (whyNot !== undefined) {
    console.error(whyNot);
    return 1;
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, props] of Object.entries(VARIANTS)) {
    const file = new URL(`${name}.json`, folder);
    writeFileSync(file, `${JSON.stringify(definitionOf(props), null, 2)}\n`);
    console.log(`wrote ${fileURLToPath(file)}`);
  }
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
  process.exitCode = recordDefinitions(version, changelog, RECORDED);
}
