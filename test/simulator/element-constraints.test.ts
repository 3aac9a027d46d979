import { expect, test } from 'vitest';
import { readInstance } from '../../simulator/dicom.ts';
import { bytesOf, EXPLICIT, fileOf, type GivenElement, IMPLICIT, identity, studyUID } from './given-files.ts';

/** The reason for which a file with this element is refused; empty where it is imported. */
function refusal(tag: number, vr: string, value: GivenElement['value'], characterSet = ''): string {
  const rest = identity.filter((element) => element.tag !== tag);
  const set: GivenElement = { tag: 0x00080005, vr: 'CS', value: characterSet };
  try {
    readInstance(fileOf([set, { tag, vr, value }, ...rest]));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

// The table of AWS: https://docs.aws.amazon.com/healthimaging/latest/devguide/dicom-element-constraints.html
test.each([
  ['PatientName', 0x00100010, 'PN', 256],
  ['PatientID', 0x00100020, 'LO', 256],
  ['PatientBirthDate', 0x00100030, 'DA', 18],
  ['PatientSex', 0x00100040, 'CS', 16],
  ['StudyInstanceUID', 0x0020000d, 'UI', 256],
  ['StudyID', 0x00200010, 'SH', 16],
  ['StudyDescription', 0x00081030, 'LO', 64],
  ['AccessionNumber', 0x00080050, 'SH', 256],
  ['StudyDate', 0x00080020, 'DA', 18],
  ['StudyTime', 0x00080030, 'TM', 28],
])('%s has at most so many characters', (name, tag, vr, most) => {
  // Both kinds of padding are no characters of it: the longest texts are even, what is longer by one is not.
  expect(refusal(tag, vr, '1'.repeat(most))).toBe('');
  expect(refusal(tag, vr, '1'.repeat(most + 1))).toBe(
    `DICOM attribute ${name} is too long: at most ${most} characters are allowed`,
  );
});

test.each([
  ['NumberOfStudyRelatedSeries', 0x00201206, 1_000_000],
  ['NumberOfStudyRelatedInstances', 0x00201208, 10_000],
])('%s is at most so large', (name, tag, most) => {
  const message = `DICOM attribute ${name} is out of range: 0 to ${most} is allowed`;
  const found = (text: string) => refusal(tag, 'IS', text);
  expect([found(''), found('0'), found(String(most)), found(`+${most} `)]).toEqual(['', '', '', '']);
  expect([found(String(most + 1)), found('-1'), found('many'), found('1\\2')]).toEqual(
    Array(4).fill(message),
  );
});

test('an element that is not there, or empty, is within all of them', () => {
  expect(refusal(0x00100010, 'PN', '')).toBe('');
  for (const syntax of [EXPLICIT, IMPLICIT]) {
    expect(readInstance(fileOf(identity, syntax))).toMatchObject({
      studyInstanceUID: studyUID,
      warnings: [],
    });
  }
});

const kanji = (count: number) => `\x1b$B${'\x3b\x33'.repeat(count)}\x1b(B`;
const hanja = (count: number) => `\x1b$)C${'\xfb\xf3'.repeat(count)}`;
test.each<[set: string, text: (count: number) => Uint8Array]>([
  ['', (count) => bytesOf('\xe9'.repeat(count))],
  ['ISO_IR 100', (count) => bytesOf('\xe9'.repeat(count))],
  ['ISO_IR 192', (count) => Buffer.from('名'.repeat(count - 2) + '𠮷'.repeat(2))],
  ['GB18030', (count) => bytesOf('\xc3\xfb'.repeat(count))],
  ['\\ISO 2022 IR 87', (count) => bytesOf(`Yamada${kanji(count - 9)}^==`)],
  ['\\ISO 2022 IR 149', (count) => bytesOf(`Hong=${hanja(count - 5)}`)],
])('characters count, not bytes: %j', (set, text) => {
  const found = (count: number) => refusal(0x00100010, 'PN', text(count), set);
  expect(found(256)).toBe('');
  expect(found(257)).toMatch(/^DICOM attribute PatientName is too long/);
});
