const SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/**
 * Seconds between two firings of a rule.
 * @throws Error for anything but `rate(...)`, and for a rate that EventBridge would refuse
 */
export function everySeconds(expression: string): number {
  const [, text, unit = '', plural] = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(text);
  // EventBridge wants the singular for 1, and the plural for all else.
  if (!text || (value === 1) !== (plural === '')) {
    throw new Error(
      `the local runner does not know the schedule ${expression}, only rate(15 minutes) and the like`,
    );
  }
  return value * (SECONDS[unit] ?? Number.NaN);
}
