import { describe, expect, test } from 'vitest';
import { LineSplitter, MAX_LINE_LENGTH, TOO_LONG } from '../../../../core/domain/verdict/lines.ts';

/** The lines of a text that comes in pieces of this size. */
function split(text: string, size: number): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += size) lines.push(...splitter.push(text.slice(at, at + size)));
  return [...lines, splitter.end()];
}

const longest = 'a'.repeat(MAX_LINE_LENGTH);

describe.each([1, 7, 64 * 1024, Number.MAX_SAFE_INTEGER])('in pieces of %i characters', (size) => {
  test.each<[string, string, string[]]>([
    ['nothing', '', ['']],
    ['one line', 'a', ['a']],
    ['an end only', '\n', ['', '']],
    ['lines', 'a\nbc\n\nd', ['a', 'bc', '', 'd']],
    ['Windows line ends', 'a\r\nb\r\n', ['a\r', 'b\r', '']],
    ['the longest line', `${longest}\nb`, [longest, 'b']],
    ['a line that is too long', `a\n${longest}a\nb`, ['a', TOO_LONG, 'b']],
    ['a line that is much too long', `a\n${longest.repeat(3)}\nb\n`, ['a', TOO_LONG, 'b', '']],
    ['two of them', `${longest}a\n${longest}b\n`, [TOO_LONG, TOO_LONG, '']],
    ['one of them without an end', `a\n${longest}a`, ['a', TOO_LONG]],
    ['JSON and spaces', `{}${' '.repeat(MAX_LINE_LENGTH)}\n{}`, [TOO_LONG, '{}']],
  ])('%s', (_, text, lines) => {
    const came = split(text, size);
    expect(came.map((line) => line.slice(0, 100))).toEqual(lines.map((line) => line.slice(0, 100)));
    expect(came.map(({ length }) => length)).toEqual(lines.map(({ length }) => length));
  });
});

test('what stands in for a line that is too long is no JSON', () => {
  expect(() => JSON.parse(TOO_LONG)).toThrow(SyntaxError);
});
