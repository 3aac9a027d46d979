import { deflateRawSync } from 'node:zlib';

/** How a data set is written. */
export interface Syntax {
  readonly uid: string;
  readonly implicit?: true;
  readonly bigEndian?: true;
  readonly deflated?: true;
  /** Sequences and their items end with a delimiter instead of having a length. */
  readonly delimited?: true;
}

/** An element to write: numbers are 16 bits each, 64 where the representation is OV, SV or UV. */
export interface GivenElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | Uint8Array | readonly number[] | Items | Fragments;
}
type Items = { readonly items: readonly (readonly GivenElement[])[] };
/** Of encapsulated pixel data: the first is the offset table. */
type Fragments = { readonly fragments: readonly Uint8Array[] };

export const EXPLICIT: Syntax = { uid: '1.2.840.10008.1.2.1' };
export const IMPLICIT: Syntax = { uid: '1.2.840.10008.1.2', implicit: true };
export const BIG_ENDIAN: Syntax = { uid: '1.2.840.10008.1.2.2', bigEndian: true };
export const DEFLATED: Syntax = { uid: '1.2.840.10008.1.2.1.99', deflated: true };
export const JPEG_2000: Syntax = { uid: '1.2.840.10008.1.2.4.90' };
export const JPEG: Syntax = { uid: '1.2.840.10008.1.2.4.50' };
export const RLE: Syntax = { uid: '1.2.840.10008.1.2.5' };

const SHORT = 'AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');
const UNDEFINED = 0xffffffff;

/** Text as one byte a character. */
export const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** A Part 10 file of these elements; their order is kept. */
export function fileOf(elements: readonly GivenElement[], syntax: Syntax = EXPLICIT): Uint8Array {
  return packed(write(elements, syntax), syntax);
}

/** A Part 10 file of a data set. */
export function packed(dataSet: Uint8Array, { uid, deflated }: Syntax): Uint8Array {
  const meta = write([{ tag: 0x00020010, vr: 'UI', value: uid }], EXPLICIT);
  return Buffer.concat([
    Buffer.alloc(128),
    bytesOf('DICM'),
    meta,
    deflated ? deflateRawSync(dataSet) : dataSet,
  ]);
}

export function write(elements: readonly GivenElement[], syntax: Syntax): Buffer {
  return Buffer.concat(elements.map((element) => writeElement(element, syntax)));
}

function writeElement({ tag, vr, value }: GivenElement, syntax: Syntax): Buffer {
  const head = (length: number) =>
    Buffer.concat([
      tagOf(tag, syntax),
      syntax.implicit
        ? uint(length, 4, syntax)
        : SHORT.includes(vr)
          ? Buffer.concat([bytesOf(vr), uint(length, 2, syntax)])
          : Buffer.concat([bytesOf(vr), Buffer.alloc(2), uint(length, 4, syntax)]),
    ]);
  if (typeof value === 'object' && 'fragments' in value) {
    const items = value.fragments.map((bytes) => item(0xfffee000, even(bytes), syntax));
    return Buffer.concat([head(UNDEFINED), ...items, end(0xfffee0dd, syntax)]);
  }
  if (typeof value === 'object' && 'items' in value) {
    const items = Buffer.concat(
      value.items.map((each) =>
        syntax.delimited
          ? Buffer.concat([
              tagOf(0xfffee000, syntax),
              uint(UNDEFINED, 4, syntax),
              write(each, syntax),
              end(0xfffee00d, syntax),
            ])
          : item(0xfffee000, write(each, syntax), syntax),
      ),
    );
    return syntax.delimited
      ? Buffer.concat([head(UNDEFINED), items, end(0xfffee0dd, syntax)])
      : Buffer.concat([head(items.length), items]);
  }
  const bytes = even(
    typeof value === 'string'
      ? bytesOf(value)
      : value instanceof Uint8Array
        ? value
        : Buffer.concat(value.map((number) => uint(number, /^[OSU]V$/.test(vr) ? 8 : 2, syntax))),
    vr === 'UI' ? '\0' : ' ',
  );
  return Buffer.concat([head(bytes.length), bytes]);
}

const item = (tag: number, bytes: Uint8Array, syntax: Syntax) =>
  Buffer.concat([tagOf(tag, syntax), uint(bytes.length, 4, syntax), bytes]);
const end = (tag: number, syntax: Syntax) => item(tag, new Uint8Array(), syntax);
const even = (bytes: Uint8Array, pad = '\0') =>
  bytes.length % 2 ? Buffer.concat([bytes, bytesOf(pad)]) : bytes;
const tagOf = (tag: number, syntax: Syntax) =>
  Buffer.concat([uint(tag >>> 16, 2, syntax), uint(tag & 0xffff, 2, syntax)]);

function uint(number: number, size: 2 | 4 | 8, { bigEndian }: Syntax): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(number));
  const little = buffer.subarray(0, size);
  return bigEndian ? Buffer.from(little).reverse() : little;
}

export const studyUID = '2.25.1';
/** What an import needs of every file. */
export const identity: readonly GivenElement[] = [
  { tag: 0x00080016, vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.7' },
  { tag: 0x00080018, vr: 'UI', value: '2.25.3' },
  { tag: 0x0020000d, vr: 'UI', value: studyUID },
  { tag: 0x0020000e, vr: 'UI', value: '2.25.2' },
];

/** Describes gray pixels of 8 bits, 4 by 4. */
export const image = (frames?: string): GivenElement[] => [
  { tag: 0x00280002, vr: 'US', value: [1] },
  { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
  ...(frames === undefined ? [] : [{ tag: 0x00280008, vr: 'IS', value: frames }]),
  { tag: 0x00280010, vr: 'US', value: [4] },
  { tag: 0x00280011, vr: 'US', value: [4] },
  { tag: 0x00280100, vr: 'US', value: [8] },
];

export const pixels = (value: GivenElement['value']): GivenElement => ({ tag: 0x7fe00010, vr: 'OB', value });
