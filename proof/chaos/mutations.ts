/** Changes of a line of the code, or of two that guard the same, that the chaos runs must catch: a proof that cannot fail proves nothing. */
export interface Mutation {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** A second line that guards the same. */
  readonly and?: Omit<Mutation, 'what' | 'and'>;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'the sweep does nothing',
    file: 'lambda/handlers/sweep.ts',
    from: '  let finished = false;',
    to: '  if (start > 0) return { ...tally.counts, failed: 0, finished: true };\n  let finished = false;',
  },
  {
    what: 'the sweep looks at running jobs only',
    file: 'core/domain/watch/sweep.ts',
    from: '  return !hasEnded(jobStatus) || ',
    to: '  return !hasEnded(jobStatus) || 1 > 2 && ',
  },
  {
    what: 'the sweep looks at ended jobs only',
    file: 'core/domain/watch/sweep.ts',
    from: "['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED']",
    to: "['COMPLETED', 'FAILED']",
  },
  {
    what: 'the sweep does not tell of failed watches',
    file: 'lambda/sweep/watches.ts',
    from: '          if (untold) await ',
    to: '          if (1 > 2) await ',
  },
  {
    what: 'an event goes to the bus again until people were reached',
    file: 'lambda/runtime/tell-failure.ts',
    from: '    failureEventIdsOnBus.includes(eventId) ||',
    to: '    (1 > 2) ||',
  },
  {
    what: 'every watch that failed is said to have published no verdict',
    file: 'core/domain/watch/progress.ts',
    from: "    verdictPublished: 'yes',\n    sentence: 'The verdict was published; the email about it may not have been sent.',",
    to: "    verdictPublished: 'no',\n    sentence: 'It published no verdict.',",
  },
  {
    what: 'failed watches are not repaired',
    file: 'core/domain/watch/repair.ts',
    from: "  if (status === 'ABORTED') return",
    to: '  if (status) return',
  },
  {
    what: 'the status in an event is trusted, by the check and by the summary',
    file: 'core/domain/watch/check.ts',
    from: '  if (hasEnded(jobStatus)) return',
    to: "  if (hasEnded(jobStatus) || observation.news?.jobStatus === 'COMPLETED') return",
    and: {
      file: 'core/domain/verdict/manifest-readiness.ts',
      from: "  return check?.next !== 'abandoned' && ",
      to: '  return 1 > 2 && ',
    },
  },
  {
    what: 'an outage is not sat out',
    file: 'lib/private/retries.ts',
    from: '  maxAttempts: 45,',
    to: '  maxAttempts: 0,',
  },
  {
    what: 'a job that is not found once is given up',
    file: 'core/domain/watch/check.ts',
    from: 'NOT_FOUND_GRACE_SECONDS = 300',
    to: 'NOT_FOUND_GRACE_SECONDS = 0',
  },
  {
    what: 'a job that never was is given up, too',
    file: 'core/domain/watch/check.ts',
    from: "next: known ? 'abandoned' : 'unknown'",
    to: "next: 'abandoned'",
  },
  {
    what: 'a late manifest is not waited for',
    file: 'core/domain/verdict/manifest-readiness.ts',
    from: 'MANIFEST_GRACE_SECONDS = 300',
    to: 'MANIFEST_GRACE_SECONDS = 0',
  },
  {
    what: 'lines that are late are not waited for',
    file: 'lambda/handlers/summarize-import.ts',
    from: '      if (isIncomplete(manifest)) {',
    to: '      if (1 > 2 && isIncomplete(manifest)) {',
  },
  {
    what: 'late lines of files that HealthImaging refused are not waited for',
    file: 'core/domain/verdict/manifest-readiness.ts',
    from: '(summary.numberOfFilesWithCustomerError ?? 0) + ',
    to: '',
  },
  {
    what: 'late lines of files that HealthImaging failed on are not waited for',
    file: 'core/domain/verdict/manifest-readiness.ts',
    from: ' + (summary.numberOfFilesWithServerError ?? 0)',
    to: '',
  },
  {
    what: 'a list of imported files that is absent is taken as agreement',
    file: 'core/domain/verdict/outcome.ts',
    from: 'if (!success.unreadable && !warning.unreadable && held(success) + held(warning) === 0) {',
    to: "if (held(success) + held(warning) === 0) {\n    return { outcome: 'SUCCEEDED', ...figures };",
  },
  {
    what: 'overdue is told at every check',
    file: 'core/domain/watch/check.ts',
    from: 'untilOverdue <= 0 && !told?.overdueEventId',
    to: 'untilOverdue <= 0',
  },
  {
    what: 'the end of a job that was given up is ignored',
    file: 'core/domain/watch/told.ts',
    from: "(outcome !== 'ABANDONED' || laterOutcome !== undefined)",
    to: "(outcome !== '' || laterOutcome !== undefined)",
  },
  {
    what: 'the later verdict has the id of the first',
    file: 'core/domain/watch/told.ts',
    from: "later ? '-2' : ''",
    to: "later ? '' : ''",
  },
  {
    what: 'zero imported files are a partial failure',
    file: 'core/domain/verdict/outcome.ts',
    from: "  if (files.imported === 0) return { outcome: 'NOTHING_IMPORTED', ...figures };",
    to: '',
  },
  {
    what: 'the end of the wait is not caught',
    file: 'lib/import-workflow.ts',
    from: "    wait.addCatch(check, { errors: ['States.Timeout'], resultPath: '$.news' });",
    to: '',
  },
];
