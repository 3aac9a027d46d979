import { oneLine } from '../text.ts';
import { truncate } from '../truncate.ts';

/** Longest masked message that is kept; HealthImaging's own limit is 2,048 characters. */
export const MAX_MESSAGE_LENGTH = 200;

/** So much of a message is looked at, and its last word to the end. What was quoted there may go on behind it. */
const MAX_READ_LENGTH = 512;

/** Stands for what was masked. */
const MASK = '#';

/** Words of ASCII letters: there is nothing in them to mask, and most messages are this. */
const ORDINARY = /^[A-Za-z]+(?:[,;]? [A-Za-z]+)*[.!]?$/;
/** Words of ASCII, and in it what else than a digit or a slash may belong to a value. */
const ASCII_WORDS = /^[!-~]+(?: [!-~]+)*$/;
const MARKS = /["'`|*~()[\]{}<>^=@]/;

/**
 * A message of HealthImaging without what could identify a patient, so that equal reasons group and none leaks. HealthImaging's
 * own words are English, in ASCII. So these become `#`: what stands between quotes or brackets of any script; words with a
 * digit (UIDs, dates, record numbers), a slash or a backslash (keys, paths), or a character beyond ASCII; and names as DICOM
 * writes them, together with the words beside them that may be parts of the name.
 */
export function maskMessage(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH && ORDINARY.test(message)) return message;
  const read = beginningOf(message);
  const isCut = read.length < message.length;
  const isAscii = ASCII_WORDS.test(read);
  if (isAscii && !MARKS.test(read)) return truncate(maskPlainWords(read), MAX_MESSAGE_LENGTH);
  const signs = isAscii ? IN_ASCII : BEYOND_ASCII;
  let text = isAscii ? read : oneLine(read).replaceAll('\u2019', "'");
  if (text.includes("'")) text = text.replace(CONTRACTION, APOSTROPHE);
  if (signs.quote.test(text)) text = maskQuotes(text, signs, isCut);
  if (signs.bracket.test(text)) text = maskBrackets(text);
  text = signs.ofName.test(text) ? maskWords(text, signs, isCut) : maskPlainWords(text);
  return truncate(text.replaceAll(APOSTROPHE, "'"), MAX_MESSAGE_LENGTH);
}

function beginningOf(message: string): string {
  if (message.length <= MAX_READ_LENGTH) return message;
  const end = message.slice(MAX_READ_LENGTH).search(/\s/);
  return end < 0 ? message : message.slice(0, MAX_READ_LENGTH + end);
}

/**
 * A word that is masked, in text without marks: characters that a word may have anyhow, and those for which it is masked. The
 * first of these is found in one way only, so that what does not match is given up at once.
 */
const [ANYHOW, MASKED] = ['!#-&+-.:;?A-Z_a-z', '\\d/\\\\'];
const MASKED_WORD = `[${ANYHOW}]*[${MASKED}][${ANYHOW}${MASKED}]*`;
const AT_MASKED_WORDS = new RegExp(`(?<!\\S)${MASKED_WORD}`);

/**
 * Tells whether {@link maskMessage} makes of a message what it makes of this one: it does so of messages that differ in
 * words which are masked, such as UIDs. To see that takes less than to mask a message, and there can be a million.
 * @returns undefined where more than words is masked, or nothing.
 */
export function alikeWhenMasked(message: string): ((other: string) => boolean) | undefined {
  if (message.length > MAX_READ_LENGTH || !ASCII_WORDS.test(message) || MARKS.test(message)) return undefined;
  const texts = message.split(AT_MASKED_WORDS);
  if (texts.length === 1) return undefined;
  const pattern = new RegExp(`^${texts.map((text) => text.replace(/[.?+$]/g, '\\$&')).join(MASKED_WORD)}$`);
  return (other) => other.length <= MAX_READ_LENGTH && pattern.test(other);
}

/** A type of error, as HealthImaging names it. What looks like no name of a type is masked as a whole. */
export function maskType(type: string): string {
  return /^[A-Za-z][A-Za-z_.$]{0,99}$/.test(type) ? type : MASK;
}

/** What marks a value. */
interface Signs {
  /** What a value may stand between. Brackets are looked at in pairs, but for those that are quotes. */
  readonly quote: RegExp;
  /** From the first quote to the last. */
  readonly quoted: RegExp;
  readonly bracket: RegExp;
  /** In a word that is part of a person's name. */
  readonly ofName: RegExp;
}

const signsOf = (quote: RegExp, bracket: RegExp, ofName: RegExp): Signs => ({
  quote,
  quoted: new RegExp(`(?:${quote.source}).*(?:${quote.source})`, `${quote.flags}s`),
  bracket,
  ofName,
});

const IN_ASCII = signsOf(/["'`|*~]/, /[()[\]{}<>]/, /[\^=@]|\S["'`|*~]\S/);

/**
 * All punctuation and all symbols are taken for quotes, also letters that are used as such, but not dashes and the ellipsis. To
 * ask Unicode takes ten times as long, which is why text of ASCII has signs of its own.
 */
const BEYOND_ASCII = signsOf(
  /["'`|*~\u201A\u201E\u301D-\u301F\u02B0-\u02FF]|[\p{P}\p{S}](?<=[^\0-\x7F\p{Ps}\p{Pe}\p{Pd}\u2026])/u,
  /[\p{Ps}\p{Pe}<>]/u,
  /[\^=@]|\S["'`|*~]\S|(?!\p{N})[^\0-\x7F]/u,
);

/** As in `doesn't`. */
const CONTRACTION = /'(?<=[A-Za-z]')(?=(?:t|s|re|ll|ve|d|m)\b)/g;
/** Stands for such an apostrophe, which is no quote: no text has it that can be shown. */
const APOSTROPHE = '\u0001';

/** From the first quote to the last. Where there is only one, the value is cut off on the other side. */
function maskQuotes(text: string, signs: Signs, isCut: boolean): string {
  if (isCut) return text.slice(0, text.search(signs.quote)) + MASK;
  const masked = text.replace(signs.quoted, MASK);
  const found = masked === text && signs.quote.exec(text);
  if (!found) return masked;
  const [quote] = found;
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + quote.length);
  const opens = before === '' || before.endsWith(' ');
  const closes = after === '' || after.startsWith(' ');
  if (opens && (!closes || /["'`]/.test(quote))) return before + MASK;
  // Else a sign between spaces, such as an arrow, is half of no pair; one in a word belongs to the word.
  return closes && !opens ? MASK + after : text;
}

const BRACKETS = new RegExp(BEYOND_ASCII.bracket, 'gu');
const OPENS = /[\p{Ps}<]/u;

/**
 * What stands in brackets, whatever their kind and however they are nested. Where one is missing, all up to there is masked;
 * where one stands the wrong way round, everything.
 */
function maskBrackets(text: string): string {
  const isSpace = (at: number) => (text[at] ?? ' ') === ' ';
  let masked = '';
  let depth = 0;
  /** Where what is not masked goes on, and where the outermost bracket was opened. */
  let from = 0;
  let opened = 0;
  for (const { 0: found, index } of text.matchAll(BRACKETS)) {
    // `a < b`, `a > b` and `a -> b` are no brackets by themselves.
    const isAlone = isSpace(index - 1) && isSpace(index + 1);
    if (found === '<' && isAlone && !text.includes('>', index)) continue;
    if (found === '>' && depth === 0 && (isAlone || /[-=]/.test(text.charAt(index - 1)))) continue;
    if (OPENS.test(found)) {
      if (depth++ === 0) opened = index;
    } else if (depth > 0) {
      if (--depth > 0) continue;
      // `file(s)`
      if (/[A-Za-z]\(e?s$/.test(text.slice(Math.max(0, opened - 1), index))) continue;
      masked += text.slice(from, opened) + MASK;
      from = index + 1;
    } else {
      if (isSpace(index - 1)) return MASK;
      masked = MASK;
      from = index + 1;
    }
  }
  if (depth === 0) return masked + text.slice(from);
  return !isSpace(opened - 1) && isSpace(opened + 1) ? MASK : masked + text.slice(from, opened) + MASK;
}

/** Words without a name among them. */
function maskPlainWords(text: string): string {
  const masked = text.replace(/(?<!\S)\S*?[\d/\\\x80-\uFFFF]\S*/g, MASK);
  return masked.includes('# #') ? masked.replace(/(?<!\S)#(?: #)+(?!\S)/g, MASK) : masked;
}

/** Between the components and the groups of a person's name. */
const SEPARATOR = /[\^=]/;
/** A word that may be part of a name, beside one that is; not an attribute, such as PatientName. */
const MAYBE_NAME = /^(?![A-Z][a-z]{3,}[A-Z])[A-Z][A-Za-z.'-]*[,;:.]?$/;

function maskWords(text: string, { ofName }: Signs, isCut: boolean): string {
  const words = text.split(' ');
  let first = words.length;
  let last = -1;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!ofName.test(word)) continue;
    if (SEPARATOR.test(word)) {
      first = Math.min(first, i);
      last = i;
    }
    words[i] = MASK;
    for (let at = i + 1; at < words.length && MAYBE_NAME.test(words[at] ?? ''); at++) words[at] = MASK;
    for (let at = i - 1; at >= 0 && MAYBE_NAME.test(words[at] ?? ''); at--) words[at] = MASK;
  }
  // Components of a name may have spaces in them.
  if (last >= first) words.fill(MASK, first, isCut ? words.length : last);
  return maskPlainWords(words.join(' '));
}
