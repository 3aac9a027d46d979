import { expect, test } from 'vitest';
import {
  EVENTS_OF_OVERDUE_NOTICE,
  EVENTS_PER_CHECK,
  HISTORY_BUDGET,
  scheduledHistoryEvents,
} from '../../core/contract/history-budget.ts';
import { checkHistoryBudget } from '../../lib/private/history-budget.ts';
import { DEFAULT_POLL_INTERVAL } from '../../lib/private/settings.ts';
import type { State } from '../../local/definition.ts';
import { definitionOf, synthesize } from './synthesize.ts';

const DAY = 24 * 3600;

/** History events of one visit of a state that goes well; of a wait, one that times out. */
function eventsOf({ Type, Resource = '' }: State): number {
  if (Type === 'Choice') return ['entered', 'exited'].length;
  if (Resource.startsWith('arn:aws:lambda:')) {
    return ['entered', 'scheduled', 'started', 'succeeded', 'exited'].length;
  }
  if (Resource.endsWith('.waitForTaskToken')) {
    return ['entered', 'scheduled', 'started', 'submitted', 'timed out', 'exited'].length;
  }
  throw new Error(`a ${Type} of ${Resource} was not expected in the loop`);
}

test('a turn of the wait-loop takes as many history events as the budget counts', () => {
  const { States, StartAt } = definitionOf(synthesize());
  let events = 0;
  let name = StartAt;
  do {
    const state = States[name] as State;
    events += eventsOf(state);
    const [running] = (state.Choices ?? []) as { Next: string }[];
    name = running?.Next ?? String(state.Next);
  } while (name !== StartAt);
  expect(events).toBe(EVENTS_PER_CHECK);
  expect(events).toBe(13);
});

test('the overdue notice takes as many history events as the budget counts', () => {
  const { States } = definitionOf(synthesize({ chat: true }));
  const { Choices } = States['What did we learn?'] as State;
  const overdue = (Choices as { StringEquals?: string; Next: string }[]).find(
    ({ StringEquals }) => StringEquals === 'overdue',
  );
  let events = EVENTS_PER_CHECK;
  for (let name = String(overdue?.Next); name !== 'Wait for news'; ) {
    const { Type, Next, Default } = States[name] as State & { Default?: string };
    // A choice is entered and exited; a task entered, scheduled, started, succeeded, exited. No digest holds it.
    events += Type === 'Choice' ? 2 : 5;
    name = String(Next ?? Default);
  }
  expect(events).toBe(EVENTS_OF_OVERDUE_NOTICE);
  expect(events).toBe(37);
});

test('the budget is half of what Step Functions allows', () => {
  expect(HISTORY_BUDGET).toBe(12_500);
});

// In the phase with the shortest waits, which are three quarters of the others.
test.each<[string, number, number, number]>([
  ['a check at the start and one at the end', DAY, (DAY * 3) / 4, 2],
  ['every quarter of an hour for a day', 900, DAY, 128 + 1],
  ['every quarter of an hour for a week', 900, 7 * DAY, 896 + 1],
  ['the last wait is cut short', 1000, 3600, 5 + 1],
])('%s', (_, pollInterval, giveUpAfter, checks) => {
  expect(scheduledHistoryEvents(pollInterval, giveUpAfter)).toBe(checks * 13 + EVENTS_OF_OVERDUE_NOTICE);
  expect(() => checkHistoryBudget(pollInterval, giveUpAfter)).not.toThrow();
});

test('the default schedule stays within the budget', () => {
  const events = scheduledHistoryEvents(DEFAULT_POLL_INTERVAL.toSeconds(), 7 * DAY);
  expect(events).toBeLessThanOrEqual(HISTORY_BUDGET);
  expect(events).toBe((299 + 1) * 13 + EVENTS_OF_OVERDUE_NOTICE);
});

test.each([
  ['every minute for a day', 60, DAY],
  ['the default for 23 days', DEFAULT_POLL_INTERVAL.toSeconds(), 23 * DAY],
])('too much: %s', (_, pollInterval, giveUpAfter) => {
  const events = scheduledHistoryEvents(pollInterval, giveUpAfter);
  expect(() => checkHistoryBudget(pollInterval, giveUpAfter)).toThrow(
    `${events} history events before 'giveUpAfter', ${events - HISTORY_BUDGET} more than the 12500 allowed`,
  );
});
