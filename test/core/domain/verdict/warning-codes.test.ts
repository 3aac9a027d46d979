import { expect, test } from 'vitest';
import { warningMeaning } from '../../../../core/domain/verdict/warning-codes.ts';

// https://docs.aws.amazon.com/healthimaging/latest/devguide/reference-warning-codes.html
test.each([
  [45056, 'COERCION_OF_DATA_ELEMENTS', false],
  [45062, 'ELEMENTS_DISCARDED', false],
  [45063, 'SOP_CLASS_DATA_MISMATCH', false],
  [45312, 'TRANSCODING_EXCEPTION', false],
  [45328, 'FRAMES_EXTRACTION_FAILURE', true],
  [45329, 'FRAME_NUMBER_MISMATCH', true],
  [45330, 'INVALID_OFFSET_TABLE', true],
  [45344, 'UNSUPPORTED_TRANSFER_SYNTAX', false],
])('%d is %s', (code, name, clinicallyImportant) => {
  expect(warningMeaning(code)).toEqual({ name, nameIsCertain: true, clinicallyImportant });
});

test.each([
  [0xb201, 'INVALID_UID_FORMAT', false],
  [45570, 'INVALID_UID_FORMAT or INVALID_DICOM_VALUE_LENGTH', false],
  [0xb202, 'INVALID_UID_FORMAT or INVALID_DICOM_VALUE_LENGTH', false],
  [45571, 'INVALID_DICOM_VALUE_LENGTH', false],
  [47513, 'OTHER', true],
  [0xbfff, 'OTHER', true],
])(
  'of %d, whose decimal and hexadecimal numbers differ, the name is not certain',
  (code, name, important) => {
    expect(warningMeaning(code)).toEqual({ name, nameIsCertain: false, clinicallyImportant: important });
  },
);

test('another code has no name', () => {
  expect(warningMeaning(1)).toEqual({ name: 'UNKNOWN', nameIsCertain: false, clinicallyImportant: false });
});
