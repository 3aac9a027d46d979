/**
 * HealthImaging's warning codes, by `warning_reason_code`. Only the number is reliable: the `type` of a line is spelled
 * otherwise than in the documentation.
 * https://docs.aws.amazon.com/healthimaging/latest/devguide/reference-warning-codes.html
 */
const WARNING_NAMES: ReadonlyMap<number, string> = new Map([
  [45056, 'COERCION_OF_DATA_ELEMENTS'],
  [45062, 'ELEMENTS_DISCARDED'],
  [45063, 'SOP_CLASS_DATA_MISMATCH'],
  [45312, 'TRANSCODING_EXCEPTION'],
  [45328, 'FRAMES_EXTRACTION_FAILURE'],
  [45329, 'FRAME_NUMBER_MISMATCH'],
  [45330, 'INVALID_OFFSET_TABLE'],
  [45344, 'UNSUPPORTED_TRANSFER_SYNTAX'],
  [45570, 'INVALID_UID_FORMAT'],
  [45571, 'INVALID_DICOM_VALUE_LENGTH'],
  [47513, 'OTHER'],
]);

/** The documented name of a warning code, or `UNKNOWN`. */
export function warningName(code: number): string {
  return WARNING_NAMES.get(code) ?? 'UNKNOWN';
}
