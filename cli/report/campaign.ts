import type { CampaignReport } from '../../core/contract/campaign.ts';
import type { Expectation } from '../../core/domain/campaign/campaign.ts';
import { campaignJob } from '../../core/domain/campaign/campaign-job.ts';
import type { LedgerRow } from '../../core/domain/campaign/ledger.ts';
import { counted } from '../../core/domain/counted.ts';
import { oneLine } from '../../core/domain/text.ts';
import { folderKey, type S3Location } from '../../core/domain/verdict/manifest-location.ts';
import { hasEnded } from '../../core/domain/watch/import-job.ts';
import { isMissingBucket, s3Place } from '../aws/bucket.ts';
import { type Aws, connect } from '../aws/connect.ts';
import { CliError, usageError } from '../errors.ts';
import { OUTCOME_STATUS, RECONCILED_STATUS } from '../exit-status.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { color, paragraph, print, tell } from '../terminal/output.ts';
import { countingOf } from '../terminal/progress.ts';
import { type Sink, standardOutput, writeJson } from '../terminal/sink.ts';
import { type CampaignOptions, checkOptions, readInputs } from './campaign-options.ts';
import { campaignText } from './campaign-text.ts';
import { type DataStore, jobsBelow, readDataStore } from './data-store.ts';
import { foldersInS3, foldersOnDisk, type JobFolders } from './job-folders.ts';
import { writeLedger } from './ledger-csv.ts';
import { ReadCampaign } from './read-campaign.ts';
import { type Reconciled, reconcile } from './reconcile.ts';
import { intoFile, refuseExisting } from './sink.ts';

/** Where the job folders are: a prefix of S3, whose key is empty or ends with a slash, or a folder. */
type Place = { readonly prefix: S3Location; readonly folder?: undefined } | { readonly folder: string };

/** Prints one report on all job folders below a place. */
export async function reportCampaign(where: string, options: CampaignOptions): Promise<number> {
  checkOptions(options);
  const place = placeOf(where);
  const { output, force, datastoreId, expect } = options;
  if (output !== undefined) await refuseExisting(output, force);
  const inputs = options.inputs === undefined ? undefined : await readInputs(options.inputs);
  const needsAws = place.folder === undefined || datastoreId !== undefined || options.reconcile;
  const aws = needsAws ? await connect(options) : undefined;
  const dataStore = aws && (await readDataStore(aws, options));
  const read = new ReadCampaign({
    since: options.since,
    until: options.until,
    named: options.jobName !== undefined,
    dataStore,
    files: options.format === 'csv' || options.failures || options.reconcile === true,
    ...(inputs && { inputs }),
  });
  let reconciled: Reconciled | undefined;
  try {
    const folders = await foldersOf(place, aws);
    await readAll(read, folders);
    if (aws && dataStore && place.folder === undefined) {
      await addWithoutFolders(read, aws, dataStore, place.prefix, options);
    }
    if (read.campaign.jobs === 0) throw nothing(where, read, options);
    const expectation = expectationOf(read, expect, inputs, dataStore);
    const report = read.campaign.result(Date.now(), { expectation, location: where });
    report.jobs.repeated = read.repeated;
    if (read.nameless > 0) {
      tell(
        `Left out: ${counted(read.nameless, 'job folder')} of jobs that HealthImaging does not list any more. Their names are not known.`,
      );
    }
    if (aws && options.reconcile) {
      reconciled = await reconcile(aws, read, inputs);
      report.reconciliation = reconciled.result;
    }
    const sink = output === undefined ? standardOutput : await intoFile(output, force);
    try {
      await PRINTERS[options.format]({ report, read, reconciled, failures: options.failures }, sink);
    } catch (error) {
      await sink.discard();
      throw error;
    }
    await sink.close();
    if (options.format === 'csv' || options.failures) {
      tell('Keys of files can identify patients: keep them as you keep patient data.');
    }
    return reconciled ? RECONCILED_STATUS[reconciled.result.outcome] : OUTCOME_STATUS[report.outcome];
  } finally {
    reconciled?.close();
    read.close();
  }
}

function placeOf(where: string): Place {
  if (!where.startsWith('s3://')) return { folder: where };
  const place = s3Place(where);
  if (!place) throw usageError(`Got ${oneLine(where)}. Expected s3://bucket/prefix/ or a folder.`);
  return { prefix: { ...place, key: folderKey(place.key) } };
}

async function foldersOf(place: Place, aws: Aws | undefined): Promise<JobFolders> {
  if (place.folder !== undefined) return foldersOnDisk(place.folder);
  const client = (aws as Aws).s3ForMany();
  // An error that says so: a list of a bucket that is not there has only the status.
  if (await isMissingBucket(client, place.prefix.bucket)) {
    throw new CliError(`There is no bucket ${oneLine(place.prefix.bucket)}.`);
  }
  return foldersInS3(client, place.prefix);
}

async function readAll(read: ReadCampaign, folders: JobFolders): Promise<void> {
  const counting = countingOf('job folders');
  let done = 0;
  onInterrupt(() => {
    counting.stop();
    return `Stopped after ${counted(done, 'job folder')}. Nothing was changed or kept: run the same command again, which reads from the beginning. To read in parts, use --since and --until.`;
  });
  try {
    await read.read(folders, {
      ...counting,
      done(count) {
        done = count;
        counting.done(count);
      },
    });
  } finally {
    counting.stop();
    onInterrupt(undefined);
  }
}

/** Jobs that ended and wrote nothing below the prefix, although it is theirs. */
async function addWithoutFolders(
  read: ReadCampaign,
  aws: Aws,
  { jobs, isWanted }: DataStore,
  { bucket, key }: S3Location,
  { since = 0, until = Number.POSITIVE_INFINITY }: CampaignOptions,
): Promise<void> {
  const left = [...jobs.values()].filter((job) => {
    const { datastoreId, jobId, jobStatus, endedAt = since } = job;
    const isAsked = isWanted(job) && endedAt >= since && endedAt < until;
    return isAsked && hasEnded(jobStatus) && !read.ids.has(`${datastoreId}/${jobId}`);
  });
  for await (const job of jobsBelow(aws, left, `s3://${bucket}/${key}`)) {
    read.addWithoutFolder(campaignJob(job, { kind: 'unavailable', reason: 'MANIFEST_MISSING' }));
  }
}

function expectationOf(
  read: ReadCampaign,
  expect: number | undefined,
  inputs: readonly string[] | undefined,
  dataStore: DataStore | undefined,
): Expectation | undefined {
  const running = dataStore && { running: dataStore.running };
  if (expect !== undefined) return { expected: expect, ...running };
  if (inputs) {
    const expected = inputs.length;
    return { ended: expected - read.unreadInputs.size, expected, ...running };
  }
  return dataStore && { expected: read.campaign.jobs + dataStore.running, ...running };
}

function nothing(where: string, { nameless }: ReadCampaign, options: CampaignOptions): CliError {
  const filters = [options.since, options.until, options.jobName].some((each) => each !== undefined);
  const left = nameless > 0 ? ` HealthImaging does not list ${counted(nameless, 'job')} there any more.` : '';
  return new CliError(
    filters
      ? `No job folder below ${oneLine(where)} is of such a job.${left}`
      : `There is no job folder below ${oneLine(where)}. HealthImaging names them <data store>-DicomImport-<job>.`,
  );
}

/** What is printed. */
interface Printed {
  readonly report: CampaignReport;
  readonly read: ReadCampaign;
  readonly reconciled: Reconciled | undefined;
  /** Whether files are named. */
  readonly failures: boolean;
}

const PRINTERS: Readonly<Record<CampaignOptions['format'], (all: Printed, sink: Sink) => Promise<void>>> = {
  async table({ report, read, reconciled, failures }) {
    print(campaignText(report));
    if (!failures) return;
    print(`\n${color.bold('Rejected files')}`);
    for (const { key = '', reason, message, jobId, supersededBy } of refused(read)) {
      // To be copied: whole.
      await standardOutput.write(`  ${oneLine(key)}\n`);
      const later = supersededBy ? `; read again by ${supersededBy}` : '';
      const why = oneLine(`${reason}: ${message} (job ${jobId}${later})`);
      await standardOutput.write(`${paragraph(why, '    ')}\n`);
    }
    for (const [title, names] of [
      ['Objects that no manifest names', reconciled?.unread() ?? []],
      ['Files of manifests that no list has', reconciled?.unlisted() ?? []],
    ] as const) {
      let isFirst = true;
      for (const name of names) {
        if (isFirst) print(`\n${color.bold(title)}`);
        isFirst = false;
        await standardOutput.write(`  ${oneLine(name)}\n`);
      }
    }
  },
  async json({ report, read, reconciled, failures }, sink) {
    const lists = {
      failedFiles: failedFiles(read),
      ...(reconciled && { unreadFiles: reconciled.unread(), unlistedFiles: reconciled.unlisted() }),
    };
    await writeJson(sink, report, failures ? lists : {});
  },
  async html({ report, read, reconciled, failures }, sink) {
    const { writeHtml } = await import('./campaign-html.ts');
    const { unread, unlisted } = reconciled ?? { unread: () => [], unlisted: () => [] };
    const files = failures ? { refused: refused(read), unread: unread(), unlisted: unlisted() } : undefined;
    await writeHtml(report, files, sink);
  },
  csv: ({ read, reconciled }, sink) => writeLedger(allRows(read, reconciled), sink),
};

function* failedFiles(read: ReadCampaign) {
  for (const { key: file, reason, message, datastoreId, jobId, retryable, supersededBy } of refused(read)) {
    yield { datastoreId, jobId, file, exceptionType: reason, message, retryable, supersededBy };
  }
}

function* refused(read: ReadCampaign): Generator<LedgerRow> {
  for (const rows of read.files()) for (const row of rows) if (row.status === 'refused') yield row;
}

/** All rows, and what no job has read, or no list has. These stand for no file: sums are those of the verdicts. */
function* allRows(read: ReadCampaign, reconciled: Reconciled | undefined): Generator<LedgerRow> {
  for (const rows of read.files()) yield* rows;
  yield* read.rest();
  for (const [reason, names] of [
    ['NOT_READ', reconciled?.unread() ?? []],
    ['NOT_LISTED', reconciled?.unlisted() ?? []],
  ] as const) {
    for (const name of names) {
      const { bucket = '', key = name } = s3Place(name) ?? {};
      yield { bucket, key, status: 'unaccounted', reason, files: 0 };
    }
  }
}
