/** An outage begins when the fleet has run for half an hour, and lasts an hour. Seconds. */
export const OUTAGE = { from: 30 * 60, seconds: 60 * 60 };

/** What goes wrong in that hour: nothing, every read of a job is throttled, or the events of ends are lost. */
export const TROUBLES = ['none', 'throttled', 'no events'] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Half of the reads that an account has: its other users take the rest (docs/healthimaging.md#10-quotas). */
export const READS = { perSecond: 25 / 2, burst: 50 / 2 };

/** How long jobs take, in minutes, each as often as the others. */
export const DURATIONS = [2, 5, 10, 15, 20, 30, 45, 60, 90, 120] as const;

/** What a data store takes at a time (docs/healthimaging.md#10-quotas). */
export const JOBS_PER_DATASTORE = 100;

/** What became of a fleet. Times in seconds of the fleet. */
export interface FleetResult {
  readonly jobs: number;
  readonly trouble: Trouble;
  /** Jobs whose verdict was published, and those of which it was published more than once. */
  readonly told: number;
  readonly toldTwice: number;
  /** Times that a watch failed, whether or not the sweep repaired it. */
  readonly failed: number;
  /** From the end of a job to its verdict. */
  readonly lag: {
    readonly mean: number;
    readonly median: number;
    readonly p99: number;
    readonly worst: number;
  };
  /** From the end of a job, or of the outage where that is later. */
  readonly worstAfterOutage: number;
  /** Requests of `GetDICOMImportJob` in each second, answered or throttled, and how many were throttled in all. */
  readonly requests: readonly number[];
  readonly throttled: number;
  /** What it took to play it. */
  readonly megabytes: number;
  readonly cpuSeconds: number;
}
