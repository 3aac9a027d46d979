import type { Fragment } from './dicom-stream.ts';
import { integersOf, type Part10File } from './part10.ts';
import { supportedTransferSyntaxes } from './transfer-syntaxes.ts';

/** A line's `warnings` member in warning.ndjson (docs/healthimaging.md#7-lines-and-warnings: mixed spelling is AWS's). */
export interface ImportWarning {
  warning_reason_code: number;
  type: string;
  message: string;
}

// Codes and their meanings are documented. Only 45330's type and words are documented as they stand in the file; the
// others follow its pattern, and which faults have which code is the simulator's reading of the table.
const transcoding: ImportWarning = {
  warning_reason_code: 45312,
  type: 'TranscodingException',
  message: 'The file was imported but its pixel data cannot be transcoded, and are stored as they are.',
};
const framesExtraction: ImportWarning = {
  warning_reason_code: 45328,
  type: 'FramesExtractionFailure',
  message: 'The file was imported but its pixel data cannot be divided into frames by its metadata.',
};
const frameNumber: ImportWarning = {
  warning_reason_code: 45329,
  type: 'FrameNumberMismatch',
  message: 'The file was imported but its pixel data have another number of frames than its metadata.',
};
const offsetTable: ImportWarning = {
  warning_reason_code: 45330,
  type: 'InvalidOffsetTable',
  message:
    'The file was imported but contains an invalid offset table, may see issues when retrieving certain frames.',
};

const tags = {
  samplesPerPixel: 0x00280002,
  photometricInterpretation: 0x00280004,
  numberOfFrames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  pixelDataProvider: 0x00287fe0,
  extendedOffsets: 0x7fe00001,
  extendedLengths: 0x7fe00002,
};
/** Pixel data of integers, floats and doubles, and their bits where Bits Allocated does not say them. */
const pixelTags: readonly [tag: number, bits?: number][] = [[0x7fe00010], [0x7fe00008, 32], [0x7fe00009, 64]];
/** Syntaxes without fragments: implicit and explicit VR, deflated, and GE's own. */
const native = /^1\.2\.840\.(10008\.1\.2(\.1|\.1\.99|\.2)?|113619\.5\.2)$/;

/** How the data of a frame begin. MPEG has no entry: its frames are in one stream. */
const codestreams: readonly [syntax: RegExp, begins: (data: Uint8Array) => boolean][] = [
  [/\.4\.(50|51|57|70|80|81)$/, ([first, second]) => first === 0xff && second === 0xd8],
  [/\.4\.(90|91|92|93|201|202|203)$/, beginsJpeg2000],
  [/\.1\.2\.5$/, beginsRle],
];
const video = /\.4\.10[0-8](\.1)?$/;

/** What an import warns of in the pixel data of a file that is otherwise whole. */
export function pixelDataWarnings(file: Part10File): ImportWarning[] {
  const [tag, bits] = pixelTags.find(([each]) => file.element(each)) ?? [];
  const pixels = tag && file.element(tag);
  if (!pixels) return describesPixels(file) ? [framesExtraction] : [];
  const { fragments, bytes } = pixels;
  const isNative = native.test(file.transferSyntax);
  const known = isNative || supportedTransferSyntaxes.has(file.transferSyntax);
  if (known && isNative !== (fragments === undefined)) return [framesExtraction];
  return fragments ? encapsulated(file, fragments) : unpacked(file, bytes.length, bits);
}

/** A file that was cut off before its pixels still describes them. Those of JPIP are elsewhere. */
function describesPixels(file: Part10File): boolean {
  const { samplesPerPixel, photometricInterpretation, rows, columns, bitsAllocated } = tags;
  const description = [samplesPerPixel, photometricInterpretation, rows, columns, bitsAllocated];
  return description.some((tag) => file.element(tag)) && !file.element(tags.pixelDataProvider);
}

/** NaN where it is no number of frames. */
function framesOf(file: Part10File): number {
  const text = file.text(tags.numberOfFrames);
  return text === '' ? 1 : /^\+?0*[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
}

function unpacked(
  file: Part10File,
  length: number,
  bits = file.integer(tags.bitsAllocated) ?? 0,
): ImportWarning[] {
  const frames = framesOf(file);
  const pixels = (file.integer(tags.rows) ?? 0) * (file.integer(tags.columns) ?? 0);
  const samples = (file.integer(tags.samplesPerPixel) ?? 1) * shareOfSamples(file);
  const bitsOfFrame = pixels * samples * bits;
  const needed = Math.ceil((bitsOfFrame * frames) / 8);
  if (!(needed > 0)) return [framesExtraction];
  // One byte makes the length even.
  if (length === needed || length === needed + (needed % 2)) return [];
  const held = Math.floor((length * 8) / bitsOfFrame);
  // What is behind the frames is not read; a single frame need not be counted.
  if (held === frames || (held > frames && file.text(tags.numberOfFrames) === '')) return [];
  const rest = length - Math.ceil((held * bitsOfFrame) / 8);
  return [held > frames || (held > 0 && rest <= 1) ? frameNumber : framesExtraction];
}

/** Two pixels, or four, share their samples of color. */
function shareOfSamples(file: Part10File): number {
  const photometric = file.text(tags.photometricInterpretation);
  return photometric.endsWith('_422') ? 2 / 3 : photometric.endsWith('_420') ? 1 / 2 : 1;
}

function encapsulated(file: Part10File, [table, ...fragments]: readonly Fragment[]): ImportWarning[] {
  const frames = framesOf(file);
  const described = file.integer(tags.rows) && file.integer(tags.columns) && frames > 0;
  if (!table || !described || fragments.length === 0) return [framesExtraction];
  const offsets = offsetsOf(file, table);
  const valid = areValid(file, table, fragments, offsets);
  const warnings = valid ? [] : [offsetTable];
  if (video.test(file.transferSyntax)) return warnings;

  const tabled = valid && offsets.length > 0;
  const [, begins] = codestreams.find(([syntax]) => syntax.test(file.transferSyntax)) ?? [];
  const starts = new Set(tabled ? offsets : [0]);
  const firsts = fragments.filter(({ offset }) => starts.has(offset));
  if (begins && !firsts.every(({ bytes }) => begins(bytes))) return [...warnings, transcoding];
  // Without a table each fragment is a frame, or goes on with the frame before it.
  const begun = fragments.filter(({ bytes }) => begins?.(bytes) ?? true).length;
  const agrees = tabled ? offsets.length === frames : begins ? begun === frames : begun >= frames;
  return agrees ? warnings : [...warnings, frameNumber];
}

/** Where the frames begin; empty where no table says it (PS3.3 section C.7.6.3.1.8, PS3.5 section A.4). */
function offsetsOf(file: Part10File, table: Fragment): number[] {
  return file.element(tags.extendedOffsets)
    ? file.integers(tags.extendedOffsets, 8)
    : integersOf(table.bytes, 4);
}

function areValid(
  file: Part10File,
  table: Fragment,
  fragments: readonly Fragment[],
  offsets: readonly number[],
): boolean {
  const lengths = new Map(fragments.map(({ offset, bytes }) => [offset, bytes.length]));
  const meet = offsets.every(
    (offset, index) =>
      lengths.has(offset) && (index === 0 ? offset === 0 : offset > (offsets[index - 1] ?? 0)),
  );
  const extended = file.element(tags.extendedOffsets);
  if (!extended) return meet && table.bytes.length % 4 === 0;
  const says = file.integers(tags.extendedLengths, 8);
  return (
    meet &&
    table.bytes.length === 0 &&
    extended.bytes.length % 8 === 0 &&
    says.length === offsets.length &&
    // A fragment has one byte more than its frame where that makes its length even.
    offsets.every((offset, index) => [0, 1].includes((lengths.get(offset) ?? 0) - (says[index] ?? 0)))
  );
}

/** Bare, as it should be, or in a JP2 file, which decoders take. */
function beginsJpeg2000(data: Uint8Array): boolean {
  const begin = Buffer.from(data.subarray(0, 8)).toString('hex');
  return begin.startsWith('ff4f') || begin === '0000000c6a502020';
}

/** The header: the number of segments, and where each of them begins (PS3.5 section G.5). */
function beginsRle(data: Uint8Array): boolean {
  const [segments = 0, ...offsets] = integersOf(data.subarray(0, 64), 4);
  const used = offsets.slice(0, segments);
  return (
    offsets.length === 15 &&
    segments >= 1 &&
    segments <= 15 &&
    used.every((offset, index) => (index === 0 ? offset === 64 : offset > (used[index - 1] ?? 0))) &&
    (used.at(-1) ?? 0) < data.length
  );
}
