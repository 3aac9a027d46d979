import type { WatchRecord } from '../../core/aws/watches.ts';
import type { CampaignReport } from '../../core/contract/campaign.ts';
import { Campaign } from '../../core/domain/campaign/campaign.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import type { ListedJob } from '../../core/domain/watch/sweep.ts';
import { lastOutcome } from '../../core/domain/watch/told.ts';
import { recordedVerdict } from '../aws/recorded-verdict.ts';

/** Adds up what the table knows of jobs, one by one. */
export class Summary {
  /** Jobs that ended and have no verdict yet. */
  withoutVerdict = 0;
  /** Jobs with a verdict that the table has no counts of: they are not in the report. */
  withoutCounts = 0;
  #running = 0;
  readonly #campaign = new Campaign();

  add(job: ListedJob, record: WatchRecord): void {
    const verdict = recordedVerdict(job, record);
    if (verdict) {
      const { submittedAt, endedAt, eventId: _, ...rest } = verdict;
      const submitted = job.submittedAt ?? epoch(submittedAt);
      const ended = job.endedAt ?? epoch(endedAt);
      this.#campaign.add({
        ...rest,
        datastoreId: job.datastoreId,
        jobId: job.jobId,
        ...(submitted !== undefined && { submittedAt: submitted }),
        ...(ended !== undefined && { endedAt: ended }),
        reasons: [],
        warnings: [],
        isContradictory: false,
      });
    } else if (lastOutcome(record)) this.withoutCounts++;
    else if (hasEnded(job.jobStatus)) this.withoutVerdict++;
    else this.#running++;
  }

  /** As `report` has it, without what only manifests say. @param now - milliseconds since the epoch. */
  report(now: number): CampaignReport {
    const running = this.#running;
    const expectation = { expected: this.#campaign.jobs + this.withoutVerdict + running, running };
    const result = this.#campaign.result(now, { expectation });
    const { failures: _, unexplained: _u, warnings: _w, ...report } = result;
    const { contradictory: _c, ...jobs } = report.jobs;
    return { ...report, jobs };
  }
}

function epoch(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso);
}
