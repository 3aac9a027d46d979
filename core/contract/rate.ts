const SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/**
 * The seconds of `rate(15 minutes)`, or undefined for all that EventBridge would not take as a rate.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html
 */
export function rateSeconds(expression: string): number | undefined {
  const [, text, unit = '', plural] = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(text);
  // EventBridge wants the singular for 1, and the plural for all else.
  if (!text || (value === 1) !== (plural === '')) return undefined;
  return value * (SECONDS[unit] ?? Number.NaN);
}
