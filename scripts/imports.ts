import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What a source file imports, types as well: packages by name, our own files by path from the root. */
export function importsIn(file: string, text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^'\s]+)'/gm)].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)).replaceAll('\\', '/') : name,
  );
}

/** Our own files that these import, directly or through others, with themselves. Paths are from the root. */
export function filesReached(files: readonly string[], root: string, importsOf = importsIn): string[] {
  const reached = new Set(files);
  // A set goes on with what is added meanwhile.
  for (const file of reached) {
    for (const name of importsOf(file, readFileSync(join(root, file), 'utf8'))) {
      if (name.endsWith('.ts')) reached.add(name);
    }
  }
  return [...reached];
}
