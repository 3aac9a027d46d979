/** At most `length` characters, never half of a surrogate pair; an ellipsis says that something is missing. */
export function truncate(text: string, length: number): string {
  // A character has one or two of the units that `length` counts. What is far beyond makes no difference.
  if (text.length <= length) return text;
  const characters = [...text.slice(0, 2 * length + 1)];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
