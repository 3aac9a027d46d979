import { pMapIterable, pMapSkip } from 'p-map';
import { WatchError } from '../../core/aws/errors.ts';
import { type ManifestObserver, readManifestFiles } from '../../core/aws/manifests.ts';
import { ERRORS } from '../../core/contract/names.ts';
import { Campaign } from '../../core/domain/campaign/campaign.ts';
import { type CampaignJob, campaignJob } from '../../core/domain/campaign/campaign-job.ts';
import {
  compareMentions,
  decodeMention,
  encodeMention,
  Ledger,
  type LedgerRow,
  type Mention,
  mentionOf,
} from '../../core/domain/campaign/ledger.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { withRetries } from '../aws/backoff.ts';
import type { Counting } from '../terminal/progress.ts';
import { bucketOf, samePrefix } from './campaign-options.ts';
import type { DataStore } from './data-store.ts';
import { ExternalSort } from './external-sort.ts';
import type { JobFolder, JobFolders } from './job-folders.ts';

/** Folders that are read at once: each takes up to three sockets. */
const FOLDERS_AT_ONCE = 32;
/** Folders that may be read while an earlier one, which has many lines, still is. */
const READ_AHEAD = 512;
/** A call is tried again by the SDK before. */
const TRIES = 4;

export interface ReadOptions {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Whether jobs are asked for by their names, which only HealthImaging knows. */
  readonly named: boolean;
  readonly dataStore: DataStore | undefined;
  /** Whether each file is wanted. */
  readonly files: boolean;
  /** Input prefixes of which it is wanted whether a job has read them. */
  readonly inputs?: readonly string[];
}

const isPassing = (error: unknown) =>
  error instanceof WatchError && error.name === ERRORS.manifestStoreUnavailable;

/** All jobs of a campaign, added up. */
export class ReadCampaign {
  readonly campaign = new Campaign();
  /** Those of all job folders, and of jobs without one, that were counted. */
  readonly ids = new Set<string>();
  /** Of `inputs`, those that no job has read. */
  readonly unreadInputs: Set<string>;
  /** Prefixes that the jobs say they read; only if files are wanted. */
  readonly prefixes = new Set<string>();
  /** Further folders of a job. */
  repeated = 0;
  /** Folders of jobs that HealthImaging does not list any more, so that nobody knows their names. */
  nameless = 0;
  readonly #options: ReadOptions;
  readonly #sort: ExternalSort<Mention> | undefined;
  readonly #ledger = new Ledger();
  /** What the ledger needs of each job that was read, by its reading. */
  readonly #accepted: (readonly [
    reading: number,
    Pick<CampaignJob, 'datastoreId' | 'jobId' | 'outcome' | 'unverifiedReason' | 'files'>,
  ])[] = [];
  #readings = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.unreadInputs = new Set(options.inputs?.map(samePrefix));
    if (options.files) {
      this.#sort = new ExternalSort({
        compare: compareMentions,
        encode: encodeMention,
        decode: decodeMention,
      });
    }
  }

  /** Reads all folders. @throws WatchError where S3 cannot answer for long. */
  async read(folders: JobFolders, counting: Counting): Promise<void> {
    let done = 0;
    const results = pMapIterable(
      folders(counting.total),
      async (folder) => {
        const job = await this.#readFolder(folder);
        counting.done(++done);
        return job ?? pMapSkip;
      },
      { concurrency: FOLDERS_AT_ONCE, backpressure: READ_AHEAD },
    );
    for await (const job of results) this.campaign.add(job);
  }

  /** A job of the campaign that wrote nothing. */
  addWithoutFolder(job: CampaignJob): void {
    this.#accept(this.#readings++, job);
    this.campaign.add(job);
  }

  /** The rows of each file, in the order of their keys. */
  files(): Generator<readonly LedgerRow[]> {
    return this.#ledger.files(this.#sort?.sorted() ?? []);
  }

  /** What no line names, after {@link files}. */
  *rest(): Generator<LedgerRow> {
    for (const [reading, job] of this.#accepted) yield* this.#ledger.rest(reading, job);
  }

  close(): void {
    this.#sort?.close();
  }

  /** Undefined where the job is not asked for, still runs, or was counted before. */
  async #readFolder(folder: JobFolder): Promise<CampaignJob | undefined> {
    const { datastoreId, jobId, writtenAt } = folder;
    const { dataStore, named, since = 0, until = Number.POSITIVE_INFINITY } = this.#options;
    const known = dataStore?.jobs.get(jobId);
    const listed = known?.datastoreId === datastoreId ? known : undefined;
    const endedAt = listed?.endedAt ?? writtenAt;
    if (endedAt < since || endedAt >= until) return undefined;
    if (named && !listed) {
      this.nameless++;
      return undefined;
    }
    if (listed && !(hasEnded(listed.jobStatus) && dataStore?.isWanted(listed))) return undefined;
    const id = `${datastoreId}/${jobId}`;
    if (this.ids.has(id)) {
      this.repeated++;
      return undefined;
    }
    this.ids.add(id);
    return withRetries(TRIES, isPassing, async () => {
      const reading = this.#readings++;
      const manifest = await readManifestFiles(folder.open, jobId, this.#observer(reading, endedAt));
      const job = campaignJob(
        {
          datastoreId,
          jobId,
          jobStatus: listed?.jobStatus === 'FAILED' ? 'FAILED' : 'COMPLETED',
          endedAt: new Date(endedAt).toISOString(),
          ...(listed?.submittedAt !== undefined && {
            submittedAt: new Date(listed.submittedAt).toISOString(),
          }),
        },
        manifest,
      );
      this.#accept(reading, job);
      return job;
    });
  }

  #observer(reading: number, endedAt: number): ManifestObserver {
    let bucket = '';
    const sort = this.#sort;
    return {
      summary: ({ inputS3Uri }) => {
        if (inputS3Uri === undefined) return;
        bucket = bucketOf(inputS3Uri);
        this.unreadInputs.delete(samePrefix(inputS3Uri));
        if (sort) this.prefixes.add(inputS3Uri);
      },
      ...(sort && {
        file: (name, file) =>
          sort.add(
            mentionOf(name, file, { bucket, endedAt, reading }),
            bucket.length + 2 * file.inputFile.length + (file.message?.length ?? 0),
          ),
      }),
    };
  }

  #accept(reading: number, { datastoreId, jobId, outcome, unverifiedReason, files }: CampaignJob): void {
    if (!this.#sort) return;
    this.#ledger.accept(reading, { datastoreId, jobId });
    this.#accepted.push([
      reading,
      { datastoreId, jobId, outcome, ...(unverifiedReason && { unverifiedReason }), ...(files && { files }) },
    ]);
  }
}
