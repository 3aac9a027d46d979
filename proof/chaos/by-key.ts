/** Things by a key of theirs, in the order in which they came. */
export class ByKey<T> {
  readonly #all = new Map<string, T[]>();

  add(key: string, one: T): void {
    const known = this.#all.get(key);
    if (known) known.push(one);
    else this.#all.set(key, [one]);
  }

  get(key: string): readonly T[] {
    return this.#all.get(key) ?? [];
  }
}
