import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PARTS } from '../../../proof/verify/parts.ts';

const root = new URL('../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const page = read('docs/proof/verification.md');
const { scripts } = JSON.parse(read('package.json'));

/** The rows of the table with this heading, by cells. */
function rows(heading: string): string[][] {
  const [, table = ''] = page.split(new RegExp(`^\\| ${heading} +\\|`, 'm'));
  const [body = ''] = table.split('\n\n');
  return body
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** All that is written as code, without line breaks. */
const code = (text: string) =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, each = '']) => each.replace(/\s+/g, ' '));
/** In one line, and links as their text. */
const words = (text: string) => text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/\s+/g, ' ');

const files = code(page).filter((each) =>
  /^(bin|cli|core|docs|lambda|lib|local|proof|scripts|simulator|test)\/\S+$/.test(each),
);
const commands = code(page).filter((each) => each.startsWith('npm run '));

describe('docs/proof/verification.md', () => {
  const matrix = rows('promise of the README');

  test('has promises that the README makes in these words', () => {
    expect(matrix.length).toBeGreaterThan(20);
    const readme = words(read('README.md'));
    expect(matrix.map(([promise = '']) => promise).filter((promise) => !readme.includes(promise))).toEqual(
      [],
    );
  });

  test('names what proves each', () => {
    const named = (cell: string) =>
      code(cell).some((each) => files.includes(each) || commands.includes(each) || each === '.ci/run');
    expect(matrix.filter(([, by = '']) => !named(by))).toEqual([]);
  });

  test('names only files that there are', () => {
    expect(files.length).toBeGreaterThan(30);
    const missing = files.filter((file) => !existsSync(fileURLToPath(new URL(file, root))));
    expect(missing).toEqual([]);
  });

  test('names only commands that there are', () => {
    expect(commands.length).toBeGreaterThan(15);
    const unknown = commands.filter((command) => {
      const [, script = '', part] = /^npm run ([\w:]+)(?: -- ([a-z]+)\b)?/.exec(command) ?? [];
      return !(script in scripts) || (script === 'verify' && part !== undefined && !(part in PARTS));
    });
    expect(unknown).toEqual([]);
  });

  test('describes every part of npm run verify', () => {
    expect(rows('part').map(([part]) => part)).toEqual(Object.keys(PARTS).map((part) => `\`${part}\``));
  });
});
