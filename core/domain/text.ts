/**
 * How text from outside is shown: whatever a manifest, an API of AWS, an event or an argument holds. Each channel has its
 * function; none lets through what a terminal, a mail client or a chat takes for more than text. Exact values are in JSON.
 */

/**
 * What is no character to look at: control and format characters (among them those that turn the direction of a line, have
 * no width, or are tags), halves of surrogate pairs, private and unassigned characters, and what is invisible by default.
 */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]+/gu;
/** Shows that something was there. */
const REPLACEMENT = '\uFFFD';

/** Most text is this, and has nothing to replace. */
const PLAIN = /^[ -~]*$/;

/** Text of more than one line, of which some may be our own. */
export function plainLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => (PLAIN.test(line) ? line : line.replace(/[\s\u0085]/g, ' ').replace(UNSEEN, REPLACEMENT)))
    .join('\n');
}

/** A value from outside, on one line: it begins no line of its own. */
export function oneLine(text: string): string {
  const line = text.replace(/[\s\u0085]+/g, ' ').trim();
  return PLAIN.test(line) ? line : line.replace(UNSEEN, REPLACEMENT);
}

/** Schemes of which no mail client makes a link. */
const SCHEME = /(?<![\p{L}\p{N}])(?!(?:s3|arn):)(\p{L}[\p{L}\p{N}+.-]*):(?=\S)/giu;
/** The dots of a name that could be that of a host; the endings are those of files, and no host has them. */
const HOST_DOT =
  /(?<=[\p{L}\p{N}-])[.\u3002\uFF0E\uFF61](?=\p{L})(?!(?:dcm|dicom|json|ndjson|txt)(?![\p{L}\p{N}]))/giu;

/** The same without anything that a mail client makes a link of: `example[.]com`, `http[:]x`, `a[@]b`. */
export function withoutLinks(text: string): string {
  return oneLine(text)
    .replace(SCHEME, '$1[:]')
    .replace(HOST_DOT, '[.]')
    .replace(/[@\uFF20\uFE6B]/g, '[@]')
    .replace(/\\\\/g, '[\\\\]');
}

/**
 * Characters that look like those of markup. Slack and Microsoft Teams have no way in common to escape: what one needs, the other
 * shows.
 */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '*': '\u2217',
  _: '\uFF3F',
  '~': '\u223C',
  '`': '\u02CB',
  '<': '\u2039',
  '>': '\u203A',
  '[': '\uFF3B',
  ']': '\uFF3D',
  '|': '\u00A6',
  '&': '\uFF06',
  '\\': '\uFF3C',
  '#': '\uFF03',
  '-': '\u2010',
  '+': '\uFF0B',
  '=': '\uFF1D',
};
const lookAlike = (character: string) => LOOK_ALIKES[character] ?? character;

/** The same for chat: no formatting, no mention of anybody, no link, no heading and no list. */
export function chatText(text: string): string {
  return (
    withoutLinks(text)
      .replace(/[*~`<>[\]|&\\]/g, lookAlike)
      // Within a word it formats nothing.
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, lookAlike)
      .replace(/^[-+=#]+/, (marks) => [...marks].map(lookAlike).join(''))
      .replace(/^(\d+)\./, '$1\u2024')
  );
}

/** The longest subject of an email (SNS API reference, `Publish`: under 100 characters of ASCII). */
const MAX_SUBJECT = 99;

/** The subject of an email. */
export function subjectText(text: string): string {
  return oneLine(text)
    .replace(/[^ -~]/gu, '?')
    .slice(0, MAX_SUBJECT);
}

/** JSON that holds exact values, and whose own text is harmless wherever it is shown. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu,
    // The line ends are those of the indentation.
    (unseen) => (unseen === '\n' ? unseen : unseen.split('').map(escaped).join('')),
  );
}

/** One unit of UTF-16, as JSON escapes it. */
const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
