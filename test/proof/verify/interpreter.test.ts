import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FOLLOWS_IMPORTS, WOKEN } from '../../../proof/verify/interpreter/follows-imports.ts';
import { NEVER_MISSES, NEWS_BY_SWEEP } from '../../../proof/verify/interpreter/never-misses.ts';

/** The titles of the tests in a file of `test/workflow`, as they are written there. */
function titlesOf(file: string): string[] {
  const text = readFileSync(new URL(`../../workflow/${file}`, import.meta.url), 'utf8');
  const titles = [
    ...text.matchAll(/^ *(?:test|play)\(\s*'([^']+)'/gm),
    ...text.matchAll(/^ *\]?.*\)\('([^']+)', async/gm),
  ];
  return titles.map(([, title = '']) => title);
}

test.each([
  ['follows-imports.test.ts', { ...WOKEN, ...FOLLOWS_IMPORTS }],
  ['never-misses.test.ts', { ...NEWS_BY_SWEEP, ...NEVER_MISSES }],
])('npm run verify -- interpreter plays what %s plays', (file, scenarios) => {
  expect(Object.keys(scenarios).sort()).toEqual(titlesOf(file).sort());
});

test('the titles of the tests in test/workflow are found, whichever way they are written', () => {
  const titles = titlesOf('follows-imports.test.ts');
  expect(titles).toHaveLength(29);
  expect(titles).toEqual(
    expect.arrayContaining([
      'corrupt: UNVERIFIED',
      'that no function can read end in its dead-letter queue',
      'answering with %s for a while is survived',
      'an execution input with %s fails at once',
    ]),
  );
});
