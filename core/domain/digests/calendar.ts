import type { Cadence } from '../../contract/audiences.ts';

/** When the day of a digest ends, on the clock of its time zone. */
const DAY_ENDS_AT = 7;
const HOUR_MS = 3600_000;

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** The time on the clock of a time zone. @param timeZone - a name of the IANA database. @throws RangeError on one that is none. */
function clockOf(timeZone: string, at: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute', string> {
  let format = FORMATS.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    FORMATS.set(timeZone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value])) as never;
}

/** When the hour of the clock began. Times are milliseconds since the epoch. */
export function hourOf(timeZone: string, at: number): number {
  const { minute } = clockOf(timeZone, at);
  const minuteStart = Math.floor(at / 60_000) * 60_000;
  return minuteStart - Number(minute) * 60_000;
}

/**
 * When the last hour, or the last day, ended: what was held before that is due. What is held of an audience that wants each
 * verdict at once is due at the end of the hour.
 */
export function lastBoundary(every: Cadence, timeZone: string, now: number): number {
  let boundary = hourOf(timeZone, now);
  if (every !== 'day') return boundary;
  while (Number(clockOf(timeZone, boundary).hour) !== DAY_ENDS_AT) {
    // A clock that is turned moves the minutes in some zones.
    boundary = hourOf(timeZone, boundary - HOUR_MS / 2);
  }
  return boundary;
}

/** `2026-11-27 09:00`, on the clock of a time zone. */
export function clockTime(timeZone: string, at: number): string {
  const { year, month, day, hour, minute } = clockOf(timeZone, at);
  return `${year}-${month}-${day} ${hour}:${minute}`;
}

/** The id of a digest: the same however often it is sent. */
export function digestId(audienceId: string, boundary: number): string {
  const time = new Date(boundary).toISOString().replace(/[-:]/g, '').slice(0, 13);
  return `${time}Z-${audienceId}`;
}
