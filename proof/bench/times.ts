import { availableParallelism, cpus, loadavg } from 'node:os';

/** The median of some runs and, for the machine's noise, the least and the most of them. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws Error without values: there is no median of nothing. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined || min === undefined || max === undefined) {
    throw new Error('there is no median of no values');
  }
  return { min, median: (low + high) / 2, max };
}

/** As a table shows it: "12.3 (11.9 to 14.0)". */
export function spreadText({ min, median, max }: Spread, digits = 0): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** Milliseconds that each of some runs takes, one after the other. */
export async function millisecondsOf(runs: number, work: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

/** What measured times depend on, in sentences. */
export function machine(): string {
  const cores = availableParallelism();
  const [, load = 0] = loadavg();
  const others =
    load > cores ? `\nOther work used them at the same time: the load average was ${load.toFixed(0)}.` : '';
  return `Measured with Node ${process.version.slice(1)} on ${cores} cores of ${cpus()[0]?.model.trim() ?? 'an unknown CPU'}.${others}`;
}
