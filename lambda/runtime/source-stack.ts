import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapping } from 'node:module';

/** Where a bundle has its files, each with its map beside it. */
const FOLDER = new URL('./', import.meta.url);
/** A line of a stack: what comes before the name of the function, that name, the URL, line and column. */
const FRAME = /^(\s+at (?:async )?)(?:(.*) \()?(file:.*):(\d+):(\d+)\)?$/;

/** The types of Node leave out the name. */
type NamedMapping = SourceMapping & { readonly name?: string };

/** A position in a bundle, and what is there in the sources. */
interface Position {
  readonly before: string;
  /** The function, as it is called in the bundle. */
  readonly bundled: string | undefined;
  /** Path below the folder of the sources, with line and column where it is ours. */
  readonly source: string;
  /** What is called at the position, where the bundle has another name for it. */
  readonly called: string | undefined;
}

/**
 * The same stack with files, lines and names of functions as they are in our sources, as far as the maps know them; of files of
 * packages the names only. Lines of other files stay, and so does all of a file whose map cannot be read.
 */
export function sourceStack(stack: string): string {
  const maps: Record<string, SourceMap | undefined> = {};
  const lines = stack.split('\n');
  const positions = lines.map((line) => positionOf(line, (url) => (maps[url] ??= mapOf(url))));
  return lines
    .map((line, i) => {
      const position = positions[i];
      if (!position) return line;
      const { before, bundled, source } = position;
      // What a function is called in the sources stands where its caller calls it.
      const name = positions[i + 1]?.called ?? bundled;
      return name ? `${before}${name} (${source})` : `${before}${source}`;
    })
    .join('\n');
}

function positionOf(line: string, mapOf: (url: string) => SourceMap | undefined): Position | undefined {
  const [, before = '', bundled, url = '', atLine, atColumn] = FRAME.exec(line) ?? [];
  const entry = mapOf(url)?.findEntry(Number(atLine) - 1, Number(atColumn) - 1);
  if (!entry || !('originalSource' in entry)) return undefined;
  const { originalSource, originalLine, originalColumn, name } = entry as NamedMapping;
  // What the bundler itself wrote.
  if (!originalSource) return undefined;
  const path = originalSource.replace(/^(\.\.\/)+/, '');
  const source = /(^|\/)node_modules\//.test(path)
    ? path
    : `${path}:${originalLine + 1}:${originalColumn + 1}`;
  return { before, bundled, source, called: name };
}

/** An error's own text can look like a line of a stack: no other files are read. */
function mapOf(url: string): SourceMap | undefined {
  if (!url.startsWith(FOLDER.href) || url.slice(FOLDER.href.length).includes('/')) return undefined;
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')));
  } catch {
    return undefined;
  }
}
