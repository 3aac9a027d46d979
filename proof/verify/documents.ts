import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The documents that are written by hand, by path. */
export const DOCUMENTS = ['*.md', 'docs/*.md', 'docs/adr/*.md', 'docs/proof/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .filter((path) => path !== 'docs/api.md')
  .sort();

/** The fenced blocks of a document, in their order, without their indentation. */
export async function blocksOf(document: string): Promise<Block[]> {
  return blocksIn(await readFile(`${ROOT}/${document}`, 'utf8'));
}

/** A fenced block of a document. */
export interface Block {
  /** What it is in: `json`, or nothing for commands. */
  readonly language: string;
  readonly text: string;
}

/** The blocks of a section of the README, in their order, without their indentation. */
export async function blocksOfSection(heading: string): Promise<Block[]> {
  const text = await readFile(`${ROOT}/README.md`, 'utf8');
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  if (section === undefined) throw new Error(`README.md has no section '${heading}'`);
  return blocksIn(section);
}

function blocksIn(text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map(
    ([, indent = '', language = '', body = '']) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The command lines of a block; what goes on after a backslash is one. */
export function commandsOf({ text }: Block): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
