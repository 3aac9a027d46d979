import { DATASTORES, Dice, type JobPlan, type Scenario } from '../chaos/scenario.ts';

/** 10 or 11 studies a job: of about a GB each, as many as the 10 GB of a job hold. */
export const WHOLE = { seed: 1, studies: 1_000_000, jobs: 95_200, days: 95 } as const;
export type Migration = { readonly [name in keyof typeof WHOLE]: number };

const DAY = 24 * 3600;
/** Minutes that a job takes, the least and the most. */
export const MINUTES = [10, 80] as const;
/** Of 1,000 studies those that HealthImaging refuses, and of 1,000 jobs those of which it refuses all studies. */
const REFUSED = 19;
const WHOLLY_REFUSED = 1;
/** Of 1,000 jobs those whose event of the end is lost. */
export const LOST = 10;

/** An archive that goes into one data store, job by job, as fast as it gives its studies away. */
export function migrationOf({ seed, studies, jobs, days }: Migration): Scenario {
  const dice = new Dice(seed);
  const thousandth = (of: number) => dice.int(1, 1000) <= of;
  const plans = Array.from({ length: jobs }, (_, index): JobPlan => {
    const first = Math.floor((index * studies) / jobs);
    const count = Math.floor(((index + 1) * studies) / jobs) - first;
    const all = thousandth(WHOLLY_REFUSED);
    const refused = Array.from({ length: count }, (_, i) => i).filter(() => all || thousandth(REFUSED));
    return {
      datastoreId: DATASTORES[0],
      submittedAt: Math.floor((index * days * DAY) / jobs),
      seconds: dice.int(MINUTES[0] * 60, MINUTES[1] * 60),
      study: 'clean',
      studies: { first: first + 1, count, refused },
      fault: thousandth(LOST) ? { eventsLost: ['COMPLETED'] } : {},
    };
  });
  return {
    seed,
    jobs: plans,
    jobSeconds: MINUTES[1] * 60,
    deployedAt: 0,
    sweepMinutes: 15,
    runningSweepSeconds: 60,
    skewSeconds: 0,
    realQuotas: true,
    disturbances: [],
  };
}

/** What came of it. Times in seconds. */
export interface MigrationResult {
  /** What was not as it must be, in plain sentences. */
  readonly violations: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly refused: number;
  /** From the end of a job to its verdict: of jobs whose event came, and of those whose event was lost. */
  readonly lag: readonly { readonly jobs: number; readonly median: number; readonly worst: number }[];
  /** Jobs that HealthImaging lists no more when the last one has ended. */
  readonly forgotten: number;
  /** Requests of HealthImaging, and of these throttled ones. */
  readonly requests: number;
  readonly throttled: number;
  /** What each address got. */
  readonly emails: readonly {
    readonly address: string;
    readonly every: string;
    readonly single: number;
    readonly digests: number;
    /** Messages of the busiest day. */
    readonly busiest: number;
  }[];
  readonly bill: readonly (readonly [part: string, dollars: number])[];
  readonly seconds: number;
  readonly megabytes: number;
}
