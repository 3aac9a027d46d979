import { wrapAnsi } from 'fast-wrap-ansi';

/** Widest line but for what has to be copied whole: ids, commands and URIs. */
const COLUMNS = 80;

/** How wide a line of a stream may be. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns || COLUMNS, COLUMNS);
}

/** A command on a line of its own, which has to be copied whole. */
const COMMAND = /^\s+(aws|dicom-import-watcher) \w/;

/** Breaks lines that are too wide, and indents what follows as the line itself; words and commands stay whole. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (COMMAND.test(line)) return line;
      const [, indent = '', mark = '', rest = ''] = /^(\s*)(- )?(.*)$/s.exec(line) ?? [];
      const lines = wrapAnsi(rest, width - indent.length - mark.length).split('\n');
      return `${indent}${mark}${lines.join(`\n${indent}${' '.repeat(mark.length)}`)}`;
    })
    .join('\n');
}
