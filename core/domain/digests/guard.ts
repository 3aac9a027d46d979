import { hourOf } from './calendar.ts';

/** How long the table remembers an hour of the guard: longer than the hour after it needs it. */
const REMEMBER_SECONDS = 2 * 24 * 3600;

/** The hours of the storm guard that a notice is counted in. */
export interface GuardedHours {
  readonly hour: string;
  readonly before: string;
  readonly minute: number;
  /** When the table may forget the hour: epoch seconds, as text. */
  readonly expiresAt: string;
}

/**
 * The hour that a notice is counted in, and the one before. A success has a count of its own: it never delays a failure.
 * @param now - milliseconds since the epoch.
 */
export function guardedHours(outcome: string, timeZone: string, now: number): GuardedHours {
  const start = hourOf(timeZone, now);
  return {
    hour: guardName(outcome, start),
    before: guardName(outcome, hourOf(timeZone, start - 1)),
    minute: Math.floor((now - start) / 60_000),
    expiresAt: String(Math.floor(now / 1000) + REMEMBER_SECONDS),
  };
}

/** @param start - of the hour, in milliseconds since the epoch. */
export function guardName(outcome: string, start: number): string {
  return `${new Date(start).toISOString()}${outcome === 'SUCCEEDED' ? '-success' : ''}`;
}
