/** Members that are there, but not of the type that AWS documents: their names, and how often. */
export type Odd = Readonly<Record<string, number>>;

/** Reads optional members. One that is not of the documented type is left out, and counted. */
export class OptionalMembers {
  readonly #odd = new Map<string, number>();

  /** The member, where it is there and of this type. */
  read<T>(value: unknown, name: string, isDocumented: (value: unknown) => value is T): T | undefined {
    if (value === undefined || isDocumented(value)) return value;
    this.#odd.set(name, (this.#odd.get(name) ?? 0) + 1);
    return undefined;
  }

  /** Undefined where there were none. */
  odd(): Odd | undefined {
    return this.#odd.size > 0 ? Object.fromEntries(this.#odd) : undefined;
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** HealthImaging's ids have 32 characters. */
const MAX_ID_LENGTH = 64;

export function isId(value: unknown): value is string {
  return isText(value) && value.length <= MAX_ID_LENGTH;
}

export function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

/** What is more is no number of files: sums of such numbers would be no integers any more. */
const MAX_COUNT = 1e12;

/** Whether a value counts something. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT;
}

export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Parses a text of JSON, also where a byte order mark is before it; undefined where it holds no object. */
export function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    // Files that were put together have a mark in their middle. To trim takes marks away, too.
    return asRecord(JSON.parse(text.trim()));
  } catch {
    return undefined;
  }
}
