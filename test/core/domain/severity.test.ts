import { expect, test } from 'vitest';
import { OUTCOME_STATUS } from '../../../cli/exit-status.ts';
import { NOTICE_OUTCOMES, OUTCOMES, type Outcome } from '../../../core/contract/names.ts';
import { severity } from '../../../core/domain/severity.ts';

const worstFirst = (outcomes: readonly string[]) => outcomes.toSorted((a, b) => severity(b) - severity(a));

test('outcomes of verdicts and notices have one order', () => {
  expect(worstFirst([...Object.values(NOTICE_OUTCOMES), ...OUTCOMES, 'NEWER'])).toEqual([
    'NEWER',
    'ABANDONED',
    'UNVERIFIED',
    'FAILED',
    'NOTHING_IMPORTED',
    'WATCH_FAILED',
    'PARTIALLY_FAILED',
    'OVERDUE',
    'SUCCEEDED_WITH_WARNINGS',
    'SUCCEEDED',
  ]);
});

test('exit statuses have the same order', () => {
  const byStatus = (Object.keys(OUTCOME_STATUS) as Outcome[]).sort(
    (a, b) => OUTCOME_STATUS[b] - OUTCOME_STATUS[a],
  );
  expect(byStatus).toEqual(worstFirst(OUTCOMES));
});
