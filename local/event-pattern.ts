/**
 * Event patterns as EventBridge matches them, as far as our templates use them: nested objects, and lists of values
 * that match exactly or of `{ "exists": true | false }`. No well-kept library does this (docs/dependencies.md), so any
 * other operator is refused rather than guessed at.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export type EventPattern = {
  readonly [key: string]: EventPattern | readonly Matcher[];
};
type Matcher = string | number | boolean | null | { readonly exists: boolean };

/** @throws Error that names the first operator that is not supported. */
export function parsePattern(pattern: unknown, path = ''): EventPattern {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) {
    throw new Error(`event pattern: expected an object at '${path}'`);
  }
  for (const [key, value] of Object.entries(pattern)) {
    const at = path ? `${path}.${key}` : key;
    if (key.startsWith('$')) {
      throw new Error(`event pattern: the local runner does not know the operator ${at}`);
    }
    if (Array.isArray(value)) for (const entry of value) checkEntry(entry, at);
    else parsePattern(value, at);
  }
  return pattern as EventPattern;
}

function checkEntry(entry: unknown, at: string): void {
  if (typeof entry !== 'object' || entry === null) return;
  for (const [operator, argument] of Object.entries(entry)) {
    if (operator !== 'exists') {
      throw new Error(`event pattern: the local runner does not know the operator ${operator} at ${at}`);
    }
    if (typeof argument !== 'boolean') {
      throw new Error(`event pattern: expected true or false for the operator exists at ${at}`);
    }
  }
}

/** Whether an event has every member of the pattern as the pattern wants it; a list in the event matches by any entry. */
export function matches(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const actual = isObject(event) ? event[key] : undefined;
    if (!isList(expected)) return matches(expected, actual);
    // Only leaves count: to EventBridge an object, or an empty list, is not there.
    const leaves = (Array.isArray(actual) ? actual : [actual]).filter(
      (value) => value !== undefined && !isObject(value),
    );
    return expected.some((entry) =>
      isObject(entry) ? entry.exists === leaves.length > 0 : leaves.includes(entry),
    );
  });
}

const isList = (value: EventPattern | readonly Matcher[]): value is readonly Matcher[] =>
  Array.isArray(value);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
