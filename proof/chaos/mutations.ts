/** Changes of a line of the code, or of two that guard the same, that the chaos runs must catch: a proof that cannot fail proves nothing. */
export interface Mutation {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** A second line that guards the same. */
  readonly and?: Pick<Mutation, 'file' | 'from' | 'to'>;
  /** The first run that is played, where what it needs is rare. Default: 1. */
  readonly seed?: number;
  /** The test that has to catch it, where no run can: its path in the folder of tests. */
  readonly test?: string;
}

/** Runs that have what is rare. */
const SEEDS = {
  listDenied: 24,
  readsFail: 284,
  outageOfDays: 42,
  listMisses: 177,
  migration: 197,
  oldestFirst: 111,
  cutRound: 111,
} as const;

export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'the sweep does nothing',
    file: 'lambda/handlers/sweep.ts',
    from: '    let finished = false;',
    to: '    if (start > 0) return { ...tally.counts, failed: 0, finished: true };\n    let finished = false;',
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
    // The list of all jobs has those that run as well.
    and: {
      file: 'core/domain/watch/sweep.ts',
      from: '[...SWEPT_STATUSES, undefined]',
      to: 'SWEPT_STATUSES',
    },
  },
  {
    what: 'the sweep does not report failed watches',
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
    from: "  verdictPublished: 'yes',\n  sentence: 'The verdict was published; the email about it may not have been sent.',",
    to: "  verdictPublished: 'no',\n  sentence: 'It published no verdict.',",
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
    what: 'overdue is reported at every check',
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
  {
    what: 'what a newer definition passes more is refused',
    file: 'core/domain/incoming.ts',
    from: '  watch: z.object({',
    to: '  watch: z.strictObject({',
  },
  {
    what: 'a sweep counts whatever it failed on',
    file: 'lambda/sweep/tally.ts',
    from: '...(finished && watchesSwept && {',
    to: '...({',
    and: { file: 'lambda/sweep/tally.ts', from: '{ sweepFailures: failed }', to: '{ sweepFailures: 0 }' },
    seed: SEEDS.listDenied,
  },
  {
    what: 'a verdict that is late is no part that a sweep failed on',
    file: 'lambda/sweep/jobs.ts',
    from: 'LATE_MS = 10 * 60_000',
    to: 'LATE_MS = 10 ** 12',
    seed: SEEDS.readsFail,
  },
  {
    what: 'a running watch is woken each minute by a list that misses its job',
    file: 'lambda/sweep/running.ts',
    from: '  if (!hasEnded(jobStatus)) return;\n',
    to: '',
    seed: SEEDS.listMisses,
  },
  {
    what: 'a watch that was redriven six times is not replaced',
    file: 'core/domain/watch/repair.ts',
    from: '  if (watchNumber(watch.name) < MAX_WATCHES) return',
    to: '  if (1 > 2) return',
    seed: SEEDS.outageOfDays,
  },
  {
    what: 'every email says that all was imported',
    file: 'core/domain/notices/finished-message.ts',
    from: "      ['Outcome', outcome],",
    to: "      ['Outcome', 'SUCCEEDED'],",
  },
  {
    what: 'the storm guard counts each try, not sets of events',
    file: 'core/aws/digests.ts',
    from: "':id': { SS: [eventId] },",
    to: "':id': { SS: [eventId + performance.now()] },",
    seed: SEEDS.migration,
  },
  {
    what: 'the storm guard is off',
    file: 'lambda/runtime/people.ts',
    from: "!isOn && email === 'taken' ? 'email' : 'digest'",
    to: "1 < 2 || (!isOn && email === 'taken') ? 'email' : 'digest'",
    seed: SEEDS.migration,
  },
  {
    what: 'the storm guard forgets the hour before',
    file: 'lambda/runtime/people.ts',
    from: "!isOn && email === 'taken' ? 'email' : 'digest'",
    to: "email === 'taken' ? 'email' : 'digest'",
    seed: SEEDS.migration,
  },
  {
    what: 'digests: the filter of an address is ignored',
    file: 'core/contract/audiences.ts',
    from: '  if (outcomes && !outcomes.includes(outcome)) return false;\n',
    to: '',
    seed: SEEDS.migration,
  },
  {
    what: 'digests: the window is closed before its hour has ended',
    file: 'lambda/digests/send.ts',
    from: 'const due = lastBoundary(audience.every, timeZone, now);',
    to: 'const due = lastBoundary(audience.every, timeZone, now) + 3600_000;',
    seed: SEEDS.migration,
  },
  {
    what: 'digests: one is recorded as sent before it is',
    file: 'lambda/digests/send.ts',
    from: "    sent = await send(tools, audience, boundary, digest);\n    await reach('sent');",
    to: "    await reach('sent');\n    sent = await send(tools, audience, boundary, digest);",
    seed: SEEDS.migration,
  },
  {
    what: 'digests: one has all that waits, not what it claimed',
    file: 'core/aws/digests.ts',
    from: "'attribute_exists(#n) AND #d = :d'",
    to: "'attribute_exists(#n)'",
    seed: SEEDS.migration,
  },
  {
    what: 'an event of a job whose watch has ended cannot be taken',
    file: 'core/aws/executions.ts',
    from: "    if ((error as Error).name === 'ExecutionAlreadyExists') return 'ended';\n",
    to: '',
  },
  {
    what: 'a list that was cut off is taken for complete',
    file: 'lambda/sweep/running.ts',
    from: '    if (cut) return { cutAt: datastoreId, gauges, pages };\n',
    to: '',
    test: 'lambda/handlers/sweep.test.ts',
  },
  {
    what: 'a list is left early in whatever order it is',
    file: 'lambda/sweep/rounds.ts',
    from: 'return known && descends && ',
    to: 'return known && ',
    seed: SEEDS.oldestFirst,
  },
  {
    what: 'a list is taken for one that descends after its first job',
    file: 'core/domain/watch/sweep.ts',
    from: 'const STEPS_DOWN = 10;',
    to: 'const STEPS_DOWN = 1;',
    seed: SEEDS.oldestFirst,
  },
  {
    what: 'where a round was cut off is forgotten',
    file: 'lambda/sweep/rounds.ts',
    from: 'startingAt(datastoreIds, rounds.cut?.at.datastoreId)',
    to: 'startingAt(datastoreIds, undefined)',
    and: {
      file: 'lambda/sweep/rounds.ts',
      from: 'itinerary([datastoreId], from?.at, ALL_LISTS)',
      to: 'itinerary([datastoreId], undefined, ALL_LISTS)',
    },
    seed: SEEDS.cutRound,
  },
  {
    what: 'where a sweep of running jobs was cut off is forgotten',
    file: 'lambda/sweep/running.ts',
    from: 'startingAt(datastoreIds, from)',
    to: 'startingAt(datastoreIds, undefined)',
    test: 'lambda/handlers/sweep.test.ts',
  },
  {
    what: 'a job that was given up is not read by its id',
    file: 'lambda/sweep/rounds.ts',
    from: '(record.outcome || hasEnded(job.jobStatus))',
    to: 'hasEnded(job.jobStatus)',
    test: 'lambda/handlers/sweep.test.ts',
  },
  {
    what: 'two sweeps of a kind run at once',
    file: 'core/aws/sweep-items.ts',
    from: 'attribute_not_exists(#e) OR #e <= :e OR #o = :o',
    to: 'attribute_not_exists(#none) OR #e <= :e OR #o = :o',
    test: 'lambda/handlers/sweep.test.ts',
  },
  {
    what: 'what lines said is remembered without a bound',
    file: 'core/domain/verdict/manifest.ts',
    from: 'else if (this.#said.size < MAX_DISTINCT_REASONS)',
    to: 'else',
    test: 'core/domain/verdict/manifest-memory.test.ts',
  },
  {
    what: 'a request may take for ever',
    file: 'core/aws/clients.ts',
    from: 'requestTimeout: 8_000, ',
    to: '',
    test: 'core/aws/clients.test.ts',
  },
  {
    what: 'alarms look at the least of a count',
    file: 'lib/private/watcher-alarms.ts',
    from: 'statistic: Stats.SUM',
    to: 'statistic: Stats.MINIMUM',
    test: 'lib/alarms.test.ts',
  },
  {
    what: 'alarms look at how often was counted',
    file: 'lib/private/watcher-alarms.ts',
    from: 'statistic: Stats.SUM',
    to: 'statistic: Stats.SAMPLE_COUNT',
    test: 'lib/alarms.test.ts',
  },
  {
    what: '`wait` does not wait for a manifest that is forbidden so far',
    file: 'cli/wait/follow.ts',
    from: 'FORBIDDEN_GRACE_SECONDS = 30',
    to: 'FORBIDDEN_GRACE_SECONDS = 0',
    test: 'cli/wait',
  },
  {
    what: '`start` takes an output without a slash for one that is not inside the input',
    file: 'cli/start/problems.ts',
    from: '}/`.startsWith(input.key)',
    to: '}`.startsWith(input.key)',
    test: 'cli/start',
  },
  {
    what: '`start` refuses exactly as many files as a job may have',
    file: 'cli/start/survey.ts',
    from: '++files > QUOTAS.files',
    to: '++files >= QUOTAS.files',
    test: 'cli/start',
  },
];
