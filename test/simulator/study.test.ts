import dicomParser from 'dicom-parser';
import { expect, test } from 'vitest';
import { writeStudy } from '../../simulator/index.ts';

test('a study is the same for the same seed and shares no UID with that of another', () => {
  expect(writeStudy({ seed: 5 })).toEqual(writeStudy({ seed: 5 }));
  const uids = (seed: number) =>
    writeStudy({ seed, withBrokenFiles: false }).flatMap(({ bytes }) => {
      const dataset = dicomParser.parseDicom(bytes);
      return ['x00080018', 'x0020000d', 'x0020000e'].map((tag) => dataset.string(tag));
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
  const dataset = dicomParser.parseDicom(files[3]?.bytes as Uint8Array);
  expect(dataset.string('x00100020')).toBe('X');
  expect(dataset.elements.x7fe00010).toMatchObject({ vr: 'OW', length: 8 * 8 * 2 });
  for (const { bytes } of files) {
    for (const tag of ['x00080018', 'x0020000d', 'x0020000e']) {
      expect(dicomParser.parseDicom(bytes).string(tag)).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    }
  }
});
