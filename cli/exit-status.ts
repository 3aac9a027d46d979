import type { Reconciliation } from '../core/contract/campaign.ts';
import type { Outcome } from '../core/contract/names.ts';

/** What a command ends with; docs/command-line.md has the table. */
export const EXIT = {
  done: 0,
  /** Something went wrong: standard error says what. */
  failed: 1,
  /** The command was not understood. Nothing was done. */
  usage: 2,
  /** As of `timeout` of GNU coreutils. */
  timedOut: 124,
  /** 128 and the number of the signal, as shells have it. */
  interrupted: 130,
  terminated: 143,
} as const;

/**
 * The status of each outcome. Only `SUCCEEDED` is 0: files that were imported with a warning may not show all of their
 * images, and a status is all that a script sees.
 */
export const OUTCOME_STATUS: Readonly<Record<Outcome, number>> = {
  SUCCEEDED: EXIT.done,
  SUCCEEDED_WITH_WARNINGS: 10,
  PARTIALLY_FAILED: 11,
  NOTHING_IMPORTED: 12,
  FAILED: 13,
  UNVERIFIED: 14,
  ABANDONED: 15,
};

/** The status of `report --reconcile`, in place of that of the worst outcome. */
export const RECONCILED_STATUS: Readonly<Record<Reconciliation['outcome'], number>> = {
  ACCOUNTED: EXIT.done,
  NOT_ALL_IMPORTED: 16,
  NOT_ACCOUNTED: 17,
};
