import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Reading } from './read-manifest.ts';
import { table } from './table.ts';
import { machine, spread } from './times.ts';

/** What the heap of a process may have. Before it reads anything it has 20 MB of that. */
const HEAP_MB = 80;
const RUNS = 3;

/** What somebody would write who wants the memory of the reader: so many, of which content, in words. */
export const CONTENTS: readonly [count: number, content: string, words: string][] = [
  [1_000_000, 'messages and types', 'a million messages, each with a type of its own'],
  [3_000_000, 'image sets', 'three million image sets that are not primary'],
  [
    1_000_000,
    'files of 2,000 image sets',
    'a million imported files in 2,000 image sets, and the event about them',
  ],
  [2_000_000, 'codes', 'two million codes of warnings'],
  [5_000, 'long messages, types and keys', '5,000 long messages, types and keys'],
  [300, 'lines of empty objects', '300 lines of 40,000 empty objects'],
  [300, 'lines of empty lists', '300 lines of 40,000 empty lists'],
  [16_384, 'one line', 'a line of 1 GB without an end'],
  [59_000, 'a job manifest', 'a job manifest of 59,000 image sets'],
  [149_000, 'a job manifest of empty objects', 'a job manifest of 149,000 empty objects'],
  [2_900_000, 'a job manifest', 'a job manifest of 300 MB, which is not read'],
];

export function section(): string {
  const rows = CONTENTS.map(([count, content, words]) => {
    const { min, median, max } = spread(Array.from({ length: RUNS }, () => growth(count, content)));
    return [words, `${median.toFixed(0)} (${min.toFixed(0)} to ${max.toFixed(0)})`];
  });
  return `## Memory for manifests

The largest growth of the memory of a process, in MB, while it read files that are made to fill the
memory. Each process has a heap limit of ${HEAP_MB} MB, and has used 20 MB of it before: a process that
needed more would fail. The values are the median of ${RUNS} processes, with the least and the most. The
chunks of the files exist before the measurement.
${machine()}

${table(['content', 'MB'], rows)}`;
}

/** By how many MB a process grows that reads this. @throws Error where it dies, or does not read what is there. */
export function growth(count: number, content: string): number {
  const program = fileURLToPath(new URL('read-manifest.ts', import.meta.url));
  const args = [`--max-heap-size=${HEAP_MB}`, program, 'ours', String(count), content];
  const { megabytes }: Reading = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  return megabytes;
}
