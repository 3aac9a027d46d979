import { describe, expect, test } from 'vitest';
import { clockTime, digestId, hourOf, lastBoundary } from '../../../../core/domain/digests/calendar.ts';

const at = (iso: string) => Date.parse(iso);
const iso = (time: number) => new Date(time).toISOString();

test.each([
  ['UTC', '2026-11-27T08:59:59.999Z', '2026-11-27T08:00:00.000Z'],
  ['UTC', '2026-11-27T09:00:00.000Z', '2026-11-27T09:00:00.000Z'],
  ['Asia/Kolkata', '2026-11-27T08:29:00Z', '2026-11-27T07:30:00.000Z'],
  ['Asia/Kathmandu', '2026-11-27T08:29:00Z', '2026-11-27T08:15:00.000Z'],
])('an hour of %s at %s began at %s', (timeZone, now, start) => {
  expect(iso(hourOf(timeZone, at(now)))).toBe(start);
});

describe('the last day ended at 07:00 on the clock of the time zone', () => {
  test.each([
    ['UTC', '2026-11-27T06:59:00Z', '2026-11-26T07:00:00.000Z'],
    ['UTC', '2026-11-27T07:00:00Z', '2026-11-27T07:00:00.000Z'],
    ['Europe/Berlin', '2026-11-27T06:00:00Z', '2026-11-27T06:00:00.000Z'],
    ['America/New_York', '2026-11-27T11:59:00Z', '2026-11-26T12:00:00.000Z'],
    ['Asia/Kolkata', '2026-11-27T01:31:00Z', '2026-11-27T01:30:00.000Z'],
    // Clocks were turned back on 25 October, and will be turned forward on 28 March.
    ['Europe/Berlin', '2026-10-25T05:59:00Z', '2026-10-24T05:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T06:00:00Z', '2026-10-25T06:00:00.000Z'],
    ['Europe/Berlin', '2027-03-28T05:00:00Z', '2027-03-28T05:00:00.000Z'],
    // Here they are turned by half an hour.
    ['Australia/Lord_Howe', '2026-10-04T12:00:00Z', '2026-10-03T20:00:00.000Z'],
  ])('%s at %s: %s', (timeZone, now, boundary) => {
    expect(iso(lastBoundary('day', timeZone, at(now)))).toBe(boundary);
  });
});

test.each(['hour', 'verdict'] as const)('what is held for %s is due at the end of the hour', (every) => {
  expect(iso(lastBoundary(every, 'UTC', at('2026-11-27T08:10:00Z')))).toBe('2026-11-27T08:00:00.000Z');
});

test('both hours of a night in which clocks are turned back are hours of their own', () => {
  const first = hourOf('Europe/Berlin', at('2026-10-25T00:30:00Z'));
  const second = hourOf('Europe/Berlin', at('2026-10-25T01:30:00Z'));
  expect(clockTime('Europe/Berlin', first)).toBe(clockTime('Europe/Berlin', second));
  expect(digestId('a', first)).not.toBe(digestId('a', second));
});
