import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DOCS, PAGE, pageOf, sectionsIn } from '../../../proof/bench/page.ts';
import { PARTS } from '../../../proof/bench/parts.ts';
import { table } from '../../../proof/bench/table.ts';
import { spread, spreadText } from '../../../proof/bench/times.ts';

const page = readFileSync(PAGE, 'utf8');

describe('docs/proof/benchmarks.md', () => {
  test.each(Object.entries(PARTS).filter(([, { repeatable }]) => repeatable))(
    'shows what the part %s prints',
    async (name, { load }) => {
      const { section, pictures } = await load();
      expect(sectionsIn(page).get(name)).toBe(await section());
      for (const [file, text] of Object.entries((await pictures?.()) ?? {})) {
        expect(readFileSync(new URL(file, DOCS), 'utf8')).toBe(text);
      }
    },
  );

  test('is what the command writes from its sections', () => {
    expect(pageOf(sectionsIn(page), Object.keys(PARTS))).toBe(page);
  });
});

test('a section is rewritten without the others', () => {
  const names = ['a', 'b-2', 'c'];
  const before = pageOf(
    new Map([
      ['b-2', '## B\n\nold\n'],
      ['a', '## A\n\n| a |'],
    ]),
    names,
  );
  const sections = sectionsIn(before);
  expect([...sections]).toEqual([
    ['a', '## A\n\n| a |'],
    ['b-2', '## B\n\nold'],
  ]);
  const after = pageOf(sections.set('b-2', '## B\n\nnew').set('c', '## C'), names);
  expect(after.startsWith(before.slice(0, before.indexOf('old')))).toBe(true);
  expect([...sectionsIn(after).values()]).toEqual(['## A\n\n| a |', '## B\n\nnew', '## C']);
});

test('a table is aligned', () => {
  expect(
    table(
      ['what', 'n'],
      [
        ['a', 1],
        ['longer', '1,000'],
      ],
    ),
  ).toBe(['| what   |     n |', '| ------ | ----: |', '| a      |     1 |', '| longer | 1,000 |'].join('\n'));
});

test('the noise of a machine is the least, the median and the most', () => {
  expect(spread([30, 1, 2])).toEqual({ min: 1, median: 2, max: 30 });
  expect(spread([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(spreadText(spread([12.26, 11.9, 14]), 1)).toBe('12.3 (11.9 to 14.0)');
  expect(() => spread([])).toThrow('no median of no values');
});
