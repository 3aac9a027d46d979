import { expect, test } from 'vitest';
import { writeStudy } from '../../simulator/index.ts';
import { Part10File } from '../../simulator/part10.ts';

const uidTags = [0x00080018, 0x0020000d, 0x0020000e];

test('a study is the same for the same seed and shares no UID with that of another', () => {
  expect(writeStudy({ seed: 5 })).toEqual(writeStudy({ seed: 5 }));
  const uids = (seed: number) =>
    writeStudy({ seed, withBrokenFiles: false }).flatMap(({ bytes }) => {
      const file = new Part10File(bytes);
      return uidTags.map((tag) => file.text(tag));
    });
  expect(new Set([...uids(1), ...uids(2)]).size).toBe(2 * (5 + 1 + 2));
});

test('a study has the series asked for, and pixels', () => {
  const files = writeStudy({ instancesPerSeries: [1, 1, 2], patientID: 'X', withBrokenFiles: false });
  expect(files.map(({ name }) => name)).toEqual([
    'series-1/image-1.dcm',
    'series-2/image-1.dcm',
    'series-3/image-1.dcm',
    'series-3/image-2.dcm',
  ]);
  const file = new Part10File(files[3]?.bytes as Uint8Array);
  expect(file.text(0x00100020)).toBe('X');
  expect(file.element(0x7fe00010)?.bytes).toHaveLength(8 * 8 * 2);
  for (const { bytes } of files) {
    for (const tag of uidTags) expect(new Part10File(bytes).text(tag)).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
  }
});
