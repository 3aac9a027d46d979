import type { Part10File } from './part10.ts';
import { RefusedFile } from './refused-file.ts';

/** AWS's constraints on DICOM elements: most characters (docs/healthimaging.md#14-dicom-files). */
const longest: readonly [name: string, tag: number, characters: number][] = [
  ['AccessionNumber', 0x00080050, 256],
  ['StudyDate', 0x00080020, 18],
  ['StudyTime', 0x00080030, 28],
  ['StudyDescription', 0x00081030, 64],
  ['PatientName', 0x00100010, 256],
  ['PatientID', 0x00100020, 256],
  ['PatientBirthDate', 0x00100030, 18],
  ['PatientSex', 0x00100040, 16],
  ['StudyInstanceUID', 0x0020000d, 256],
  ['StudyID', 0x00200010, 16],
];
/** The same of numbers: the largest. */
const largest: readonly [name: string, tag: number, number: number][] = [
  ['NumberOfStudyRelatedSeries', 0x00201206, 1_000_000],
  ['NumberOfStudyRelatedInstances', 0x00201208, 10_000],
];
const characterSetTag = 0x00080005;

/**
 * Holds a file against AWS's table of constraints.
 * @throws {RefusedFile} in the simulator's own words: AWS publishes none. They name no value.
 */
export function checkElements(file: Part10File): void {
  for (const [name, tag, most] of longest) {
    if (charactersIn(file.text(tag), file.text(characterSetTag)) > most) {
      throw new RefusedFile(`DICOM attribute ${name} is too long: at most ${most} characters are allowed`);
    }
  }
  for (const [name, tag, most] of largest) {
    const text = file.text(tag);
    if (text !== '' && !(/^[+-]?\d+$/.test(text) && Number(text) >= 0 && Number(text) <= most)) {
      throw new RefusedFile(`DICOM attribute ${name} is out of range: 0 to ${most} is allowed`);
    }
  }
}

/** Sets of more than one byte a character that need no escape sequences (PS3.3 section C.12.1.1.2). */
const encodings: Readonly<Record<string, string>> = { 'ISO_IR 192': 'utf-8', GB18030: 'gb18030', GBK: 'gbk' };

/** How many characters a text has, of which each character stands for a byte. */
function charactersIn(text: string, characterSet: string): number {
  const encoding = encodings[characterSet];
  if (encoding) return [...new TextDecoder(encoding).decode(Buffer.from(text, 'latin1'))].length;
  const [plain = '', ...switched] = text.split('\x1b');
  return switched.reduce((sum, part) => sum + charactersAfterEscape(part), plain.length);
}

/** ISO 2022: Japanese sets have two bytes a character, Korean and Chinese ones two where the first bit is set. */
function charactersAfterEscape(part: string): number {
  const [sequence = ''] = /^[ -/]*[0-~]/.exec(part) ?? [];
  const rest = part.slice(sequence.length);
  if (/^\$\(?[@BD]$/.test(sequence)) return Math.ceil(rest.length / 2);
  return sequence.startsWith('$)') ? rest.replace(/[\x80-\xff]{2}/g, '-').length : rest.length;
}
