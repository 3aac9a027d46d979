import dcmjs from 'dcmjs';
import dicomParser, { type Element as Parsed } from 'dicom-parser';
import { malformed } from './refused-file.ts';

// dicom-parser reads. What it does not know or check is here: docs/adr/0016-corrections-around-dicom-parser.md.

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

/** Value representations that dicom-parser knows. All others have a length of 32 bits (PS3.5 7.1.2), as UN has. */
const known = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OW PN SH SL SQ SS ST TM UC UI UL UR US UT'.split(' '),
);
const pixelData = 'x7fe00010';

/** What dicom-parser reads from. Nothing is read behind the end of the bytes, and all value representations are known. */
export class DicomStream extends dicomParser.ByteStream {
  constructor(bytes: Uint8Array, position: number) {
    super(dicomParser.littleEndianByteArrayParser, bytes, 0);
    this.position = position;
  }

  override seek = (offset: number): void => {
    this.position += offset;
    if (this.position > this.byteArray.length) throw malformed();
  };

  /** Reads a value representation. A delimiter has none: where it would be, there are two zeros of its length. */
  override readFixedString = (length: number): string => {
    const vr = dicomParser.readFixedString(this.byteArray, this.position, length);
    this.seek(length);
    if (!/^([A-Z]{2})?$/.test(vr)) throw malformed();
    if (vr === '' || known.has(vr)) return vr;
    this.#readImplicitSequence(this.peek(-6), 2);
    return 'UN';
  };

  /** The value representation by the dictionary of the standard: what implicit VR leaves out. The length comes next. */
  readonly #vrOf = (tag: string): string => {
    this.#readImplicitSequence(tag, 0);
    const hex = tag.toUpperCase();
    return dcmjs.data.DicomMetaDictionary.dictionary[`(${hex.slice(1, 5)},${hex.slice(5)})`]?.vr ?? 'UN';
  };

  /** The four bytes at so many bytes from here, written as a tag: `x7fe00010`. */
  peek(offset = 0): string {
    const { position } = this;
    this.position += offset;
    const tag = dicomParser.readTag(this);
    this.position = position;
    return tag;
  }

  /**
   * The elements by tag, from here to the end, or as long as there are more of them.
   * @throws where one of them, or an item or a fragment in it, does not end inside of what it is in.
   */
  elements(explicit: boolean, more = () => true): Map<string, Element> {
    const elements = new Map<string, Element>();
    const end = this.byteArray.length;
    while (this.position < end && more()) {
      // Of pixel data, dicom-parser reads no more than tag, representation and length.
      const element = explicit
        ? dicomParser.readDicomElementExplicit(this, this.warnings, pixelData)
        : dicomParser.readDicomElementImplicit(this, pixelData, this.#vrOf);
      const { tag, dataOffset, length, items, hadUndefinedLength } = element;
      let fragments: Fragment[] | undefined;
      if (tag !== pixelData) this.#hold(element, end);
      else if (hadUndefinedLength) fragments = this.#fragments();
      else this.seek(length);
      const valueLength = items || fragments ? 0 : length;
      elements.set(tag, {
        bytes: this.byteArray.subarray(dataOffset, dataOffset + valueLength),
        fragments,
      });
    }
    // dicom-parser warns of nothing but ends that are missing.
    if (this.warnings.length > 0) throw malformed();
    return elements;
  }

  /** dicom-parser's own function does not go on behind a table that is missing or holds half an offset. */
  #fragments(): Fragment[] {
    const items: Pick<Parsed, 'dataOffset' | 'length'>[] = [];
    while (this.peek() !== 'xfffee0dd') {
      const item = dicomParser.readSequenceItem(this);
      this.seek(item.length);
      items.push(item);
    }
    this.seek(8);
    const begin = items[1]?.dataOffset ?? 0;
    return items.map(({ dataOffset, length }) => ({
      offset: dataOffset - begin,
      bytes: this.byteArray.subarray(dataOffset, dataOffset + length),
    }));
  }

  /**
   * Reads a sequence with implicit VR if its length, which is so many bytes from here, is undefined. dicom-parser would
   * forget the items of a private creator, and read those behind UN as big endian where the rest of the file is.
   */
  #readImplicitSequence(tag: string, lengthAt: number): void {
    if (tag === pixelData || this.peek(lengthAt) !== 'xffffffff') return;
    const dataOffset = this.position + lengthAt + 4;
    const stream = new DicomStream(this.byteArray, dataOffset);
    const sequence: Parsed = { tag, dataOffset, length: 0xffffffff, hadUndefinedLength: true };
    dicomParser.readSequenceItemsImplicit(stream, sequence, stream.#vrOf);
    this.#hold(sequence, this.byteArray.length);
    // dicom-parser then takes the length of the delimiter, which is zero, for that of the element.
    if (stream.warnings.length > 0 || stream.peek(-4) !== 'x00000000') throw malformed();
    this.position += stream.position - dataOffset;
  }

  #hold({ tag, vr, dataOffset, length, items, fragments, hadUndefinedLength }: Parsed, end: number): void {
    // Items and delimiters where none can be, and groups that no data set has: zeros behind one are none.
    if (tag < 'x00020000' || tag >= 'xfffee000' || vr === '') throw malformed();
    if (hadUndefinedLength && !items && !fragments) throw malformed();
    if (dataOffset + length > end) throw malformed();
    // dicom-parser takes each tag that is not an item for the end of the fragments.
    const last = dataOffset + length - 8 - this.position;
    if (fragments && this.peek(last) !== 'xfffee0dd') throw malformed();
    for (const item of items ?? []) {
      const endOfItem = item.dataOffset + item.length;
      if (endOfItem > dataOffset + length) throw malformed();
      for (const element of Object.values(item.dataSet?.elements ?? {})) {
        const isDelimiter = element.tag === 'xfffee00d' && item.hadUndefinedLength;
        if (!isDelimiter) this.#hold(element, endOfItem);
      }
    }
  }
}
