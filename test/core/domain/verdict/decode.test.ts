import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, TextPieces } from '../../../../core/domain/verdict/decode.ts';

const UTF16BE = (text: string) => Buffer.from(text, 'utf16le').swap16();
const ENCODINGS: [name: string, encode: (text: string) => Buffer][] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, low byte first', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16, low byte first, with a byte order mark', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, high byte first', UTF16BE],
  ['UTF-16, high byte first, with a byte order mark', (text) => UTF16BE(`\uFEFF${text}`)],
];

describe.each(ENCODINGS)('%s', (_, encode) => {
  test('is read, in pieces of any size', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 7 }), (rest, size) => {
        const text = `{"${rest}`;
        const bytes = encode(text);
        const pieces = new TextPieces();
        let read = '';
        for (let at = 0; at < bytes.length; at += size) read += pieces.push(bytes.subarray(at, at + size));
        expect(read + pieces.end()).toBe(text);
        expect(decodeText(bytes)).toBe(text);
      }),
    );
  });
});

test('text is read as soon as its encoding is known, from the second byte on', () => {
  const pieces = new TextPieces();
  expect(pieces.push(Buffer.from('{'))).toBe('');
  expect(pieces.push(Buffer.from('"'))).toBe('{"');
  expect(pieces.push(Buffer.from('a'))).toBe('a');
});

// Half of a byte order mark is none.
test.each([
  [[]],
  [[0x7b]],
  [[0xff]],
  [[0x7b, 0x22, 0xc3]],
  [[0xff, 0x22]],
  [[0x7b, 0xfe]],
  [[0xfe, 0x22]],
  [[0x7b, 0xff]],
  [[0, 0]],
])('of the bytes %j nothing gets lost', (bytes) => {
  const pieces = new TextPieces();
  const read = pieces.push(Uint8Array.from(bytes)) + pieces.end();
  expect(read).toBe(decodeText(Uint8Array.from(bytes)));
  expect(read).toBe(Buffer.from(bytes).toString());
});
