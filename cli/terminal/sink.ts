import { jsonText } from '../../core/domain/text.ts';
import { writeMuch } from './stream.ts';

/** Where much is written. */
export interface Sink {
  /** @param lineEnd - in place of each line end. */
  write(text: string, lineEnd?: string): Promise<void>;
  /** All is written. */
  close(): Promise<void>;
  /** What was written is incomplete: a file is removed. */
  discard(): Promise<void>;
}

export const standardOutput: Sink = {
  write: (text, lineEnd) => writeMuch(process.stdout, text, lineEnd),
  close: async () => {},
  discard: async () => {},
};

/** Writes one JSON value, and members of it that are lists: what there can be a million of is written one by one. */
export async function writeJson(
  sink: Sink,
  value: object,
  lists: Readonly<Record<string, Iterable<unknown> | AsyncIterable<unknown>>>,
): Promise<void> {
  await sink.write(jsonText(value, 2).slice(0, -2));
  for (const [name, values] of Object.entries(lists)) await writeList(sink, name, values);
  await sink.write('\n}\n');
}

async function writeList(
  sink: Sink,
  name: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  let text = `,\n  "${name}": [`;
  let separator = '\n    ';
  for await (const value of values) {
    text += `${separator}${jsonText(value)}`;
    separator = ',\n    ';
    if (text.length < 65_536) continue;
    await sink.write(text);
    text = '';
  }
  await sink.write(`${text}\n  ]`);
}
