import { errorName, isDefinitionError } from '../../core/domain/watch/repair.ts';
import { MAX_WATCHES } from '../../core/domain/watch/watch-name.ts';
import type { Watch } from '../aws/watches.ts';

/** What somebody who wants a job's watch to go on can do. `replace`: a new watch, with the next number (ADR 7). */
export interface RedrivePlan {
  readonly kind: 'redrive' | 'replace' | 'not needed' | 'impossible';
  /** The watch that it is about. */
  readonly watch?: Watch;
  readonly why: string;
}

/**
 * Decides what to do about the latest watch of a job.
 * @param watches - oldest first.
 * @param outcome - of the verdict, where one was published.
 * @param named - whether somebody named this very job: one whose watch was stopped by somebody is else left alone.
 */
export function planRedrive(
  watches: readonly Watch[],
  outcome: string | undefined,
  named: boolean,
): RedrivePlan {
  const watch = watches.at(-1);
  const published = outcome ?? watch?.output?.outcome;
  if (published) return { kind: 'not needed', watch, why: `${published} was published` };
  if (!watch) {
    return {
      kind: 'impossible',
      why: 'the job has no watch; if HealthImaging lists the job, the next sweep starts one',
    };
  }
  const { failure, status, notRedrivable, number } = watch;
  if (status === 'RUNNING') return { kind: 'not needed', watch, why: 'its watch runs' };
  if (!failure) {
    return {
      kind: 'not needed',
      watch,
      why: 'its watch ended without a verdict, because HealthImaging did not know the job',
    };
  }
  if (status === 'ABORTED' && !named) {
    return {
      kind: 'impossible',
      watch,
      why: 'somebody stopped the watch; if that was a mistake, name the job',
    };
  }
  const whyNot = notRedrivable ?? whyUseless(watch);
  if (whyNot === undefined) return { kind: 'redrive', watch, why: describeFailure(watch) };
  return number < MAX_WATCHES
    ? { kind: 'replace', watch, why: whyNot }
    : { kind: 'impossible', watch, why: `${whyNot}; and it is the last of ${MAX_WATCHES} watches` };
}

/** Why a redrive would end in the same failure, or undefined where it may not. */
function whyUseless({ failure }: Watch): string | undefined {
  if (!failure?.job) return 'its input is wrong, and a redrive keeps the input';
  return isDefinitionError(failure.error)
    ? `its definition is wrong (${failure.error}), and a redrive keeps the definition`
    : undefined;
}

/** `failed in 'Check import job' (HealthImagingRefused)` */
function describeFailure({ status, failure }: Watch): string {
  const step = failure?.failedStep ? ` in '${failure.failedStep}'` : '';
  const name = errorName(failure?.error);
  const error = name ? ` (${name})` : '';
  const how = status === 'TIMED_OUT' ? 'timed out' : status === 'ABORTED' ? 'was stopped' : 'failed';
  return `${how}${step}${error}`;
}
