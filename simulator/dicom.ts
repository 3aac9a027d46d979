// dicom-parser rather than dcmjs: dcmjs takes most truncated files for complete ones, refuses ISO 2022 character sets
// and keeps basic offset tables to itself. (dcmjs writes, which dicom-parser cannot: see study.ts.)
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
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

/** A line's `warnings` member in warning.ndjson (docs/healthimaging.md#7-lines-and-warnings: mixed spelling is AWS's). */
export interface ImportWarning {
  warning_reason_code: number;
  type: string;
  message: string;
}

/** A file HealthImaging does not import; the message goes into failure.ndjson. */
export class RefusedFile extends Error {
  override name = 'ValidationException';
}

const requiredTags = {
  SOPClassUID: 'x00080016',
  SOPInstanceUID: 'x00080018',
  StudyInstanceUID: 'x0020000d',
  SeriesInstanceUID: 'x0020000e',
};
// A choice from the elements HealthImaging normalizes to patient, study and series level: which of them it compares
// is not documented. Patient's name, id, birth date and sex; study date, accession number; modality, series number.
const commonTags = [
  'x00100010',
  'x00100020',
  'x00100030',
  'x00100040',
  'x00080020',
  'x00080050',
  'x00080060',
  'x00200011',
];
const preambleLength = 128;
const uidFormat = /^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/;

/**
 * Reads a DICOM Part 10 file.
 * @throws {RefusedFile} with the wording of AWS's failure.ndjson examples; the wording for truncated or unreadable
 * files is not published and is the simulator's own.
 */
export function readInstance(bytes: Uint8Array): Instance {
  const prefix = bytes.subarray(preambleLength, preambleLength + 4);
  if (new TextDecoder('latin1').decode(prefix) !== 'DICM') {
    throw new RefusedFile('DICOM attributes does not exist');
  }
  const dataset = parse(bytes);
  const required = (attribute: keyof typeof requiredTags): string => {
    const value = dataset.string(requiredTags[attribute]);
    if (!value) throw new RefusedFile(`DICOM attribute ${attribute} does not exist`);
    return value;
  };
  const uids = {
    sopClassUID: required('SOPClassUID'),
    sopInstanceUID: required('SOPInstanceUID'),
    studyInstanceUID: required('StudyInstanceUID'),
    seriesInstanceUID: required('SeriesInstanceUID'),
  };
  const commonValues = JSON.stringify(commonTags.map((tag) => dataset.string(tag) ?? ''));
  return { ...uids, commonValues, warnings: warningsFor(dataset, Object.values(uids)) };
}

function parse(bytes: Uint8Array): DataSet {
  try {
    return dicomParser.parseDicom(bytes);
  } catch (error) {
    // The parser throws its findings as text, or as an object that holds the text and what it has read so far.
    if (/0002,0010/.test(String(error))) {
      throw new RefusedFile('DICOM attribute TransferSyntaxUID does not exist');
    }
    throw new RefusedFile('DICOM file is truncated or malformed');
  }
}

function warningsFor(dataset: DataSet, uids: string[]): ImportWarning[] {
  // Only 45330's spelling and text are documented as they stand in the file; the others follow its pattern.
  const warnings: ImportWarning[] = [];
  if (hasInvalidOffsetTable(dataset.elements.x7fe00010)) {
    warnings.push({
      warning_reason_code: 45330,
      type: 'InvalidOffsetTable',
      message:
        'The file was imported but contains an invalid offset table, may see issues when retrieving certain frames.',
    });
  }
  if (!supportedTransferSyntaxes.has(dataset.string('x00020010') ?? '')) {
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

/** Offsets of a basic offset table count from the first fragment's item, and each must meet an item. */
function hasInvalidOffsetTable(pixelData: Element | undefined): boolean {
  const starts = new Set(pixelData?.fragments?.map((fragment) => fragment.offset));
  return pixelData?.basicOffsetTable?.some((offset) => !starts.has(offset)) ?? false;
}
