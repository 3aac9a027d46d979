import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/healthimaging.md';

/** All sources and documents of this repository, by path; lines of a comment are put together. */
const files = globSync('**/*.{ts,md}', {
  cwd: root,
  exclude: (name) => /^(node_modules|dist|coverage|\..+)$/.test(name),
}).map((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return { file, text, prose: text.replace(/\s*\n\s*(\*|\/\/)?\s*/g, ' ') };
});

const headings = [...(files.find(({ file }) => file === PAGE)?.text ?? '').matchAll(/^## (.+)$/gm)].map(
  ([, heading = '']) => heading,
);
/** As GitHub makes them. */
const anchors = headings.map((heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-'),
);

/** "file: what" of each citation in which `isWrong` finds a mistake. */
const wrong = (pattern: RegExp, isWrong: (cited: string) => boolean) =>
  files.flatMap(({ file, prose }) =>
    [...prose.matchAll(pattern)].flatMap(([citation, cited = '']) =>
      isWrong(cited) ? [`${file}: ${citation}`] : [],
    ),
  );

test('the sections of the facts about HealthImaging are numbered', () => {
  expect(headings.map((heading) => Number.parseInt(heading, 10))).toEqual(
    headings.map((_, index) => index + 1),
  );
});

test('each section of them that a comment or a page cites is there', () => {
  expect(files.filter(({ text }) => text.includes(`${PAGE}#`)).length).toBeGreaterThan(10);
  expect(wrong(/healthimaging\.md#([\w-]*)/g, (anchor) => !anchors.includes(anchor))).toEqual([]);
  expect(wrong(/healthimaging\.md, section (\d+)/g, (number) => !headings[Number(number) - 1])).toEqual([]);
});

test('nothing cites a document that is not here', () => {
  expect(wrong(/healthimaging\s+reference|\breference,\s+(?:section\s+)?\d/gi, () => true)).toEqual([]);
});
