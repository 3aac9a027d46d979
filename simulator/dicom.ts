import { checkElements } from './element-constraints.ts';
import { Part10File } from './part10.ts';
import { type ImportWarning, pixelDataWarnings } from './pixel-data.ts';
import { RefusedFile } from './refused-file.ts';
import { supportedTransferSyntaxes } from './transfer-syntaxes.ts';

/** One SOP instance, as far as an import looks into it. */
export interface Instance {
  sopClassUID: string;
  sopInstanceUID: string;
  studyInstanceUID: string;
  seriesInstanceUID: string;
  /** Patient, study and series level values that all instances of an image set must share. */
  commonValues: string;
  warnings: ImportWarning[];
}

const requiredTags = {
  SOPClassUID: 0x00080016,
  SOPInstanceUID: 0x00080018,
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
};
// A choice from the elements HealthImaging normalizes to patient, study and series level: which of them it compares
// is not documented. Patient's name, id, birth date and sex; study date, accession number; modality, series number.
const commonTags = [
  0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00080020, 0x00080050, 0x00080060, 0x00200011,
];
const uidFormat = /^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/;

/**
 * Reads a DICOM Part 10 file.
 * @throws {RefusedFile} for anything that is wrong with the bytes: `isWordingOfAws` tells whose words it has.
 */
export function readInstance(bytes: Uint8Array): Instance {
  const file = new Part10File(bytes);
  const required = (attribute: keyof typeof requiredTags): string => {
    const value = file.text(requiredTags[attribute]);
    if (!value) throw new RefusedFile(`DICOM attribute ${attribute} does not exist`);
    return value;
  };
  const uids = {
    sopClassUID: required('SOPClassUID'),
    sopInstanceUID: required('SOPInstanceUID'),
    studyInstanceUID: required('StudyInstanceUID'),
    seriesInstanceUID: required('SeriesInstanceUID'),
  };
  checkElements(file);
  const commonValues = JSON.stringify(commonTags.map((tag) => file.text(tag)));
  return { ...uids, commonValues, warnings: warningsFor(file, Object.values(uids)) };
}

function warningsFor(file: Part10File, uids: string[]): ImportWarning[] {
  const warnings = pixelDataWarnings(file);
  if (!supportedTransferSyntaxes.has(file.transferSyntax)) {
    warnings.push({
      warning_reason_code: 45344,
      type: 'UnsupportedTransferSyntax',
      message: 'The file was imported but its transfer syntax is not supported.',
    });
  }
  if (uids.some((uid) => !uidFormat.test(uid))) {
    warnings.push({
      warning_reason_code: 45570,
      type: 'InvalidUidFormat',
      message: 'The file was imported but contains a UID of invalid format.',
    });
  }
  return warnings;
}
