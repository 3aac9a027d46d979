/** A file HealthImaging does not import; the message goes into failure.ndjson. */
export class RefusedFile extends Error {
  override name = 'ValidationException';
}

/** What is said of a file that ends too early or is no DICOM where it should be. AWS publishes no words for it. */
export const malformed = (): RefusedFile => new RefusedFile('DICOM file is truncated or malformed');

/**
 * Whether AWS has these words of a refused file: they are documented or were seen, or differ from those only in the name
 * of the attribute (docs/healthimaging.md#7-lines-and-warnings). All other words are the simulator's own.
 */
export const isWordingOfAws = (message: string): boolean =>
  /^DICOM attribute(s| \w+) does not exist$/.test(message);
