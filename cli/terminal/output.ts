import cliui from 'cliui';
import { wrapAnsi } from 'fast-wrap-ansi';
import { jsonText, oneLine } from '../../core/domain/text.ts';
import { styled, write } from './stream.ts';
import { widthOf, wrapped } from './wrap.ts';

const GAP = 2;

export const color = {
  bold: (text: string) => styled('bold', text),
  dim: (text: string) => styled('dim', text),
  green: (text: string) => styled('green', text),
  red: (text: string) => styled('red', text),
  yellow: (text: string) => styled('yellow', text),
};

/** Prints what the command was asked for. */
export function print(text: string): void {
  write(process.stdout, `${text}\n`);
}

/** Tells people what goes on, on standard error: what a pipe reads stays clean. */
export function tell(text: string): void {
  write(process.stderr, `${wrapped(text, widthOf(process.stderr))}\n`);
}

/** Prints one JSON value, for programs. */
export function printJson(value: unknown): void {
  print(jsonText(value, 2));
}

/** A sentence or more, wrapped; words stay whole. */
export function paragraph(text: string, indent = ''): string {
  return wrapped(indent + text, widthOf(process.stdout));
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /**
   * Characters at least: for tables of several parts.
   * @default - those of the longest cell
   */
  readonly width?: number;
}

/** A table as wide as its cells ask for; if that is too wide the widest columns are wrapped. Words, such as ids, stay whole. */
export function table(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  { titles = true }: { readonly titles?: boolean } = {},
): string {
  const rows = cells.map((row) => row.map(oneLine));
  const natural = columns.map(({ title, width = 0 }, i) =>
    Math.max(title.length, width, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const least = columns.map(({ title }, i) =>
    Math.max(...[title, ...rows.map((row) => row[i] ?? '')].flatMap((cell) => cell.split(' ').map(lengthOf))),
  );
  const gaps = GAP * (columns.length - 1);
  const widths = fit(natural, least, widthOf(process.stdout) - gaps);
  const ui = cliui({ width: widths.reduce((sum, width) => sum + width, gaps), wrap: true });
  const add = (cells: readonly string[], style = (text: string) => text) =>
    ui.div(
      ...columns.map(({ align }, i) => {
        const last = i === columns.length - 1;
        return {
          text: style(cells[i] ?? ''),
          width: (widths[i] ?? 0) + (last ? 0 : GAP),
          padding: [0, last ? 0 : GAP, 0, 0],
          align: align === 'right' ? align : undefined,
        };
      }),
    );
  if (titles) {
    add(
      columns.map(({ title }) => title),
      color.bold,
    );
  }
  for (const row of rows) add(row);
  return trimmed(ui.toString());
}

const lengthOf = ({ length }: string) => length;

/** Takes from the widest until all fit, or none can give more. */
function fit(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural];
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const free = widths.map((width, i) => (width > (least[i] ?? 0) ? width : 0));
    const widest = free.indexOf(Math.max(...free));
    if (!free[widest]) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Names and what is known of them, one a line. Those without a value are left out. */
export function facts(pairs: readonly (readonly [name: string, value: string | undefined])[]): string {
  const known = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const label = Math.max(0, ...known.map(([name]) => name.length)) + GAP;
  return known
    .map(([name, value]) => {
      const lines = wrapAnsi(oneLine(value), widthOf(process.stdout) - label).split('\n');
      return `${color.dim(name.padEnd(label))}${lines.join(`\n${' '.repeat(label)}`)}`;
    })
    .join('\n');
}

function trimmed(text: string): string {
  return text.replace(/[ \t]+$/gm, '');
}
