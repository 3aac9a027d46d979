/** The folder of the page and its pictures. */
export const DOCS = new URL('../../docs/proof/', import.meta.url);
/** The page that the command writes. */
export const PAGE = new URL('benchmarks.md', DOCS);

const INTRODUCTION = `# Benchmarks

\`npm run bench\` writes this page, and \`npm run bench -- NAME...\` rewrites the sections of some
parts. The name of a part is in a comment above its section. Computed values, and values that come
from a seed, are the same everywhere, and tests check them. Measured values depend on the machine,
so each has the shortest and the longest of its runs beside it.
`;

/** The line above the section of a part. */
const marker = (name: string) => `<!-- npm run bench -- ${name} -->`;

/** The page with these sections, in the order of `names`. */
export function pageOf(sections: ReadonlyMap<string, string>, names: readonly string[]): string {
  const parts = names.flatMap((name) => {
    const markdown = sections.get(name);
    return markdown === undefined ? [] : [`${marker(name)}\n\n${markdown.trim()}\n`];
  });
  return [INTRODUCTION, ...parts].join('\n');
}

/** The sections of a page, by the name of their part. */
export function sectionsIn(page: string): Map<string, string> {
  const [, ...rest] = page.split(/^<!-- npm run bench -- ([\w-]+) -->$/m);
  const sections = new Map<string, string>();
  for (let i = 0; i < rest.length; i += 2) sections.set(rest[i] ?? '', (rest[i + 1] ?? '').trim());
  return sections;
}
