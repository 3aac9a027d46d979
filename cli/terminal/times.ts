import { formatDuration } from './durations.ts';

/** `2026-01-31 14:05:09Z`, or without the seconds: always UTC, as AWS has it. @param at - milliseconds since the epoch. */
export function formatTime(at: number, { seconds = true } = {}): string {
  const text = new Date(at).toISOString().replace('T', ' ');
  return `${text.slice(0, seconds ? 19 : 16)}Z`;
}

/** `2026-01-31 14:05:09Z, 3 h 20 min ago`, or `in 5 min`. */
export function formatMoment(at: number, now: number): string {
  const distance = formatDuration(Math.abs(now - at) / 1000);
  return `${formatTime(at)}, ${at > now ? `in ${distance}` : `${distance} ago`}`;
}

/** For JSON. @param at - milliseconds since the epoch. */
export function isoTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
