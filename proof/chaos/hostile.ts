import { MAX_LINE_LENGTH } from '../../core/domain/verdict/lines.ts';
import type { HostileLines } from './scenario.ts';

const file = '"inputFile":"x"';
const exception = (members: string) => `{${file},"exception":{${members}}}`;
const response = (members: string) => `{${file},"importResponse":{${members}}}`;

/** Each is one line, whatever it means to JavaScript, to a terminal or to a reader; none is empty. */
export const HOSTILE_LINES: readonly string[] = [
  exception('"exceptionType":{"toString":null},"message":"m"'),
  exception('"exceptionType":"__proto__","message":"constructor"'),
  exception('"exceptionType":"E","message":"\\u001b[2J\\u0000\\u0007 \\ud800 \\u202e"'),
  exception('"exceptionType":"E\\r\\nSubject: x","message":"\\r\\n\\r\\nOutcome     SUCCEEDED"'),
  exception('"exceptionType":1e400,"message":["a",{"length":-1}]'),
  exception(`"exceptionType":"E","message":"${'long '.repeat(5000)}"`),
  exception('"exceptionType":"","message":""'),
  response('"imageSetId":"__proto__","isPrimary":false'),
  response('"imageSetId":{"length":1},"isPrimary":"false","warnings":{"length":3}'),
  response(
    '"imageSetId":"a","warnings":[{"warning_reason_code":"45330"},{"warning_reason_code":-0},null,[[]]]',
  ),
  '{"__proto__":{"exception":{}},"constructor":{"prototype":null}}',
  'null',
  '"text"',
  '[]',
  '{',
  'ab\u0000',
  'a\uFEFF{}',
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  'x'.repeat(MAX_LINE_LENGTH + 1),
  // Not UTF-8 once it is written as Latin-1.
  'ab\u00ff\u00fe\u00c0',
];

/** The bytes of a file with its lines behind those that it has. */
export function withLines(bytes: Uint8Array, { lines }: HostileLines): Uint8Array {
  const text = lines.map((number) => `${HOSTILE_LINES[number]}\n`).join('');
  const isLatin = [...text].every((character) => character <= '\u00ff');
  return Buffer.concat([bytes, Buffer.from(text, isLatin ? 'latin1' : 'utf8')]);
}
