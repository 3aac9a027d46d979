const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 24 * 3600 };

/**
 * Seconds of a duration such as `90s`, `30m`, `1h30m` or `7d`.
 * @returns undefined where the text is none: a number needs its unit, since others read it as something else.
 */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  const seconds = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  // To the millisecond: 1.1 * 3600 is 3960.0000000000005.
  return Math.round(seconds * 1000) / 1000;
}

/** `45 s`, `12 min 5 s`, `3 h 20 min`, `7 d`: the two largest units. */
export function formatDuration(seconds: number): string {
  let left = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    if (left >= size || (unit === 's' && parts.length === 0))
      parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
  }
  return parts.slice(0, 2).join(' ');
}
