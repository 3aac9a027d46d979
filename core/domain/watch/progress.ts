import { STATES, type StateName, type VerdictPublished } from '../../contract/names.ts';

/** How far a watch had come that failed. */
export interface Progress {
  readonly verdictPublished: VerdictPublished;
  /** The same for people, with who was notified. */
  readonly sentence: string;
}

const OVERDUE_ON_BUS: Progress = {
  verdictPublished: 'no',
  sentence:
    'It published no verdict. The notice that the job is overdue was published; the email about it may not have been sent.',
};
const OVERDUE_EMAILED: Progress = {
  verdictPublished: 'no',
  sentence:
    'It published no verdict. The notice that the job is overdue was published and emailed; the message for chat may not have been sent.',
};
const ON_BUS: Progress = {
  verdictPublished: 'yes',
  sentence: 'The verdict was published; the email about it may not have been sent.',
};
const EMAILED: Progress = {
  verdictPublished: 'yes',
  sentence: 'The verdict was published and emailed; the message for chat may not have been sent.',
};
const NOTHING: Progress = { verdictPublished: 'no', sentence: 'It published no verdict.' };

/** By the state in which the watch failed: the states before it have succeeded, it may or may not have done its work. */
const PROGRESS: Readonly<Record<StateName, Progress>> = {
  [STATES.check]: NOTHING,
  [STATES.choose]: NOTHING,
  [STATES.wait]: NOTHING,
  [STATES.publishOverdue]: {
    verdictPublished: 'no',
    sentence: 'It published no verdict. The notice that the job is overdue may have been published.',
  },
  [STATES.chooseOverdueEmail]: OVERDUE_ON_BUS,
  [STATES.notifyOfOverdue]: OVERDUE_ON_BUS,
  [STATES.chooseOverdueChat]: OVERDUE_EMAILED,
  [STATES.notifyChatOfOverdue]: OVERDUE_EMAILED,
  [STATES.recordOverdue]: {
    verdictPublished: 'no',
    sentence:
      'It published no verdict. The notice that the job is overdue was published and sent to people; only the record of that may be missing.',
  },
  [STATES.summarize]: NOTHING,
  // Whatever the last try failed with: the answer to one before it may have been lost.
  [STATES.publish]: { verdictPublished: 'unknown', sentence: 'The verdict may have been published.' },
  [STATES.chooseEmail]: ON_BUS,
  [STATES.notify]: ON_BUS,
  [STATES.chooseChat]: EMAILED,
  [STATES.notifyChat]: EMAILED,
  [STATES.record]: {
    verdictPublished: 'yes',
    sentence: 'The verdict was published and sent to people; only the record of that may be missing.',
  },
};

const NOT_KNOWN: Progress = {
  verdictPublished: 'unknown',
  sentence: 'Whether the verdict was published is not known.',
};

/** @param failedStep - of the definition that the watch began with, whose states may have other names. */
export function progressOf(failedStep = ''): Progress {
  return Object.hasOwn(PROGRESS, failedStep) ? PROGRESS[failedStep as StateName] : NOT_KNOWN;
}
