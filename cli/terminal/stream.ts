import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { plainLines } from '../../core/domain/text.ts';

/**
 * Begins a style until it is written. Its digits are drawn for each process: text from outside cannot hold it. What measures and
 * wraps text takes it for what it is, a style without a width.
 */
const MARK = `\u001b[${Array.from({ length: 4 }, () => randomInt(1000, 10_000)).join(';')};`;

/** Gives text a style, which shows where the stream that it is written to has colors. */
export function styled(name: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string {
  const [open, close] = inspect.colors[name] ?? [];
  return `${MARK}${open}m${text}${MARK}${close}m`;
}

/** Whether a stream shows colors: none in a pipe or with `NO_COLOR`, always with `FORCE_COLOR`. */
export function hasColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  return stream.isTTY ? stream.hasColors() : Boolean(FORCE_COLOR) && FORCE_COLOR !== '0';
}

/** The only way to a terminal: whatever the text holds, nothing but our own styles is more than text. */
export function write(stream: NodeJS.WriteStream, text: string): void {
  const [first = '', ...rest] = text.split(MARK);
  const hasStyles = hasColors(stream);
  const parts = rest.map((part) => {
    const end = part.indexOf('m');
    return (hasStyles ? `\u001b[${part.slice(0, end)}m` : '') + plainLines(part.slice(end + 1));
  });
  stream.write(plainLines(first) + parts.join(''));
}

/**
 * Writes much, one part after the other, no faster than it is read. Only text is in it, as {@link write} has it.
 * @param lineEnd - in place of each line end.
 */
export async function writeMuch(stream: NodeJS.WriteStream, text: string, lineEnd = '\n'): Promise<void> {
  // Nobody reads any more, which is no error.
  if (stream.destroyed || stream.writable === false) return;
  const isRoom = stream.write(plainLines(text).replaceAll('\n', lineEnd));
  if (!isRoom) await once(stream, 'drain').catch(() => {});
}
