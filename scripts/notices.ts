import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/**
 * The licenses of all packages that are in bundles, as their authors wrote them.
 * @param root - what the paths in the metafiles start from.
 * @throws Error on a package that has neither the text of its license nor its name.
 */
export function thirdPartyNotices(root: string, metafiles: readonly Metafile[]): string {
  const folders = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.keys(inputs).flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
    ),
  );
  const byText = new Map<string, Set<string>>();
  for (const folder of [...new Set(folders)].sort()) {
    const { title, text } = notice(join(root, folder));
    byText.set(text, (byText.get(text) ?? new Set()).add(title));
  }
  const notices = [...byText].map(([text, titles]) => `${[...titles].join('\n')}\n\n${text}`);
  return ['What is in this package of others:', ...notices].join(`\n\n${'-'.repeat(80)}\n\n`);
}

const NO_TEXT = 'These come with the name of their license only.';

/** What a package says of its license. */
function notice(folder: string): { title: string; text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (!license && files.length === 0) throw new Error(`the package ${name} does not tell its license`);
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return { title: `${name} ${version}: ${license}`, text: texts.join('\n\n') || NO_TEXT };
}
