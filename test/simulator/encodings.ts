import fc from 'fast-check';
import { readInstance } from '../../simulator/dicom.ts';
import { RefusedFile } from '../../simulator/refused-file.ts';
import { fuzz } from '../support/fuzz.ts';
import {
  BIG_ENDIAN,
  DEFLATED,
  EXPLICIT,
  fileOf,
  type GivenElement,
  IMPLICIT,
  identity,
  image,
  JPEG_2000,
  pixels,
  type Syntax,
} from './given-files.ts';

/** What comes of a file: the reason for its refusal, or the codes of its warnings. */
export function consequence(bytes: Uint8Array): string {
  try {
    return readInstance(bytes)
      .warnings.map((warning) => warning.warning_reason_code)
      .join();
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    return error.message;
  }
}

export const nested: GivenElement = {
  tag: 0x00081140,
  vr: 'SQ',
  value: {
    items: [
      [
        { tag: 0x00081150, vr: 'UI', value: '1.2' },
        { tag: 0x0040a170, vr: 'SQ', value: { items: [[{ tag: 0x00080100, vr: 'SH', value: 'A1' }], []] } },
      ],
      [],
    ],
  },
};
const described = [
  ...identity.slice(0, 2),
  { tag: 0x00080060, vr: 'CS', value: 'OT' },
  nested,
  { tag: 0x00091001, vr: 'UN', value: Buffer.from([1, 2, 3, 4]) },
  ...identity.slice(2),
  ...image(),
];
export const native = [...described, pixels(Buffer.alloc(16, 7))];
const frame = Buffer.from('ff4fff5100000001', 'hex');
/** Pixel data in fragments, behind a table or none. */
export const inFragments = (table: Uint8Array, ...before: GivenElement[]) => [
  ...described,
  ...before,
  pixels({ fragments: [table, frame] }),
];

export const delimited = { delimited: true } as const;
export const encodings: [name: string, elements: readonly GivenElement[], syntax: Syntax][] = [
  ['implicit VR', native, IMPLICIT],
  ['implicit VR, delimited', native, { ...IMPLICIT, ...delimited }],
  ['explicit VR', native, EXPLICIT],
  ['explicit VR, delimited', native, { ...EXPLICIT, ...delimited }],
  ['big endian', native, BIG_ENDIAN],
  ['big endian, delimited', native, { ...BIG_ENDIAN, ...delimited }],
  ['fragments without a table', inFragments(Buffer.alloc(0)), JPEG_2000],
  ['fragments behind a table', inFragments(Buffer.alloc(4)), { ...JPEG_2000, ...delimited }],
  [
    'fragments with an extended table',
    inFragments(
      Buffer.alloc(0),
      { tag: 0x7fe00001, vr: 'OV', value: [0] },
      { tag: 0x7fe00002, vr: 'OV', value: [frame.length] },
    ),
    JPEG_2000,
  ],
];

/**
 * Reads so many files in which bytes were changed, and prints the seed.
 * @throws where one is neither an instance nor refused, with what repeats it.
 */
export async function changeBytes(numRuns: number): Promise<void> {
  const files = [...encodings, ['deflated', native, DEFLATED] as const].map(([, elements, syntax]) =>
    fileOf(elements, syntax),
  );
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 2, 0x7f, 0xe0, 0xfe, 0xff), fc.nat(255))),
    { minLength: 1 },
  );
  await fuzz(
    'files with changed bytes',
    fc.property(fc.constantFrom(...files), changes, (file, changed) => {
      const bytes = Uint8Array.from(file);
      for (const [at, byte] of changed) bytes[132 + (at % (bytes.length - 132))] = byte;
      consequence(bytes);
    }),
    numRuns,
  );
}
