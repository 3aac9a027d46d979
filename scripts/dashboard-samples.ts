/** A day of a hospital that imports at night, with one bad import and an hour in which no event came. Invented. */

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** Imports an hour: most of them in the night. */
const night = (hour: number) =>
  [9, 11, 12, 12, 10, 7, 3, 1, 1, 2, 1, 1, 2, 2, 1, 2, 1, 2, 3, 4, 5, 6, 8, 9][hour] ?? 0;
const at = (when: number, value: number) => (hour: number) => (hour === when ? value : 0);
const none = () => 0;

const OUTCOMES: Readonly<Record<string, (hour: number) => number>> = {
  SUCCEEDED: night,
  SUCCEEDED_WITH_WARNINGS: (hour) => (hour % 5 === 0 ? 1 : 0),
  PARTIALLY_FAILED: at(3, 2),
  NOTHING_IMPORTED: at(14, 1),
  FAILED: none,
  UNVERIFIED: none,
  ABANDONED: none,
};

/** By name of the metric, or by label where several lines are of one metric or of an expression. */
const METRICS: Readonly<Record<string, (hour: number) => number>> = {
  FilesImported: (hour) => night(hour) * 420,
  FilesRejected: (hour) => ({ 3: 160, 14: 410 })[hour] ?? 0,
  median: (hour) => 4 + (hour % 3),
  '99 %': (hour) => (hour === 2 ? 320 : 9 + (hour % 4)),
  longest: (hour) => (hour === 2 ? 410 : 11 + (hour % 5)),
  OpenWatches: (hour) => Math.ceil(night(hour) / 2),
  ImportsOverdue: at(5, 1),
  'age of the oldest, hours': (hour) => (hour < 6 ? 1.1 * hour : 0.4),
  ApproximateNumberOfMessagesVisible: none,
  ExecutionsFailed: none,
  ExecutionsTimedOut: none,
  ExecutionsAborted: none,
  EventsLost: at(2, 7),
  HealthImagingThrottled: at(1, 3),
  ManifestUnavailable: none,
  SweepFailures: none,
  'age of the last full round, hours': (hour) => (hour + 16) % 24,
  dollars: () => 0.31,
};

/**
 * A value for each hour.
 * @param metric - its name and dimensions, or the label of an expression.
 * @throws Error on one without a sample: the picture would show what the dashboard does not.
 */
export function sampleSeries(metric: string | readonly string[], label: string): number[] {
  const [name = '', ...dimensions] = [metric].flat();
  const outcome = dimensions[dimensions.indexOf('outcome') + 1] ?? '';
  const sample = METRICS[label] ?? METRICS[name] ?? (name === 'ImportsFinished' && OUTCOMES[outcome]);
  if (!sample) throw new Error(`there is no sample of the metric ${name} (${label})`);
  return HOURS.map(sample);
}

/** What a query of the log gives. @throws Error on one without a sample. */
export function sampleLog(query: string): (readonly [name: string, count: number])[] {
  if (!query.includes('by exceptionType')) throw new Error(`there is no sample of the query ${query}`);
  return [
    ['ValidationException', 412],
    ['ConflictException', 131],
    ['ThrottlingException', 27],
  ];
}
