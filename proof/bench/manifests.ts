import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Reading } from './read-manifest.ts';
import { table } from './table.ts';
import { machine, type Spread, spread } from './times.ts';

const RUNS = 5;
const CASES = [
  [1_000, 'alike'],
  [100_000, 'alike'],
  [1_000_000, 'alike'],
  [1_000_000, 'distinct'],
] as const;

export function section(): string {
  const rows = CASES.map(([lines, messages]) => {
    const ours: Reading[] = [];
    const bare: Reading[] = [];
    // In turn, so that what else the machine does hits both alike.
    for (let run = 0; run < RUNS; run++) {
      ours.push(reading('ours', lines, messages));
      bare.push(reading('bare', lines, messages));
    }
    const [ourTime, bareTime] = [ours, bare].map((all) => spread(all.map((each) => each.milliseconds)));
    if (!ourTime || !bareTime) throw new Error('nothing was measured');
    const [ourCpu = 0, bareCpu = 0] = [ours, bare].map((all) => spread(all.map(({ cpu }) => cpu)).median);
    const memory = spread(ours.map(({ megabytes }) => megabytes));
    return [
      `${lines.toLocaleString('en')}${messages === 'distinct' ? ', each with a message of its own' : ''}`,
      perSecond(lines, ourTime),
      perSecond(lines, bareTime),
      (bareTime.median / ourTime.median).toFixed(2),
      (bareCpu / ourCpu).toFixed(2),
      `${memory.median.toFixed(0)} (${memory.min.toFixed(0)} to ${memory.max.toFixed(0)})`,
    ];
  });
  return `## Manifests

The speed of reading \`failure.ndjson\`, compared with a bare loop that splits the same stream at line
ends and parses each line as JSON. Both get the file from the SDK's S3 client, in chunks of 64 KB,
each time in a separate process that has read a file of ten lines before. The values are thousands
of lines a second, and the largest growth of the process in MB: the median of ${RUNS} processes, with the
least and the most; and the comparison by the medians of the CPU time, which other work on the
machine changes less. Targets for a message a line: at least 0.65 of the bare loop, at most 64 MB.
${machine()}

${table(['lines', 'thousands a second', 'bare loop', 'ours to that', 'in CPU time', 'MB'], rows)}`;
}

function reading(how: string, lines: number, messages: string): Reading {
  const program = fileURLToPath(new URL('read-manifest.ts', import.meta.url));
  return JSON.parse(
    execFileSync(process.execPath, [program, how, String(lines), messages], { encoding: 'utf8' }),
  );
}

/** The longest time is the least speed. */
function perSecond(lines: number, { min, median, max }: Spread): string {
  const thousands = (milliseconds: number) => Math.round(lines / milliseconds).toLocaleString('en');
  return `${thousands(median)} (${thousands(max)} to ${thousands(min)})`;
}
