import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DigestReading } from './build-digest.ts';
import { table } from './table.ts';
import { machine, spread, spreadText } from './times.ts';

/** Jobs of a digest. */
export const JOBS: readonly number[] = [50, 5_000, 18_200];
const RUNS = 3;
/** What the heap of the process may have: less than the 256 MB of the function. */
const HEAP_MB = 192;

export function section(): string {
  const rows = JOBS.map((jobs) => {
    const readings = Array.from({ length: RUNS }, () => build(jobs));
    const text = (of: (reading: DigestReading) => number, digits = 0) =>
      spreadText(spread(readings.map(of)), digits);
    return [
      jobs.toLocaleString('en-US'),
      ((readings[0]?.bytes ?? 0) / 1024).toFixed(1),
      text(({ milliseconds }) => milliseconds / 1000, 1),
      text(({ megabytes }) => megabytes),
    ];
  });
  return `## Digests

The function that sends digests, with a table and a topic in memory, makes one digest of so many
failed jobs: it claims each, reads all, sends the digest and clears each. Each job has ten reasons,
and one of them is its own. Real calls of DynamoDB take longer, some milliseconds for 25 at once.
SNS takes 256 KB. Each process has a heap limit of ${HEAP_MB} MB; the last column is all of its memory, with
Node itself and the table in memory, and the function has 256 MB. The values are the median of ${RUNS}
processes, with the least and the most.
${machine()}

${table(['failed jobs', 'KB of the email', 'seconds', 'MB of the process'], rows)}`;
}

/** What a digest of so many jobs takes, in a process of its own. @throws Error where it dies. */
export function build(jobs: number): DigestReading {
  const program = fileURLToPath(new URL('build-digest.ts', import.meta.url));
  const args = [`--max-heap-size=${HEAP_MB}`, program, String(jobs)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
