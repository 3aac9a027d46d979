import type { WatchRecord } from '../../core/aws/watches.ts';
import type { CampaignReport } from '../../core/contract/campaign.ts';
import { Campaign } from '../../core/domain/campaign/campaign.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import type { ListedJob } from '../../core/domain/watch/sweep.ts';
import { lastOutcome } from '../../core/domain/watch/told.ts';
import { recordedVerdict } from '../aws/recorded-verdict.ts';

/** What the table knows of some jobs together. */
export interface Summary {
  /** As `report` has it, without what only manifests say. */
  readonly report: CampaignReport;
  /** Jobs that ended and have no verdict yet. */
  readonly withoutVerdict: number;
  /** Jobs with a verdict that the table has no counts of: they are not in the report. */
  readonly withoutCounts: number;
}

/** Adds up the verdicts on jobs. @param now - milliseconds since the epoch. */
export function summaryOf(
  jobs: readonly ListedJob[],
  recordOf: (job: ListedJob) => WatchRecord,
  now: number,
): Summary {
  const campaign = new Campaign();
  let running = 0;
  let withoutVerdict = 0;
  let withoutCounts = 0;
  for (const job of jobs) {
    const record = recordOf(job);
    const verdict = recordedVerdict(job, record);
    if (verdict) {
      const { submittedAt, endedAt, eventId: _, ...rest } = verdict;
      const at = (listed: number | undefined, recorded: string | undefined) =>
        listed ?? (recorded === undefined ? undefined : Date.parse(recorded));
      const submitted = at(job.submittedAt, submittedAt);
      const ended = at(job.endedAt, endedAt);
      campaign.add({
        ...rest,
        datastoreId: job.datastoreId,
        jobId: job.jobId,
        ...(submitted !== undefined && { submittedAt: submitted }),
        ...(ended !== undefined && { endedAt: ended }),
        reasons: [],
        warnings: [],
        isContradictory: false,
      });
    } else if (lastOutcome(record)) withoutCounts++;
    else if (hasEnded(job.jobStatus)) withoutVerdict++;
    else running++;
  }
  const expectation = { expected: campaign.jobs + withoutVerdict + running, running };
  const { failures: _, unexplained: __, warnings: ___, ...report } = campaign.result(now, { expectation });
  const { contradictory: ____, ...known } = report.jobs;
  return { report: { ...report, jobs: known }, withoutVerdict, withoutCounts };
}
