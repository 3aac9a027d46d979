import { expect, test } from 'vitest';
import { progressOf } from '../../../../core/domain/watch/progress.ts';

test.each([
  ['Check import job', 'no', 'It published no verdict.'],
  ['What did we learn?', 'no', 'It published no verdict.'],
  ['Wait for news', 'no', 'It published no verdict.'],
  ['Summarize import', 'no', 'It published no verdict.'],
  ['Publish outcome', 'unknown', 'The verdict may have been published.'],
  ['Notify people', 'yes', 'The verdict was published; the email about it may not have been sent.'],
  [
    'Notify chat',
    'yes',
    'The verdict was published and emailed; the message for chat may not have been sent.',
  ],
  [
    'Record outcome',
    'yes',
    'The verdict was published and sent to people; only the record of that may be missing.',
  ],
  [
    'Publish overdue notice',
    'no',
    'It published no verdict. The notice that the job is overdue may have been published.',
  ],
  [
    'Notify people of overdue job',
    'no',
    'It published no verdict. The notice that the job is overdue was published; the email about it may not have been sent.',
  ],
  [
    'Notify chat of overdue job',
    'no',
    'It published no verdict. The notice that the job is overdue was published and emailed; the message for chat may not have been sent.',
  ],
  [
    'Record overdue notice',
    'no',
    'It published no verdict. The notice that the job is overdue was published and sent to people; only the record of that may be missing.',
  ],
] as const)('a watch that failed in %s', (step, verdictPublished, sentence) => {
  expect(progressOf(step)).toEqual({ verdictPublished, sentence });
});

test.each([undefined, '', 'A state of another version', 'constructor', 'toString', '__proto__'])(
  'of a step that nobody knows only what is certain is said: %j',
  (step) => {
    expect(progressOf(step)).toEqual({
      verdictPublished: 'unknown',
      sentence: 'Whether the verdict was published is not known.',
    });
  },
);
