import { describe, expect, test } from 'vitest';
import { Part10File } from '../../simulator/part10.ts';
import { changeBytes, consequence, delimited, encodings, inFragments, native, nested } from './encodings.ts';
import {
  BIG_ENDIAN,
  DEFLATED,
  EXPLICIT,
  fileOf,
  type GivenElement,
  IMPLICIT,
  identity,
  JPEG_2000,
  packed,
  pixels,
  type Syntax,
  write,
} from './given-files.ts';

const CUT = 'DICOM file is truncated or malformed';

describe('a file that is cut off', () => {
  test.each(encodings)('in %s is refused, or is what it would be without the rest', (_, elements, syntax) => {
    const whole = fileOf(elements, syntax);
    expect(consequence(whole)).toBe('');
    // Where elements of the data set end, a cut leaves a file that has fewer of them.
    const ends = new Map(
      elements.map((_, count) => [fileOf(elements.slice(0, count), syntax).length, count]),
    );
    const wrong = Array.from({ length: whole.length }, (_, length) => {
      const count = ends.get(length);
      const expected =
        length < 132
          ? 'DICOM attributes does not exist'
          : length === 132
            ? 'DICOM attribute TransferSyntaxUID does not exist'
            : count === undefined
              ? CUT
              : consequence(fileOf(elements.slice(0, count)));
      const found = consequence(whole.subarray(0, length));
      return found === expected ? [] : [`${length} of ${whole.length} bytes: ${found}, not ${expected}`];
    }).flat();
    expect(wrong).toEqual([]);
  });

  test('between its elements lacks a UID, or the pixels that it describes', () => {
    const described = native.findIndex(({ tag }) => tag === 0x00280002) + 1;
    const found = native.map((_, count) => consequence(fileOf(native.slice(0, count))));
    expect(new Set(found.slice(0, 7))).toEqual(
      new Set(
        ['SOPClassUID', 'SOPInstanceUID', 'StudyInstanceUID', 'SeriesInstanceUID'].map(
          (name) => `DICOM attribute ${name} does not exist`,
        ),
      ),
    );
    expect(new Set(found.slice(described))).toEqual(new Set(['45328']));
  });

  test('and is deflated is refused wherever that is', () => {
    const whole = fileOf(native, DEFLATED);
    expect(consequence(whole)).toBe('');
    const header = packed(new Uint8Array(), { uid: DEFLATED.uid }).length;
    const found = Array.from({ length: whole.length - header }, (_, at) =>
      consequence(whole.subarray(0, header + at)),
    );
    expect(new Set(found)).toEqual(new Set([CUT]));
  });

  test('and deflated after that is refused as others are', () => {
    const dataSet = write(native, DEFLATED);
    const found = (length: number) => consequence(packed(dataSet.subarray(0, length), DEFLATED));
    expect([found(dataSet.length), found(dataSet.length - 1)]).toEqual(['', CUT]);
  });
});

describe('an element', () => {
  test.each([
    { ...IMPLICIT, uid: '1.2.840.113619.5.2' },
    { ...DEFLATED, uid: '1.2.840.10008.1.2.4.95' },
    { ...DEFLATED, uid: '1.2.840.10008.1.2.4.205' },
  ])('is read in the unusual syntax %o', (syntax) => {
    expect(new Part10File(fileOf(identity, syntax)).text(0x0020000e)).toBe('2.25.2');
  });

  const vrs =
    'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UI UL UN UR US UT UV';
  const unknown = 'ZZ';

  test.each([EXPLICIT, BIG_ENDIAN, DEFLATED])('of any representation is read in %o', (syntax) => {
    for (const vr of [...vrs.split(' '), unknown]) {
      const odd = { tag: 0x00091010, vr, value: Buffer.alloc(16, 1) };
      const deep = { tag: 0x00081140, vr: 'SQ', value: { items: [[odd]] } };
      expect([vr, consequence(fileOf([deep, odd, ...identity], syntax))]).toEqual([vr, '']);
    }
  });

  test.each([EXPLICIT, BIG_ENDIAN])(
    'of representation UN and no length holds items with implicit VR in %o',
    (syntax) => {
      const items = write([{ ...nested, tag: 0x00091010 }], { ...IMPLICIT, delimited: true });
      const head = write([{ tag: 0x00091010, vr: 'UN', value: '' }], syntax).subarray(0, 8);
      const dataSet = Buffer.concat([head, items.subarray(4), write(identity, syntax)]);
      expect(consequence(packed(dataSet, syntax))).toBe('');
    },
  );

  test.each([
    ['explicit VR that is declared implicit', EXPLICIT, IMPLICIT],
    ['implicit VR that is declared explicit', IMPLICIT, EXPLICIT],
    ['little endian that is declared big endian', EXPLICIT, BIG_ENDIAN],
    ['big endian that is declared little endian', BIG_ENDIAN, EXPLICIT],
    ['not deflated although declared so', EXPLICIT, DEFLATED],
  ])('of %s is refused', (_, real, declared) => {
    expect(consequence(packed(write(native, real), { uid: declared.uid }))).toBe(CUT);
  });

  test('of a private creator and no length is a sequence where no representation says so', () => {
    const odd = { ...nested, tag: 0x00091010 };
    expect(consequence(fileOf([odd, ...identity], { ...IMPLICIT, ...delimited }))).toBe('');
  });

  const icon: GivenElement = {
    tag: 0x00880200,
    vr: 'SQ',
    value: { items: [[pixels({ fragments: [new Uint8Array(), Buffer.alloc(8)] })]] },
  };
  test('may be pixel data of an icon, in fragments', () => {
    expect(consequence(fileOf([icon, ...identity], JPEG_2000))).toBe('');
  });

  test('that holds items or fragments has no bytes of its own', () => {
    const file = new Part10File(fileOf(inFragments(new Uint8Array()), JPEG_2000));
    expect([nested.tag, 0x7fe00010].map((tag) => file.element(tag)?.bytes.length)).toEqual([0, 0]);
  });

  const following: GivenElement = { tag: 0x00091001, vr: 'SH', value: 'AB' };
  /** A data set that begins with a sequence of one item, and what is behind it. */
  const withItem = (syntax: Syntax, length?: number) => {
    const inner: GivenElement = { tag: 0x00081150, vr: 'UI', value: '1.2' };
    const bytes = write([{ ...nested, value: { items: [[inner]] } }, following, ...identity], syntax);
    if (length !== undefined) {
      const at = bytes.indexOf('1.2') - (syntax.implicit ? 4 : 2);
      bytes[syntax.bigEndian ? at + 1 : at] = length;
    }
    return bytes;
  };

  test.each([EXPLICIT, IMPLICIT, BIG_ENDIAN])(
    'that ends where another one does is refused in %o, if its item ends before',
    (syntax) => {
      const swallowed = write([following], syntax).length;
      expect(consequence(packed(withItem(syntax, 4), syntax))).toBe('');
      expect(consequence(packed(withItem(syntax, 4 + swallowed), syntax))).toBe(CUT);
    },
  );

  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  /** Bytes with some in place of others, in hexadecimal. */
  const swapped = (bytes: Uint8Array, ...swaps: [from: string, to: string][]) =>
    hex(
      swaps.reduce((text, [from, to]) => {
        expect(text).toContain(from);
        return text.replace(from, to);
      }, Buffer.from(bytes).toString('hex')),
    );
  const implicit = withItem(IMPLICIT);
  const explicit = withItem(EXPLICIT);
  const undefinedLength: [string, string] = ['0800401114000000', '08004011ffffffff'];
  /** What is in the item takes the element that follows the sequence. */
  const overrun = [
    undefinedLength,
    ['0800501104', '080050110e'],
    ['4142', '4142feffdde000000000'],
  ] satisfies [string, string][];
  test.each<[string, Uint8Array, Syntax]>([
    ['is no item in a sequence', swapped(implicit, ['feff00e0', '08005011']), IMPLICIT],
    [
      'is no item in pixel data',
      swapped(write(inFragments(new Uint8Array()), JPEG_2000), ['feff00e008', 'feff01e008']),
      JPEG_2000,
    ],
    ['is an item outside of a sequence', swapped(implicit, ['09000110', 'feff00e0']), IMPLICIT],
    ['is the end of an item outside of one', Buffer.concat([implicit, hex('feff0de0 00000000')]), IMPLICIT],
    ['is zeros behind others', Buffer.concat([implicit, Buffer.alloc(16)]), IMPLICIT],
    ['is zeros behind others with explicit VR', Buffer.concat([explicit, Buffer.alloc(16)]), EXPLICIT],
    [
      'is the end of a sequence that has a length',
      swapped(implicit, ['0800401114', '080040111c'], ['312e3200', '312e3200feffdde000000000']),
      IMPLICIT,
    ],
    ['has a representation of small letters', swapped(explicit, ['53480200', '7368000002000000']), EXPLICIT],
    ['has two zeros for a representation', swapped(explicit, ['090001105348', '090001100000']), EXPLICIT],
    [
      'is in an item that ends behind its sequence',
      swapped(implicit, ['0800401114', '0800401110']),
      IMPLICIT,
    ],
    [
      'is the end of an item that has a length',
      swapped(
        implicit,
        ['0800401114', '080040111c'],
        ['feff00e00c', 'feff00e014'],
        ['312e3200', '312e3200feff0de000000000'],
      ),
      IMPLICIT,
    ],
    ['ends behind its item in a sequence without a length', swapped(implicit, ...overrun), IMPLICIT],
    [
      'ends behind its item in such a sequence of a private creator',
      swapped(implicit, ...overrun, ['08004011', '09004011']),
      IMPLICIT,
    ],
    [
      'is the delimiter of a sequence and has a length',
      swapped(implicit, undefinedLength, ['08004011', '09004011'], ['312e3200', '312e3200feffdde00a000000']),
      IMPLICIT,
    ],
    [
      'is no delimiter in pixel data of an icon',
      swapped(write([icon, ...identity], JPEG_2000), ['feffdde0', 'feffdee0']),
      JPEG_2000,
    ],
    ['is a text without a length', Buffer.concat([hex('09000210 5554 0000 ffffffff'), explicit]), EXPLICIT],
  ])('that %s is refused', (_, dataSet, syntax) => {
    expect(consequence(packed(dataSet, syntax))).toBe(CUT);
  });

  test('in items in items without end is refused', () => {
    const head = write([{ ...nested, value: { items: [] } }], { ...IMPLICIT, delimited: true }).subarray(
      0,
      8,
    );
    const item = Buffer.from('feff00e0ffffffff', 'hex');
    const endless = Buffer.concat(Array.from({ length: 50_000 }, () => [head, item]).flat());
    expect(consequence(packed(endless, IMPLICIT))).toBe(CUT);
  });
});

describe('any bytes', () => {
  test('are an instance or a file that is refused, and no error of the simulator', () => {
    return changeBytes(1000);
  });
});
