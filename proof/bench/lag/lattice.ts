/**
 * Points of a lattice in place of chance (Roberts' R4 sequence): as even as can be, and the same at every run.
 * Each has four numbers from 0 to less than 1.
 */
export function lattice(count: number): readonly (readonly [number, number, number, number])[] {
  // The positive root of x^5 = x + 1.
  const root = 1.1673039782614187;
  const at = (i: number, power: number) => (0.5 + (i + 1) / root ** power) % 1;
  return Array.from({ length: count }, (_, i) => [at(i, 1), at(i, 2), at(i, 3), at(i, 4)]);
}

/** A value, and how likely it is. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** The mean; infinite where a value that may come is. */
export function mean(values: readonly Weighted[]): number {
  let [sum, weights] = [0, 0];
  for (const { value, weight } of values) {
    if (weight === 0) continue;
    sum += value * weight;
    weights += weight;
  }
  return sum / weights;
}

/** The value that is not passed by this share of all. */
export function quantile(values: readonly Weighted[], share: number): number {
  const sorted = values.filter(({ weight }) => weight > 0).toSorted((a, b) => a.value - b.value);
  const all = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { value, weight } of sorted) {
    sum += weight;
    // Weights are added up in another order than `all`.
    if (sum >= share * all * (1 - 1e-12)) return value;
  }
  throw new Error('there is no quantile of no values');
}
