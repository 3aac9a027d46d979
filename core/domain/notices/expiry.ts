/**
 * How long the table remembers a finished watch: longer than the 90 days for which HealthImaging lists a job and
 * Step Functions keeps an execution's name taken.
 */
const REMEMBER_DAYS = 120;

/** When the table may forget the notices of now: epoch seconds, as text. @param now - milliseconds since the epoch. */
export function expiry(now: number): string {
  return String(Math.floor(now / 1000) + REMEMBER_DAYS * 24 * 3600);
}
