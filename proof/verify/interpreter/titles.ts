import { readFile } from 'node:fs/promises';

/** The titles of the tests in a file of `test/workflow`, as they are written there. */
export async function titlesOf(file: string): Promise<string[]> {
  const text = await readFile(new URL(`../../../test/workflow/${file}`, import.meta.url), 'utf8');
  const titles = [
    ...text.matchAll(/^ *(?:test|play)\(\s*'([^']+)'/gm),
    ...text.matchAll(/^ *\]?.*\)\('([^']+)', async/gm),
  ];
  return titles.map(([, title = '']) => title);
}
