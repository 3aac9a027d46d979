/** What is known of a `warning_reason_code`. */
export interface WarningMeaning {
  readonly name: string;
  readonly nameIsCertain: boolean;
  readonly clinicallyImportant: boolean;
}

const meaning = (name: string, nameIsCertain = true, clinicallyImportant = false): WarningMeaning => ({
  name,
  nameIsCertain,
  clinicallyImportant,
});

/**
 * HealthImaging's warning codes, by `warning_reason_code`. Only the number is reliable: the `type` of a line is spelled
 * otherwise than in the documentation. Of INVALID_UID_FORMAT, INVALID_DICOM_VALUE_LENGTH and OTHER the documented
 * decimal and hexadecimal numbers differ, so both may come and neither name is certain. Clinically important are those
 * of which AWS says that pixel data cannot be retrieved (docs/healthimaging.md#7-lines-and-warnings).
 * https://docs.aws.amazon.com/healthimaging/latest/devguide/reference-warning-codes.html
 */
const WARNINGS: ReadonlyMap<number, WarningMeaning> = new Map([
  [45056, meaning('COERCION_OF_DATA_ELEMENTS')],
  [45062, meaning('ELEMENTS_DISCARDED')],
  [45063, meaning('SOP_CLASS_DATA_MISMATCH')],
  [45312, meaning('TRANSCODING_EXCEPTION')],
  [45328, meaning('FRAMES_EXTRACTION_FAILURE', true, true)],
  [45329, meaning('FRAME_NUMBER_MISMATCH', true, true)],
  [45330, meaning('INVALID_OFFSET_TABLE', true, true)],
  [45344, meaning('UNSUPPORTED_TRANSFER_SYNTAX')],
  [0xb201, meaning('INVALID_UID_FORMAT', false)],
  // 45570 in decimal for the one, 0xB202 for the other: the same number.
  [45570, meaning('INVALID_UID_FORMAT or INVALID_DICOM_VALUE_LENGTH', false)],
  [45571, meaning('INVALID_DICOM_VALUE_LENGTH', false)],
  [47513, meaning('OTHER', false, true)],
  [0xbfff, meaning('OTHER', false, true)],
]);

const UNKNOWN = meaning('UNKNOWN', false);

/** What is known of a warning code; the name of one that is not documented is `UNKNOWN`. */
export function warningMeaning(code: number): WarningMeaning {
  return WARNINGS.get(code) ?? UNKNOWN;
}

/** Whether a warning code is documented. */
export function isDocumented(code: number): boolean {
  return WARNINGS.has(code);
}
