import { NOTICE_OUTCOMES, OUTCOMES, type Outcome } from '../contract/names.ts';

/** A notice that is no verdict is a little worse than the verdict with this outcome. */
const NOTICES: Readonly<Record<string, Outcome>> = {
  [NOTICE_OUTCOMES.overdue]: 'SUCCEEDED_WITH_WARNINGS',
  [NOTICE_OUTCOMES.watchFailed]: 'PARTIALLY_FAILED',
};

/**
 * How bad an outcome is, of a verdict or a notice: the larger, the worse. Reports, digests and exit statuses have this order.
 * One that this version does not know is the worst.
 */
export function severity(outcome: string): number {
  const notice = NOTICES[outcome];
  if (notice) return OUTCOMES.indexOf(notice) + 0.5;
  const at = (OUTCOMES as readonly string[]).indexOf(outcome);
  return at < 0 ? OUTCOMES.length : at;
}
