/** States that an execution enters from its start to the next check, or to its end, by what the check found. */
export interface TurnTransitions {
  readonly running: number;
  readonly overdue: number;
  readonly finished: number;
}

/** Of the state machine that is deployed; a test holds them to its synthesized definition. */
export const TURNS: TurnTransitions = { running: 3, overdue: 7, finished: 7 };
