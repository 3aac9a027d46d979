/** Longest masked message that is kept; HealthImaging's own limit is 2,048 characters. */
export const MAX_MESSAGE_LENGTH = 200;

/**
 * A message of HealthImaging without what could identify a patient, so that equal reasons group and none leaks:
 * quoted values, words that hold a digit (UIDs, dates, record numbers) and words that hold a slash, backslash or
 * caret (keys, paths, DICOM person names) become `#`.
 */
export function maskMessage(message: string): string {
  const masked = message
    // From the first quote to the last: which of two is an apostrophe (`doesn't match 'DOE JOHN'`) cannot be told.
    .replace(/['"`].*['"`]/gs, '#')
    .replace(/(?<!\S)\S*?[\d/\\^]\S*/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return truncate(masked, MAX_MESSAGE_LENGTH);
}

/** At most `length` characters, never half of a surrogate pair; an ellipsis says that something is missing. */
export function truncate(text: string, length: number): string {
  // A character has one or two of the units that `length` counts. What is far beyond makes no difference.
  if (text.length <= length) return text;
  const characters = [...text.slice(0, 2 * length + 1)];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
