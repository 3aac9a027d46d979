/**
 * Event patterns as EventBridge matches them, as far as our templates use them: nested objects and lists of values,
 * which match exactly. No well-kept library does this (docs/dependencies.md), so any other operator is refused rather
 * than guessed at.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export type EventPattern = {
  readonly [key: string]: EventPattern | readonly (string | number | boolean | null)[];
};

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
    if (!Array.isArray(value)) {
      parsePattern(value, at);
      continue;
    }
    const operator = value.find((entry) => typeof entry === 'object' && entry !== null);
    if (operator) {
      throw new Error(
        `event pattern: the local runner does not know the operator ${Object.keys(operator)[0]} at ${at}`,
      );
    }
  }
  return pattern as EventPattern;
}

/** Whether an event has every member of the pattern with one of its values; a list in the event matches by any entry. */
export function matches(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const actual = (event as Record<string, unknown> | null | undefined)?.[key];
    if (!Array.isArray(expected)) {
      return typeof actual === 'object' && matches(expected as EventPattern, actual);
    }
    return (Array.isArray(actual) ? actual : [actual]).some((value) => expected.includes(value as never));
  });
}
