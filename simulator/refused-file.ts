/** A file HealthImaging does not import; the message goes into failure.ndjson. */
export class RefusedFile extends Error {
  override name = 'ValidationException';
}

/** What is said of a file that ends too early or is no DICOM where it should be. AWS publishes no words for it. */
export const malformed = (): RefusedFile => new RefusedFile('DICOM file is truncated or malformed');
