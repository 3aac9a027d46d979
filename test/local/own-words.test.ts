import { expect, test } from 'vitest';
import { ownWords } from '../../local/own-words.ts';

const failure = (message: string) => ({ exceptionType: 'ValidationException', message, count: 1 });

test('words of AWS are not named, and those of the simulator once', () => {
  const documented = [
    'DICOM attributes does not exist',
    'DICOM attribute TransferSyntaxUID does not exist',
    'DICOM attribute SOPClassUID does not exist',
  ].map(failure);
  expect(ownWords({ failures: documented, warnings: [] })).toEqual([]);
  expect(ownWords({})).toEqual([]);
  // As an event has them: masked.
  const long = failure('DICOM attribute PatientName is too long: at most # characters are allowed');
  const cut = failure('DICOM file is truncated or malformed');
  expect(ownWords({ failures: [cut, ...documented, long, cut] })).toEqual(
    [cut, long].map(({ message }) => expect.stringContaining(`"${message}": AWS does not publish`)),
  );
});

test('what a warning stands for is named for each code', () => {
  const warning = { code: 45328, name: 'FRAMES_EXTRACTION_FAILURE', nameIsCertain: true, count: 2 };
  expect(ownWords({ warnings: [{ ...warning, clinicallyImportant: true }] })).toEqual([
    expect.stringMatching(/^45328 FRAMES_EXTRACTION_FAILURE: the code is AWS's/),
  ]);
});
