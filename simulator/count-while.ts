/** How many of these fit, which all come before those that do not: found by halves, not one by one. */
export function countWhile<T>(all: readonly T[], fits: (one: T) => boolean): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(all[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
