import { lattice } from './lattice.ts';

/** One import job, and where the phases of what looks at it stand: numbers from 0 to less than 1. */
export interface Job {
  readonly seconds: number;
  readonly phase: number;
  readonly sweepPhase: number;
}

const JOBS = 400;
/** Jobs of one length are up to this much shorter or longer: no schedule is lucky with a round number. */
const SPREAD = 0.05;

/** Jobs that last about as long as this. */
export function jobsOf(seconds: number): Job[] {
  return lattice(JOBS).map(([length, phase, sweepPhase]) => ({
    seconds: seconds * (1 + SPREAD * (2 * length - 1)),
    phase,
    sweepPhase,
  }));
}

/**
 * What imports are like: a guess, since nobody publishes it. The two whose times are public took 91 and 95 s
 * (docs/healthimaging.md#4-life-of-a-job). Each part is lognormal.
 */
export const MIX = [
  { share: 0.6, medianSeconds: 92, sigma: 0.5 },
  { share: 0.25, medianSeconds: 600, sigma: 0.7 },
  { share: 0.12, medianSeconds: 3600, sigma: 0.7 },
  { share: 0.03, medianSeconds: 24 * 3600, sigma: 0.5 },
] as const;

/** Jobs of all lengths. */
export function mixedJobs(count = 5 * JOBS): Job[] {
  let before = 0;
  return MIX.flatMap(({ share, medianSeconds, sigma }) => {
    const end = before + share;
    const own = Math.round(end * count) - Math.round(before * count);
    before = end;
    return lattice(own).map(([u, phase, sweepPhase, v]) => ({
      // Box-Muller: u is never 0 in the lattice.
      seconds: medianSeconds * Math.exp(sigma * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)),
      phase,
      sweepPhase,
    }));
  });
}
