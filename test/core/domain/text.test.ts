import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chatText,
  jsonText,
  oneLine,
  plainLines,
  subjectText,
  withoutLinks,
} from '../../../core/domain/text.ts';

/** What no channel shows as it is. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const anyText = fc.string({ unit: 'binary', maxLength: 200 });

describe('a value on one line', () => {
  test.each([
    ['plain', 'plain'],
    [' a\n\tb\r\n c\u0085d\u2028e\u2029f\u00a0g ', 'a b c d e f g'],
    ['\u001b[2J\u001b[HSUCCEEDED', '\uFFFD[2J\uFFFD[HSUCCEEDED'],
    ['\u009b2Jx', '\uFFFD2Jx'],
    ['SUC\u200bCEE\u00adDED', 'SUC\uFFFDCEE\uFFFDDED'],
    ['\u202eDEDEECCUS\u202c', '\uFFFDDEDEECCUS\uFFFD'],
    ['a\u{e0041}\u{e0042}b', 'a\uFFFDb'],
    ['half \ud800 of', 'half \uFFFD of'],
    ['a\u3164b\uFE0Fc', 'a\uFFFDb\uFFFDc'],
    ['山田 太郎 Müller 😀', '山田 太郎 Müller 😀'],
  ])('%j becomes %j', (text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  test('holds nothing but what can be seen', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const render of [oneLine, withoutLinks, chatText, subjectText]) {
          expect(render(text)).not.toMatch(UNSEEN);
        }
        expect(plainLines(text).replaceAll('\n', '')).not.toMatch(UNSEEN);
      }),
    );
  });
});

test('lines stay lines, in which nothing else is done', () => {
  expect(plainLines('a\r\nb\n\n  c\td\u001be')).toBe('a\nb\n\n  c d\uFFFDe');
});

test.each([
  ['example.com', 'example[.]com'],
  ['see www.x.', 'see www[.]x.'],
  ['host1.com', 'host1[.]com'],
  ['a .profile', 'a .profile'],
  ['see http:evil', 'see http[:]evil'],
  ['http:evil', 'http[:]evil'],
  ['https://evil.example/a', 'https[:]//evil[.]example/a'],
  ['javascript:alert', 'javascript[:]alert'],
  ['doe@hospital', 'doe[@]hospital'],
  ['пример。рф', 'пример[.]рф'],
  ['\\\\server\\share', '[\\\\]server\\share'],
  ['Reason: not clickable. The end.', 'Reason: not clickable. The end.'],
  ['s3://bucket/in/1.2.840/a.dcm', 's3://bucket/in/1.2.840/a.dcm'],
  ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
  ['FAILURE/failure.ndjson holds 1 line', 'FAILURE/failure.ndjson holds 1 line'],
])('%j has no link as %j', (text, shown) => {
  expect(withoutLinks(text)).toBe(shown);
});

test.each([
  ['*bold* _it_ ~no~ `code`', '\u2217bold\u2217 \uFF3Fit\uFF3F \u223Cno\u223C \u02CBcode\u02CB'],
  ['IN_PROGRESS', 'IN_PROGRESS'],
  ['<!channel> <@U1> &lt;', '\u2039!channel\u203A \u2039\uFF3B@\uFF3DU1\u203A \uFF06lt;'],
  ['[here](http:evil)', '\uFF3Bhere\uFF3D(http\uFF3B:\uFF3Devil)'],
  ['## Heading', '\uFF03\uFF03 Heading'],
  ['- item', '\u2010 item'],
  ['1. item', '1\u2024 item'],
  ['10. item', '10\u2024 item'],
  ['no. 1. item', 'no. 1. item'],
  ['+ item', '\uFF0B item'],
  ['=== line', '\uFF1D\uFF1D\uFF1D line'],
  ['a | b \\ c', 'a \u00A6 b \uFF3C c'],
  ['> quote', '\u203A quote'],
  ['Value # is too long', 'Value # is too long'],
])('%j formats nothing in chat as %j', (text, shown) => {
  expect(chatText(text)).toBe(shown);
});

test('a subject is ASCII of under 100 characters', () => {
  expect(subjectText('FAILED: 山田\r\nBcc: x')).toBe('FAILED: ?? Bcc: x');
  expect(subjectText('x'.repeat(200))).toHaveLength(99);
});

test('JSON has four digits for what cannot be seen', () => {
  expect(jsonText('a\u0085b')).toBe('"a\\u0085b"');
});

test('JSON gives back the very value, and shows nothing else than what can be seen', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 2), (value, indent) => {
      const json = jsonText(value, indent);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(json.replaceAll('\n', '')).not.toMatch(UNSEEN);
    }),
  );
});
