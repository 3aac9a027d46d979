import { wrapAnsi } from 'fast-wrap-ansi';

/** Widest line but for what has to be copied whole: ids, commands and URIs. */
const COLUMNS = 80;

/** How wide a line of a stream may be. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns || COLUMNS, COLUMNS);
}

/** A command on a line of its own, or an option on a further line of it, which has to be copied whole. */
const COMMAND = /^\s+((npx )?(aws|dicom-import-watcher) \w|--[a-z][\w-]* \S+( \\)?$)/;

/**
 * Breaks lines that are too wide, and indents what follows as the line itself; words and commands stay whole.
 * @param hanging - what further lines begin with, beside that. Text from outside that is wrapped then begins no line.
 */
export function wrapped(text: string, width: number, hanging = ''): string {
  return text
    .split('\n')
    .map((line) => {
      if (COMMAND.test(line)) return line;
      const [, indent = '', mark = '', rest = ''] = /^(\s*)(- )?(.*)$/s.exec(line) ?? [];
      const further = indent + ' '.repeat(mark.length) + hanging;
      const lines = wrapAnsi(rest, width - further.length).split('\n');
      return `${indent}${mark}${lines.join(`\n${further}`)}`;
    })
    .join('\n');
}
