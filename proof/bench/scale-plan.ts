/** Running jobs and jobs of 90 days of history that are swept, and over how many data stores they are spread. */
export const SIZES = [
  { running: 1_000, history: 20_000 },
  { running: 10_000, history: 200_000 },
  { running: 100_000, history: 1_000_000 },
] as const;
export const DATASTORES = [1, 10, 100] as const;

/** What an account may do by default (docs/healthimaging.md#10-quotas). */
export const JOBS_PER_DATASTORE = 100;

export interface ScaleScenario {
  readonly running: number;
  readonly history: number;
  readonly datastores: number;
}

/** What sweeping such an account came to. Seconds are those of the account. */
export interface ScaleResult extends ScaleScenario {
  /** A sweep of running jobs: calls of HealthImaging and of `ListExecutions`, and how long it takes, on average. */
  readonly runningSweep: {
    readonly calls: number;
    readonly executionPages: number;
    readonly seconds: number;
  };
  /** A sweep of all jobs between two full rounds: lists, and how long it takes. */
  readonly recentSweep: { readonly lists: number; readonly seconds: number };
  /** A full round: lists, and from its beginning to its end. */
  readonly fullRound: { readonly lists: number; readonly seconds: number };
  /** From the end of a job to the news of its watch, or to its watch. */
  readonly worstLag: number;
  /** The same of jobs of 20 seconds, which mostly run between two sweeps of running jobs. */
  readonly worstLagOfShort: number;
  readonly ended: number;
  /** Jobs that ended more than an hour before the end and have no verdict. */
  readonly lost: number;
  readonly throttled: number;
  /** The most calls of HealthImaging's lists in a second. */
  readonly busiestSecond: number;
  readonly dollarsAMonth: number;
}
