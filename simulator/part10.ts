import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { DicomStream, type Element } from './dicom-stream.ts';
import { malformed, RefusedFile } from './refused-file.ts';

/** All other syntaxes are explicit VR little endian (PS3.5 section 10). The second implicit one is GE's own. */
const implicit = new Set(['1.2.840.10008.1.2', '1.2.840.113619.5.2']);
const bigEndian = '1.2.840.10008.1.2.2';
/** Syntaxes whose data set is deflated as a whole: the second and third are those of JPIP. */
const deflated = new Set(['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.95', '1.2.840.10008.1.2.4.205']);
/** So large a data set may become when it is inflated, in bytes: the simulator holds files in memory. */
const maxInflated = 2 ** 30;
const prefix = { begin: 128, end: 132 };

/** A DICOM Part 10 file, of which every element, item and fragment ends inside of what holds it. */
export class Part10File {
  readonly #elements: ReadonlyMap<string, Element>;
  readonly #littleEndian: boolean;
  readonly transferSyntax: string;

  /**
   * @throws {RefusedFile} where the file is no DICOM, says nothing of its transfer syntax, or ends too early at any
   * depth and in any encoding.
   */
  constructor(bytes: Uint8Array) {
    if (latin1(bytes.subarray(prefix.begin, prefix.end)) !== 'DICM') {
      throw new RefusedFile('DICOM attributes does not exist');
    }
    try {
      const stream = new DicomStream(bytes, prefix.end);
      // Its elements tell where the file meta information ends, not its group length, which some writers get wrong.
      const meta = stream.elements(true, () => stream.peek().startsWith('x0002'));
      this.transferSyntax = trimmed(meta.get('x00020010'));
      if (!this.transferSyntax) throw new RefusedFile('DICOM attribute TransferSyntaxUID does not exist');
      this.#littleEndian = this.transferSyntax !== bigEndian;
      const dataSet = deflated.has(this.transferSyntax) ? inflated(bytes, stream.position) : stream;
      if (!this.#littleEndian) dataSet.byteArrayParser = dicomParser.bigEndianByteArrayParser;
      this.#elements = dataSet.elements(!implicit.has(this.transferSyntax));
    } catch (error) {
      // dicom-parser throws texts, zlib errors of its own.
      throw error instanceof RefusedFile ? error : malformed();
    }
  }

  /** Tags are numbers: 0x00080018 is (0008,0018). */
  element(tag: number): Element | undefined {
    return this.#elements.get(`x${tag.toString(16).padStart(8, '0')}`);
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
  const read = { 2: view.getUint16, 4: view.getUint32, 8: view.getBigUint64 }[size].bind(view);
  const count = Math.floor(bytes.length / size);
  return Array.from({ length: count }, (_, index) => Number(read(index * size, littleEndian)));
}

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const trimmed = (element: Element | undefined): string =>
  element ? latin1(element.bytes).replace(/^[\0 ]+|[\0 ]+$/g, '') : '';

function inflated(bytes: Uint8Array, from: number): DicomStream {
  const rest = inflateRawSync(bytes.subarray(from), { maxOutputLength: maxInflated });
  return new DicomStream(Buffer.concat([bytes.subarray(0, from), rest]), from);
}
