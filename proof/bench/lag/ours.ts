import { EVENTS_OF_OVERDUE_NOTICE, EVENTS_PER_CHECK } from '../../../core/contract/history-budget.ts';
import {
  DEFAULT_OVERDUE_AFTER_SECONDS,
  intervalAt,
  RUNNING_SWEEP_SECONDS,
  waitSeconds,
} from '../../../core/contract/poll-schedule.ts';
import type { TurnTransitions } from '../../../core/contract/turns.ts';
import { watchCost } from '../../../core/domain/job-cost.ts';
import type { Job } from './jobs.ts';
import { EVENT_SECONDS, type Told, VERDICT_SECONDS, type Watched, type Watcher } from './watcher.ts';

/** The sweep of all jobs, as it is by default. */
const FULL_SWEEP_SECONDS = 15 * 60;
/** From the beginning of a sweep to the check that it causes: two lists, a read, a wake. */
const SWEEP_LASTS = 2;
/** ExecutionStarted; check, summary, event, email and record of 5 events each; the Choice; ExecutionSucceeded. */
const EVENTS_OF_THE_END = 1 + 5 * 5 + 2 + 1;

export interface Settings {
  readonly turns: TurnTransitions;
  readonly pollIntervalSeconds: number;
  /** @default - the same */
  readonly longestPollIntervalSeconds?: number;
  readonly sweep: boolean;
}

/** This watcher. Its own code says when it looks. */
export function ours(settings: Settings): Watcher {
  const { turns, pollIntervalSeconds, longestPollIntervalSeconds, sweep } = settings;
  return {
    name: sweep ? 'this watcher' : 'this watcher, no sweep',
    takesEvents: true,
    verdictSeconds: VERDICT_SECONDS,
    watch(job: Job, told: Told): Watched {
      const { seconds, phase, sweepPhase } = job;
      const nextSweep = (from: number, interval: number) =>
        sweep
          ? from + ((((sweepPhase * interval - from) % interval) + interval) % interval)
          : Number.POSITIVE_INFINITY;
      let start = EVENT_SECONDS;
      if (told === 'nothing') {
        const running = nextSweep(0, RUNNING_SWEEP_SECONDS) + SWEEP_LASTS;
        start = running < seconds ? running : nextSweep(seconds, FULL_SWEEP_SECONDS) + SWEEP_LASTS;
      }
      if (start === Number.POSITIVE_INFINITY) {
        return { lag: start, polls: 0, historyEvents: 0, transitions: 0, dollars: 0 };
      }
      const woken =
        told === 'everything'
          ? seconds + EVENT_SECONDS
          : nextSweep(seconds, RUNNING_SWEEP_SECONDS) + SWEEP_LASTS;
      // Its own checks, up to the first that finds the end, and as many of them as come before it is woken.
      const own = [start];
      for (let at = start; at < seconds; own.push(at)) {
        at += waitSeconds(intervalAt(pollIntervalSeconds, at, longestPollIntervalSeconds), phase);
      }
      const found = Math.max(start, Math.min(own.at(-1) ?? start, woken));
      const looks = 1 + own.filter((at) => at < found).length;
      const overdue = seconds >= DEFAULT_OVERDUE_AFTER_SECONDS;
      const { checks, transitions, dollars } = watchCost(turns, looks, overdue);
      return {
        lag: found - seconds,
        polls: checks,
        historyEvents:
          EVENTS_OF_THE_END + (looks - 1) * EVENTS_PER_CHECK + (overdue ? EVENTS_OF_OVERDUE_NOTICE : 0),
        transitions,
        dollars,
      };
    },
  };
}
