import prand from 'pure-rand';

/** Numbers from 0 to less than 1, the same for the same seed. */
export function uniform(seed: number): () => number {
  const generator = prand.xoroshiro128plus(seed);
  return () => (generator.unsafeNext() >>> 0) / 2 ** 32;
}
