import { describe, expect, test } from 'vitest';
import { MAX_MESSAGE_LENGTH, maskMessage, truncate } from '../../../../core/domain/verdict/mask.ts';

describe('a message', () => {
  test.each([
    ['DICOM attribute SOPClassUID does not exist', 'DICOM attribute SOPClassUID does not exist'],
    ['UID 1.2.840.10008.5.1.4 is invalid', 'UID # is invalid'],
    ['born 2001-01-09, or 20010109', 'born # or #'],
    ['MRN0012345 and A-77', '# and #'],
    ['file in/DOE/a.dcm is empty', 'file # is empty'],
    ['C:\\scans\\doe.dcm', '#'],
    ['PatientName DOE^JOHN is too long', 'PatientName # is too long'],
    ["value 'DOE JOHN' of it", 'value # of it'],
    ['value "DOE JOHN" of it', 'value # of it'],
    ['value `DOE JOHN` of it', 'value # of it'],
    ["values 'DOE' and 'ROE' differ", 'values # differ'],
    ["it doesn't match 'DOE JOHN'", 'it doesn#'],
    ["the name 'O'BRIEN MARY' is long", 'the name # is long'],
    ['the name "O\'BRIEN MARY" is long', 'the name # is long'],
    ["it doesn't exist", "it doesn't exist"],
    ['  two\n lines\t', 'two lines'],
    ['患者 山田^太郎 は', '患者 # は'],
    ['', ''],
  ])('%j becomes %j', (message, masked) => {
    expect(maskMessage(message)).toBe(masked);
  });

  test('is the same for equal reasons', () => {
    expect(maskMessage("File 'a/1.dcm' of study 1.2.3 failed")).toBe(
      maskMessage("File 'b c/22.dcm' of study 9.8.7.6 failed"),
    );
  });

  test('is cut to its longest length, with a sign of it', () => {
    const masked = maskMessage('é'.repeat(2048));
    expect(masked).toBe(`${'é'.repeat(MAX_MESSAGE_LENGTH - 1)}…`);
  });

  test('of a megabyte without a space is cut like any other, without going over it again and again', () => {
    expect(maskMessage('a'.repeat(1_000_000))).toBe(`${'a'.repeat(MAX_MESSAGE_LENGTH - 1)}…`);
  });
});

describe('truncate', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['', 3, ''],
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '😀😀…'],
    ['a😀b', 2, 'a…'],
  ])('%j to %d is %j', (text, length, cut) => {
    expect(truncate(text, length)).toBe(cut);
  });

  test('never leaves half of a surrogate pair', () => {
    for (let length = 1; length < 12; length++) {
      expect(truncate('x😀'.repeat(10), length).isWellFormed()).toBe(true);
    }
  });
});
