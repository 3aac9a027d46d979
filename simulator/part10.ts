import { inflateRawSync } from 'node:zlib';
import dcmjs from 'dcmjs';
import { malformed, RefusedFile } from './refused-file.ts';

// Own code, for no reader on npm finds every cut in every encoding: docs/adr/0016-a-reader-of-our-own.md.

/** An element of a data set, without what a sequence holds. */
export interface Element {
  /** Empty for a sequence, and for pixel data in fragments. */
  readonly bytes: Uint8Array;
  readonly fragments?: readonly Fragment[];
}

/** An item of encapsulated pixel data (PS3.5 section A.4). The first one is the basic offset table. */
export interface Fragment {
  /** Where the item begins, in bytes from the begin of the second item: the first that holds pixels. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Elements by tag: 0x00080018 is (0008,0018). */
type DataSet = ReadonlyMap<number, Element>;

interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

const implicitLittleEndian: Encoding = { explicit: false, littleEndian: true };
const explicitLittleEndian: Encoding = { explicit: true, littleEndian: true };
const explicitBigEndian: Encoding = { explicit: true, littleEndian: false };
/** All other syntaxes are explicit VR little endian (PS3.5 section 10). The second one is GE's own. */
const encodings = new Map([
  ['1.2.840.10008.1.2', implicitLittleEndian],
  ['1.2.840.113619.5.2', implicitLittleEndian],
  ['1.2.840.10008.1.2.2', explicitBigEndian],
]);
/** Syntaxes whose data set is deflated as a whole: the second and third are those of JPIP. */
const deflated = new Set(['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.95', '1.2.840.10008.1.2.4.205']);
/** So large a data set may become when it is inflated, in bytes: the simulator holds files in memory. */
const maxInflated = 2 ** 30;

const preambleLength = 128;
const tags = {
  firstOfFile: 0x00020000,
  transferSyntax: 0x00020010,
  pixelData: 0x7fe00010,
  item: 0xfffee000,
  endOfItem: 0xfffee00d,
  endOfSequence: 0xfffee0dd,
};
const undefinedLength = 0xffffffff;
/** Value representations with a length of 16 bits. The others have 32, as those will that are yet to come (PS3.5 7.1.2). */
const shortLength = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
/** Far more than any object of the standard has, and far less than the stack takes. */
const maxDepth = 200;

/** A DICOM Part 10 file, of which every element, item and fragment ends inside of what holds it. */
export class Part10File {
  readonly #elements: DataSet;
  readonly #littleEndian: boolean;
  readonly transferSyntax: string;

  /**
   * @throws {RefusedFile} where the file is no DICOM, says nothing of its transfer syntax, or ends too early at any
   * depth and in any encoding.
   */
  constructor(bytes: Uint8Array) {
    if (latin1(bytes.subarray(preambleLength, preambleLength + 4)) !== 'DICM') {
      throw new RefusedFile('DICOM attributes does not exist');
    }
    const reader = new Reader(bytes, preambleLength + 4);
    const meta = reader.meta();
    this.transferSyntax = trimmed(meta.get(tags.transferSyntax));
    if (!this.transferSyntax) throw new RefusedFile('DICOM attribute TransferSyntaxUID does not exist');
    const encoding = encodings.get(this.transferSyntax) ?? explicitLittleEndian;
    this.#littleEndian = encoding.littleEndian;
    const dataSet = deflated.has(this.transferSyntax) ? new Reader(inflated(reader.rest())) : reader;
    this.#elements = dataSet.dataSet(encoding);
  }

  element(tag: number): Element | undefined {
    return this.#elements.get(tag);
  }

  /** A value as it stands, byte by byte, without the spaces around it; empty where there is none. */
  text(tag: number): string {
    return trimmed(this.element(tag));
  }

  /** The first value of a representation of integers of so many bytes; undefined where there is none. */
  integer(tag: number, size: 2 | 4 = 2): number | undefined {
    return this.integers(tag, size)[0];
  }

  /** The values of an element of integers of so many bytes. */
  integers(tag: number, size: 2 | 4 | 8): number[] {
    return integersOf(this.element(tag)?.bytes ?? new Uint8Array(), size, this.#littleEndian);
  }
}

/** Integers of so many bytes without a sign. */
export function integersOf(bytes: Uint8Array, size: 2 | 4 | 8, littleEndian = true): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    if (size === 2) return view.getUint16(index * 2, littleEndian);
    if (size === 4) return view.getUint32(index * 4, littleEndian);
    return Number(view.getBigUint64(index * 8, littleEndian));
  });
}

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const trimmed = (element: Element | undefined): string =>
  element ? latin1(element.bytes).replace(/^[\0 ]+|[\0 ]+$/g, '') : '';

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maxInflated });
  } catch {
    throw malformed();
  }
}

/** Reads from the front to the back. Each `end` is that of the file or of the nearest item or sequence with a length. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  /** The file meta information: its elements tell where it ends, not its group length, which some writers get wrong. */
  meta(): DataSet {
    const elements = new Map<number, Element>();
    const end = this.#bytes.length;
    while (this.#at < end && (this.#at + 1 === end || this.#view.getUint16(this.#at, true) === 2)) {
      const tag = this.#tag(end, true);
      elements.set(tag, this.#element(tag, end, explicitLittleEndian, 0));
    }
    return elements;
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  dataSet(encoding: Encoding): DataSet {
    return this.#dataSet(this.#bytes.length, encoding, 0, false);
  }

  #dataSet(end: number, encoding: Encoding, depth: number, delimited: boolean): DataSet {
    if (depth > maxDepth) throw malformed();
    const elements = new Map<number, Element>();
    while (delimited || this.#at < end) {
      const tag = this.#tag(end, encoding.littleEndian);
      if (delimited && tag === tags.endOfItem) {
        this.#uint32(end, encoding.littleEndian);
        break;
      }
      elements.set(tag, this.#element(tag, end, encoding, depth));
    }
    return elements;
  }

  #element(tag: number, end: number, encoding: Encoding, depth: number): Element {
    // Items and delimiters where none can be, and groups that no data set has: zeros behind one are none.
    if (tag >= tags.item || tag < tags.firstOfFile) throw malformed();
    const vr = encoding.explicit ? this.#vr(end) : vrOf(tag);
    const length = this.#length(vr, end, encoding);
    if (length !== undefinedLength && vr !== 'SQ') return { bytes: this.#take(length, end) };
    if (length !== undefinedLength) {
      this.#items(this.#within(length, end), encoding, depth, false);
    } else if (tag === tags.pixelData || vr === 'OB' || vr === 'OW') {
      return { bytes: new Uint8Array(), fragments: this.#fragments(end, encoding) };
    } else if (vr === 'SQ' || !encoding.explicit) {
      this.#items(end, encoding, depth, true);
    } else if (vr === 'UN') {
      // A sequence that its writer took over from a file with implicit VR (PS3.5 section 6.2.2).
      this.#items(end, implicitLittleEndian, depth, true);
    } else {
      throw malformed();
    }
    return { bytes: new Uint8Array() };
  }

  #items(end: number, encoding: Encoding, depth: number, delimited: boolean): void {
    while (delimited || this.#at < end) {
      const tag = this.#tag(end, encoding.littleEndian);
      const length = this.#uint32(end, encoding.littleEndian);
      if (delimited && tag === tags.endOfSequence) return;
      if (tag !== tags.item) throw malformed();
      if (length === undefinedLength) this.#dataSet(end, encoding, depth + 1, true);
      else this.#dataSet(this.#within(length, end), encoding, depth + 1, false);
    }
  }

  #fragments(end: number, { littleEndian }: Encoding): Fragment[] {
    const fragments: Fragment[] = [];
    let first: number | undefined;
    for (;;) {
      const at = this.#at;
      const tag = this.#tag(end, littleEndian);
      const length = this.#uint32(end, littleEndian);
      if (tag === tags.endOfSequence) return fragments;
      if (tag !== tags.item) throw malformed();
      if (fragments.length === 1) first = at;
      fragments.push({ offset: at - (first ?? at), bytes: this.#take(length, end) });
    }
  }

  #tag(end: number, littleEndian: boolean): number {
    const group = this.#uint16(end, littleEndian);
    return group * 0x10000 + this.#uint16(end, littleEndian);
  }

  #vr(end: number): string {
    const vr = latin1(this.#take(2, end));
    if (!/^[A-Z]{2}$/.test(vr)) throw malformed();
    return vr;
  }

  #length(vr: string | undefined, end: number, { explicit, littleEndian }: Encoding): number {
    if (!explicit) return this.#uint32(end, littleEndian);
    if (shortLength.has(vr ?? '')) return this.#uint16(end, littleEndian);
    this.#take(2, end);
    return this.#uint32(end, littleEndian);
  }

  #uint16(end: number, littleEndian: boolean): number {
    const at = this.#at;
    this.#at = this.#within(2, end);
    return this.#view.getUint16(at, littleEndian);
  }

  #uint32(end: number, littleEndian: boolean): number {
    const at = this.#at;
    this.#at = this.#within(4, end);
    return this.#view.getUint32(at, littleEndian);
  }

  #take(length: number, end: number): Uint8Array {
    const at = this.#at;
    this.#at = this.#within(length, end);
    return this.#bytes.subarray(at, this.#at);
  }

  /** Where so many bytes from here end. @throws {RefusedFile} where that is not before `end` or at it. */
  #within(length: number, end: number): number {
    if (this.#at + length > end) throw malformed();
    return this.#at + length;
  }
}

/** The value representation by the dictionary of the standard: what implicit VR leaves out. */
function vrOf(tag: number): string | undefined {
  const hex = tag.toString(16).toUpperCase().padStart(8, '0');
  return dcmjs.data.DicomMetaDictionary.dictionary[`(${hex.slice(0, 4)},${hex.slice(4)})`]?.vr;
}
