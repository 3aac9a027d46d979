import {
  CAMPAIGN_SCHEMA_VERSION,
  type CampaignProgress,
  type CampaignReport,
} from '../../contract/campaign.ts';
import type { FileCounts, ImageSetCounts, WarningCount } from '../../contract/events.ts';
import { OUTCOMES, type Outcome } from '../../contract/names.ts';
import { counted } from '../counted.ts';
import { severity } from '../severity.ts';
import { NO_CODE } from '../verdict/manifest.ts';
import { isRetryable } from '../verdict/retryable.ts';
import { warningMeaning } from '../verdict/warning-codes.ts';
import type { CampaignJob } from './campaign-job.ts';
import { Groups, groupsOfReasons } from './groups.ts';
import { Rate } from './rate.ts';
import { Throughput } from './throughput.ts';

const MAX_CODES = 1000;
const MAX_WORST = 20;
const MAX_UNVERIFIED = 10_000;

/** How many jobs there will be. */
export interface Expectation {
  /** What has ended of it; not given: all jobs that were added. */
  readonly ended?: number;
  readonly expected: number;
  readonly running?: number;
}

const NO_FILES: FileCounts = {
  scanned: 0,
  imported: 0,
  rejected: 0,
  rejectedByCustomerError: 0,
  rejectedByServerError: 0,
  unaccounted: 0,
  withWarnings: 0,
};

/**
 * Adds up the jobs of a campaign, one by one. Its memory does not grow with their number but for the ids of those whose
 * manifest says nothing, the first 10,000.
 */
export class Campaign {
  readonly #byOutcome = new Map<Outcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
  readonly #files = { ...NO_FILES };
  readonly #imageSets: Record<keyof ImageSetCounts, number | undefined> = {
    generated: 0,
    nonPrimary: 0,
    created: undefined,
    changed: undefined,
    overwritten: undefined,
  };
  readonly #reasons = groupsOfReasons();
  readonly #warnings = new Groups<number>(MAX_CODES, String, () => NO_CODE);
  readonly #worst: CampaignJob[] = [];
  readonly #unverified: CampaignReport['unverified'] = [];
  readonly #throughput = new Throughput();
  readonly #rate = new Rate();
  #jobs = 0;
  #contradictory = 0;
  #explained = 0;
  #startedAt = Number.POSITIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;

  get jobs(): number {
    return this.#jobs;
  }

  add(job: CampaignJob): void {
    const { outcome, files = NO_FILES, imageSets, reasons, warnings, submittedAt, endedAt } = job;
    this.#jobs++;
    this.#byOutcome.set(outcome, (this.#byOutcome.get(outcome) ?? 0) + 1);
    for (const name of keysOf(NO_FILES)) this.#files[name] += files[name];
    for (const name of keysOf(this.#imageSets)) {
      const more = imageSets?.[name];
      if (more !== undefined) this.#imageSets[name] = (this.#imageSets[name] ?? 0) + more;
    }
    this.#reasons.add(
      job,
      reasons.map(({ exceptionType, message, count }) => [{ exceptionType, message }, count]),
    );
    for (const { count } of reasons) this.#explained += count;
    this.#warnings.add(
      job,
      warnings.map(({ code, count }) => [code, count]),
    );
    if (job.isContradictory) this.#contradictory++;
    if ((outcome === 'UNVERIFIED' || !job.files) && this.#unverified.length < MAX_UNVERIFIED) {
      const { datastoreId, jobId, unverifiedReason: reason } = job;
      this.#unverified.push({ datastoreId, jobId, ...(reason && { reason }) });
    }
    this.#addWorst(job);
    if (endedAt === undefined) return;
    this.#throughput.add(endedAt, files.imported, files.rejected);
    this.#rate.add(endedAt);
    this.#startedAt = Math.min(this.#startedAt, submittedAt ?? endedAt);
    this.#endedAt = Math.max(this.#endedAt, endedAt);
  }

  /**
   * The report on all jobs so far. Without any there is no verdict: `outcome` is that nothing is known.
   * @param now - milliseconds since the epoch.
   */
  result(now: number, { expectation, location }: ReportExtras = {}): CampaignReport {
    const outcome = OUTCOMES.findLast((each) => this.#byOutcome.get(each)) ?? 'UNVERIFIED';
    const files = { ...this.#files };
    const { generated = 0, nonPrimary = 0, created, changed, overwritten } = this.#imageSets;
    return {
      schemaVersion: CAMPAIGN_SCHEMA_VERSION,
      generatedAt: new Date(now).toISOString(),
      ...(location !== undefined && { location }),
      outcome,
      summary: this.#summary(outcome),
      jobs: {
        total: this.#jobs,
        byOutcome: Object.fromEntries(this.#byOutcome) as Record<Outcome, number>,
        contradictory: this.#contradictory,
      },
      files,
      imageSets: {
        generated,
        nonPrimary,
        ...(created !== undefined && { created }),
        ...(changed !== undefined && { changed }),
        ...(overwritten !== undefined && { overwritten }),
      },
      failures: this.#reasons.result().map(({ of, count, jobs, exampleJob }) => ({
        ...of,
        count,
        share: files.rejected > 0 ? Math.round((count / files.rejected) * 10_000) / 10_000 : 0,
        jobs,
        retryable: isRetryable(of.exceptionType),
        exampleJob,
      })),
      unexplained: files.rejected - this.#explained,
      warnings: this.#warnings
        .result()
        .map(
          ({
            of: code,
            count,
            jobs,
            exampleJob,
          }): WarningCount & { jobs: number; exampleJob: typeof exampleJob } => ({
            code,
            ...warningMeaning(code),
            count,
            jobs,
            exampleJob,
          }),
        ),
      worstJobs: this.#worst.map(({ datastoreId, jobId, outcome, summary, endedAt, files }) => ({
        datastoreId,
        jobId,
        outcome,
        summary,
        ...(endedAt !== undefined && { endedAt: new Date(endedAt).toISOString() }),
        ...(files && { files }),
      })),
      unverified: this.#unverified,
      ...(this.#endedAt >= this.#startedAt && { time: this.#time() }),
      ...(expectation && { progress: this.#progress(expectation, now) }),
    };
  }

  #summary(outcome: Outcome): string {
    const { scanned, imported, rejected, unaccounted } = this.#files;
    const good =
      (this.#byOutcome.get('SUCCEEDED') ?? 0) + (this.#byOutcome.get('SUCCEEDED_WITH_WARNINGS') ?? 0);
    const jobs = `${good} of ${counted(this.#jobs, 'job')} imported every file`;
    const files = `${imported} of ${counted(scanned, 'file')} imported, ${rejected} rejected, ${unaccounted} unaccounted for`;
    const unverified = this.#byOutcome.get('UNVERIFIED') ?? 0;
    const unknown = unverified > 0 ? `; of ${counted(unverified, 'job')} it is unknown` : '';
    return outcome === 'SUCCEEDED'
      ? `All of ${counted(this.#jobs, 'job')}: ${files}, no warnings.`
      : `${jobs}: ${files}${unknown}.`;
  }

  #time(): NonNullable<CampaignReport['time']> {
    const { periodSeconds, periods } = this.#throughput.result();
    return {
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: new Date(this.#endedAt).toISOString(),
      durationSeconds: Math.round((this.#endedAt - this.#startedAt) / 1000),
      periodSeconds,
      periods: periods.map(({ startsAt, ...counts }) => ({
        startsAt: new Date(startsAt).toISOString(),
        ...counts,
      })),
    };
  }

  #progress({ ended = this.#jobs, expected, running }: Expectation, now: number): CampaignProgress {
    const left = Math.max(0, expected - ended);
    const secondsLeft = left > 0 ? this.#rate.timeLeft(left, now) : { median: 0, least: 0, most: 0 };
    return {
      ended,
      expected,
      ...(running !== undefined && { running }),
      percent: expected > 0 ? Math.min(100, Math.floor((1000 * ended) / expected) / 10) : 100,
      ...(secondsLeft && { secondsLeft }),
    };
  }

  #addWorst(job: CampaignJob): void {
    if (job.outcome === 'SUCCEEDED') return;
    const at = this.#worst.findIndex((each) => isWorse(job, each));
    this.#worst.splice(at < 0 ? this.#worst.length : at, 0, job);
    if (this.#worst.length > MAX_WORST) this.#worst.pop();
  }
}

export interface ReportExtras {
  readonly expectation?: Expectation | undefined;
  /** The prefix or the folder. */
  readonly location?: string;
}

function isWorse(a: CampaignJob, b: CampaignJob): boolean {
  const difference = severity(a.outcome) - severity(b.outcome) || lost(a) - lost(b);
  return difference > 0;
}

function lost({ files }: CampaignJob): number {
  return files ? files.rejected + files.unaccounted : 0;
}

function keysOf<T extends object>(record: T): (keyof T)[] {
  return Object.keys(record) as (keyof T)[];
}
