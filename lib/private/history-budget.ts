import { HISTORY_BUDGET, scheduledHistoryEvents } from '../../core/contract/history-budget.ts';
import { check } from './validate.ts';

/** @throws Error when a job that never ends would take more than its half of the history. */
export function checkHistoryBudget(
  pollIntervalSeconds: number,
  giveUpAfterSeconds: number,
  longest?: number,
): void {
  const events = scheduledHistoryEvents(pollIntervalSeconds, giveUpAfterSeconds, longest);
  check(
    events <= HISTORY_BUDGET,
    `the checks would take ${events} history events before 'giveUpAfter', ${events - HISTORY_BUDGET} more than the ${HISTORY_BUDGET} allowed: poll less often ('pollInterval') or give up sooner`,
  );
}
