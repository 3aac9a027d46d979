import { describe, expect, test } from 'vitest';
import { readInstance } from '../../simulator/dicom.ts';
import {
  EXPLICIT,
  fileOf,
  type GivenElement,
  IMPLICIT,
  identity,
  image,
  JPEG,
  JPEG_2000,
  pixels,
  RLE,
  type Syntax,
} from './given-files.ts';

const TRANSCODING = 45312;
const FRAMES_EXTRACTION = 45328;
const FRAME_NUMBER = 45329;
const OFFSET_TABLE = 45330;

/** The codes of the warnings of a file with these elements beside those that every file has. */
const codes = (elements: readonly GivenElement[], syntax: Syntax = EXPLICIT) =>
  readInstance(fileOf([...identity, ...elements], syntax)).warnings.map(
    (warning) => warning.warning_reason_code,
  );

const us = (tag: number, value: number): GivenElement => ({ tag, vr: 'US', value: [value] });
/** The description of an image with other values in place of some. */
const described = (frames: string | undefined, ...changed: GivenElement[]) => [
  ...image(frames).filter(({ tag }) => !changed.some((element) => element.tag === tag)),
  ...changed,
];
const size = (rows: number, columns: number, samples: number, bits: number) => [
  us(0x00280002, samples),
  us(0x00280010, rows),
  us(0x00280011, columns),
  us(0x00280100, bits),
];
const bytes = (length: number) => Buffer.alloc(length, 1);

describe('pixel data without fragments', () => {
  const ybr = { tag: 0x00280004, vr: 'CS', value: 'YBR_FULL_422' };
  test.each<[string, GivenElement[], number, number[]]>([
    ['one frame', described(undefined), 16, []],
    ['two frames', described('2'), 32, []],
    ['more behind a frame that nobody counts', described(undefined), 1024, []],
    ['a rest behind the frames', described('2'), 40, []],
    ['an odd length, and a byte that makes it even', described('1', ...size(3, 3, 3, 8)), 28, []],
    ['frames that end within a byte', described('2', ...size(3, 3, 1, 1)), 4, []],
    ['two pixels to a sample of color', described('1', ybr, ...size(4, 4, 3, 8)), 32, []],
    ['a frame less', described('2'), 16, [FRAME_NUMBER]],
    ['a frame more', described('2'), 48, [FRAME_NUMBER]],
    ['half a frame', described(undefined), 8, [FRAMES_EXTRACTION]],
    ['a frame and a half', described('2'), 24, [FRAMES_EXTRACTION]],
    ['nothing', described(undefined), 0, [FRAMES_EXTRACTION]],
    ['a number of frames that is none', described('1A'), 16, [FRAMES_EXTRACTION]],
    ['no frames', described('0'), 16, [FRAMES_EXTRACTION]],
    ['no bits', described('1', us(0x00280100, 0)), 16, [FRAMES_EXTRACTION]],
    ['no rows', image().filter(({ tag }) => tag !== 0x00280010), 16, [FRAMES_EXTRACTION]],
  ])('of %s', (_, description, length, expected) => {
    for (const syntax of [EXPLICIT, IMPLICIT]) {
      expect(codes([...description, pixels(bytes(length))], syntax)).toEqual(expected);
    }
  });

  test('can be floats and doubles, whose bits nobody says', () => {
    const undescribed = image().filter(({ tag }) => tag !== 0x00280100);
    const found = (tag: number, vr: string, length: number) =>
      codes([...undescribed, { tag, vr, value: bytes(length) }]);
    expect([found(0x7fe00008, 'OF', 64), found(0x7fe00009, 'OD', 128)]).toEqual([[], []]);
    expect(found(0x7fe00009, 'OD', 64)).toEqual([FRAMES_EXTRACTION]);
  });

  test('that are described and not there are missing, if they are not elsewhere', () => {
    expect(codes(image())).toEqual([FRAMES_EXTRACTION]);
    expect(codes([])).toEqual([]);
    const elsewhere = { tag: 0x00287fe0, vr: 'UR', value: 'https://pixels.example/1' };
    expect(codes([...image(), elsewhere], { uid: '1.2.840.10008.1.2.4.94' })).toEqual([45344]);
  });
});

const jpeg = Buffer.from('ffd8ffe000000000', 'hex');
const j2k = Buffer.from('ff4fff5100000000', 'hex');
const rest = Buffer.from('0102030405060708', 'hex');
const rle = (segments: number, first = 64) => {
  const header = Buffer.alloc(68);
  header.writeUInt32LE(segments);
  for (let index = 0; index < segments && index < 15; index++)
    header.writeUInt32LE(first + index, 4 + 4 * index);
  return header;
};
const table = (...offsets: number[]) => Buffer.from(Uint32Array.from(offsets).buffer);
const none = table();
const fragments = (frames: string | undefined, ...all: Uint8Array[]) => [
  ...image(frames),
  pixels({ fragments: all }),
];

describe('pixel data in fragments', () => {
  test.each<[string, GivenElement[], Syntax, number[]]>([
    ['one frame', fragments(undefined, none, jpeg), JPEG, []],
    ['one frame of two fragments', fragments('1', none, jpeg, rest), JPEG, []],
    ['two frames, of which one has two fragments', fragments('2', none, jpeg, rest, jpeg), JPEG, []],
    ['two frames behind a table', fragments('2', table(0, 32), jpeg, rest, jpeg), JPEG, []],
    ['a JPEG 2000 frame', fragments('1', none, j2k), JPEG_2000, []],
    [
      'a JPEG 2000 frame in a file of its own',
      fragments('1', none, Buffer.from('0000000c6a502020', 'hex')),
      JPEG_2000,
      [],
    ],
    ['two RLE frames', fragments('2', none, rle(1), rle(3)), RLE, []],
    ['a video', fragments('500', none, rest), { uid: '1.2.840.10008.1.2.4.102' }, []],
    ['no fragment', fragments('1', none), JPEG, [FRAMES_EXTRACTION]],
    ['not even a table', fragments('1'), JPEG, [FRAMES_EXTRACTION]],
    ['a syntax without fragments', fragments('1', none, jpeg), EXPLICIT, [FRAMES_EXTRACTION]],
    ['implicit VR, which has no fragments', fragments('1', none, rest), IMPLICIT, [FRAMES_EXTRACTION]],
    ['bytes that are no JPEG', fragments('1', none, rest), JPEG, [TRANSCODING]],
    ['JPEG that is declared JPEG 2000', fragments('1', none, jpeg), JPEG_2000, [TRANSCODING]],
    ['a second frame that is no JPEG', fragments('2', table(0, 16), jpeg, rest), JPEG, [TRANSCODING]],
    ['RLE with too many segments', fragments('1', none, rle(16)), RLE, [TRANSCODING]],
    ['RLE that begins in its header', fragments('1', none, rle(2, 60)), RLE, [TRANSCODING]],
    ['RLE that begins behind its end', fragments('1', none, rle(5)), RLE, [TRANSCODING]],
    ['a frame less', fragments('3', none, jpeg, jpeg), JPEG, [FRAME_NUMBER]],
    ['a frame more', fragments('1', none, jpeg, jpeg), JPEG, [FRAME_NUMBER]],
    ['a frame less by the table', fragments('2', table(0), jpeg, jpeg), JPEG, [FRAME_NUMBER]],
    ['an offset between fragments', fragments('2', table(0, 15), jpeg, jpeg), JPEG, [OFFSET_TABLE]],
    ['a table that does not begin', fragments('1', table(16), jpeg, rest), JPEG, [OFFSET_TABLE]],
    ['a table that goes back', fragments('2', table(0, 0), jpeg, jpeg), JPEG, [OFFSET_TABLE]],
    ['half an offset', fragments('1', Buffer.alloc(6), jpeg), JPEG, [OFFSET_TABLE]],
    [
      'a bad table and too few frames',
      fragments('3', table(5), jpeg, jpeg),
      JPEG,
      [OFFSET_TABLE, FRAME_NUMBER],
    ],
  ])('of %s', (_, elements, syntax, expected) => {
    expect(codes(elements, syntax)).toEqual(expected);
  });

  test('are missing where a syntax wants them', () => {
    expect(codes([...image(), pixels(bytes(16))], JPEG)).toEqual([FRAMES_EXTRACTION]);
  });

  const odd = Buffer.from('ffd8ffe0000000', 'hex');
  const ov = (tag: number, ...value: number[]): GivenElement => ({ tag, vr: 'OV', value });
  const extended = (offsets: number[], lengths: number[] | undefined, basic = none) => [
    ...image('2'),
    ov(0x7fe00001, ...offsets),
    ...(lengths ? [ov(0x7fe00002, ...lengths)] : []),
    pixels({ fragments: [basic, jpeg, odd] }),
  ];
  test.each<[string, GivenElement[], number[]]>([
    ['fits', extended([0, 16], [8, 7]), []],
    ['points nowhere', extended([0, 17], [8, 7]), [OFFSET_TABLE]],
    ['has other lengths than the fragments', extended([0, 16], [8, 6]), [OFFSET_TABLE]],
    ['has fewer lengths than offsets', extended([0, 16], [8]), [OFFSET_TABLE]],
    ['has no lengths', extended([0, 16], undefined), [OFFSET_TABLE]],
    ['stands beside a basic one', extended([0, 16], [8, 7], table(0, 16)), [OFFSET_TABLE]],
    ['has a frame less', extended([0], [8]), [FRAME_NUMBER]],
  ])('with an extended table that %s', (_, elements, expected) => {
    expect(codes(elements, JPEG)).toEqual(expected);
  });
});
